import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.contracts import REDACTIONS, Redaction, Turn, Word
from callqa.parse import tags
from callqa.parse.personal.redaction import GUESS_MARGIN, MARGIN, redacted
from tests.parse.said import dialogue, personal, readings, turn

TAGGED = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>"


def words_of(text: str, start: float = 0.0, step: float = 0.25) -> list[Word]:
    """A word for each character, blanks with the one before them, each a step long with a gap after it."""
    pieces: list[str] = []
    for character in text:
        if pieces and character.isspace():
            pieces[-1] += character
        else:
            pieces.append(character)
    return [
        Word(text=piece, start=start + i * step, end=start + i * step + 0.1, confidence=0.9)
        for i, piece in enumerate(pieces)
    ]


def only(text: str, **changes) -> Turn:
    [masked] = redacted([turn(0, text, **changes)], REDACTIONS, 60.0)
    return masked


def test_every_form_of_the_text_is_masked_character_for_character():
    said = "我的 手机号码是１３８-０013 8000。"
    masked = only(said, text_raw=f"{TAGGED}{said}", words=words_of(said))
    assert masked.text == "我的 手机号码是***-**** ****。"
    assert masked.text_match == "我的 手机号码是***-**** ****。"
    assert masked.text_raw == f"{TAGGED}我的 手机号码是***-**** ****。"
    assert "".join(word.text for word in masked.words) == masked.text
    assert [(r.kind, masked.text[r.start : r.end]) for r in masked.redactions] == [("phone", "***-**** ****")]


def test_what_is_not_personal_stays_in_the_other_spans_too():
    masked = only("我打12378，电话13800138000，订单20260107。")
    assert masked.text == "我打12378，电话***********，订单20260107。"


def test_it_is_silent_where_the_words_are_heard_and_a_little_around():
    said = "电话13800138000谢谢"
    [redaction] = only(said, words=words_of(said, start=5.0)).redactions
    assert redaction == Redaction(
        kind="phone", start=2, end=13, audio_start=round(5.5 - MARGIN, 3), audio_end=round(8.1 + MARGIN, 3)
    )


def test_without_words_the_place_is_guessed_widened_and_within_the_turn():
    [redaction] = only("请您记好我的电话号码是一三八零零一三八零零零好的谢谢您再见吧", start=10.0, end=18.0).redactions
    length, margin = 8.0, max(GUESS_MARGIN[0], GUESS_MARGIN[1] * 8.0)
    assert redaction.audio_start == pytest.approx(10.0 + length * 11 / 30 - margin, abs=0.01)
    assert redaction.audio_end == pytest.approx(10.0 + length * 22 / 30 + margin, abs=0.01)
    [redaction] = only("13800138000", start=10.0, end=12.0).redactions
    assert (redaction.audio_start, redaction.audio_end) == (10.0, 12.0)


def test_silence_does_not_reach_out_of_the_recording():
    said = "13800138000"
    [redaction] = redacted([turn(0, said, end=2.9, words=words_of(said))], REDACTIONS, 2.7)[0].redactions
    assert (redaction.audio_start, redaction.audio_end) == (0.0, 2.8)


def test_words_that_are_not_the_texts_are_left_out():
    masked = only("电话13800138000", words=words_of("电话幺三八00138000"))
    assert masked.words == []
    assert masked.redactions[0].audio_end > masked.redactions[0].audio_start


def test_words_of_several_tokens_and_blanks_are_masked_in_part():
    words = [
        Word(text=text, start=float(i), end=i + 0.5, confidence=0.9)
        for i, text in enumerate(["My", " phone", " 13800138000,", " ok?"])
    ]
    masked = only("My phone 13800138000, ok?", language="en", words=words)
    assert [word.text for word in masked.words] == ["My", " phone", " ***********,", " ok?"]
    assert (masked.redactions[0].audio_start, masked.redactions[0].audio_end) == (2.0 - MARGIN, 2.5 + MARGIN)


def test_only_the_kinds_that_are_asked_for_are_masked():
    said = turn(0, "电话13800138000，邮箱abc@163.com")
    assert redacted([said], ["email"], 60.0)[0].text == "电话13800138000，邮箱***********"
    assert redacted([said], [], 60.0)[0].text == said.text


def test_a_number_of_many_groups_in_the_raw_text_is_masked_and_the_tags_stay():
    raw = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>卡号6222 0212<|zh|><|HAPPY|><|Speech|><|withitn|>3456 7894 <|FOO|>。"
    masked = only(tags.parse(raw).text, text_raw=raw)
    assert masked.text_raw == raw.translate(str.maketrans("0123456789", "*" * 10))


def test_raw_text_in_another_unicode_form_is_masked_too():
    raw = f"{TAGGED}cafe\u0301 13800138000"
    masked = only(tags.parse(raw).text, text_raw=raw, language="en")
    assert masked.text_raw == f"{TAGGED}café ***********"


def test_a_turn_without_personal_data_keeps_everything_and_gets_its_text_for_matching():
    said = turn(0, "我要投訴 Refund", words=words_of("我要投訴 Refund"))
    assert redacted([said], REDACTIONS, 60.0) == [dataclasses.replace(said, text_match="我要投诉 refund")]


@settings(max_examples=80)
@given(st.data())
def test_redactions_name_what_was_masked_whatever_was_said(data):
    spoken = data.draw(readings(data.draw(personal())))
    spoken = [
        dataclasses.replace(one, words=words_of(one.text, one.start) if data.draw(st.booleans()) else [])
        for one in spoken
    ]
    for before, after in zip(spoken, redacted(spoken, REDACTIONS, 1000.0), strict=True):
        assert len(after.text) == len(before.text)
        assert "".join(w.text for w in after.words) == (after.text if before.words else "")
        assert after.text_raw.endswith(after.text)
        spans = [(r.start, r.end) for r in after.redactions]
        assert spans == sorted(spans)
        inside = {place for start, end in spans for place in range(start, end)}
        changed = {i for i, (one, two) in enumerate(zip(before.text, after.text, strict=True)) if one != two}
        assert changed <= inside
        assert all(0 <= r.audio_start < r.audio_end <= 1000.0 for r in after.redactions)


def test_another_speakers_words_between_do_not_hide_a_number_in_groups():
    masked = redacted(
        dialogue("六二二二", (0, "嗯，六二二二"), "零二幺二，", (0, "请继续"), "三四五六", "七八九四。"),
        REDACTIONS,
        60.0,
    )
    assert [one.text for one in masked] == ["****", "嗯，****", "****，", "请继续", "****", "****。"]
    assert {r.kind for one in masked for r in one.redactions} == {"bank_card"}
