import random
import unicodedata

import pytest

from callqa.parse.tags import TAG, emoji_of, parse

KNOWN = ["zh", "en", "yue", "ja", "ko", "nospeech", "HAPPY", "SAD", "ANGRY", "NEUTRAL", "EMO_UNKNOWN", "Speech", "BGM"]
KNOWN += ["Laughter", "Cough", "Event_UNK", "GBG", "withitn", "woitn"]
UNKNOWN = ["FOO", "SPECIAL_TOKEN_1", "de"]


def test_one_group_gives_its_text_and_tags():
    parsed = parse("<|zh|><|ANGRY|><|Speech|><|withitn|>我要投诉。")
    assert (parsed.text, parsed.language, parsed.emotion, parsed.events) == ("我要投诉。", "zh", "angry", [])
    assert not parsed.unknown


def test_several_groups_are_joined_and_the_majority_of_the_words_decides():
    parsed = parse(
        "<|en|><|HAPPY|><|Laughter|><|withitn|>hello there<|zh|><|NEUTRAL|><|BGM|><|withitn|>您好，请问有什么可以帮您？"
    )
    assert parsed.text == "hello there您好，请问有什么可以帮您？"
    assert (parsed.language, parsed.emotion, parsed.events) == ("zh", "neutral", ["laughter", "bgm"])


def test_a_long_english_word_does_not_outvote_several_chinese_ones():
    parsed = parse("<|en|><|HAPPY|>congratulations <|zh|><|SAD|>很抱歉")
    assert (parsed.language, parsed.emotion) == ("zh", "sad")


def test_words_of_two_groups_are_kept_apart_where_their_script_needs_it():
    assert parse("<|en|>one<|en|>two").text == "one two"
    assert parse("<|ko|>안녕<|ko|>하세요").text == "안녕 하세요"
    assert parse("<|zh|>您好<|zh|>请稍等").text == "您好请稍等"


def test_tags_in_any_order_are_read():
    parsed = parse("<|woitn|><|Cough|><|SAD|><|yue|>你好")
    assert (parsed.text, parsed.language, parsed.emotion, parsed.events) == ("你好", "yue", "sad", ["cough"])


def test_an_event_in_the_middle_of_the_text_belongs_to_the_text_around_it():
    parsed = parse("<|zh|><|NEUTRAL|><|Speech|><|withitn|>我要<|Laughter|>退款")
    assert (parsed.text, parsed.events, len(parsed.groups)) == ("我要退款", ["laughter"], 1)


def test_an_emotion_after_text_and_another_emotion_begins_a_group_of_the_same_language():
    first, second = parse("<|zh|><|HAPPY|>好<|ANGRY|>我要投诉").groups
    assert (first.emotion, first.text) == ("happy", "好")
    assert (second.language, second.emotion, second.text) == ("zh", "angry", "我要投诉")


def test_unknown_tags_are_counted_and_leave_the_text_whole():
    parsed = parse("<|zh|>我<|FOO|>要<|FOO|><|bar-2|>退款")
    assert (parsed.text, parsed.unknown) == ("我要退款", {"FOO": 2, "bar-2": 1})


@pytest.mark.parametrize("text", ["a <| b", "<|", "|>", "<|我|>好", "<||>", "1<|2|3|>", "<zh>", "x<| zh|>"])
def test_what_only_looks_like_a_tag_is_text(text):
    parsed = parse(text)
    assert (parsed.text, parsed.unknown) == (text, {})


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_nothing(text):
    parsed = parse(text)
    assert (parsed.text, parsed.language, parsed.emotion, parsed.events) == ("", "unknown", "unknown", [])


def test_the_names_of_nobody_and_nothing_are_ours():
    parsed = parse("<|nospeech|><|EMO_UNKNOWN|><|Event_UNK|><|withitn|>")
    assert (parsed.language, parsed.emotion, parsed.events) == ("nospeech", "unknown", [])


def test_text_is_composed_and_stripped():
    assert parse(f"<|en|> {unicodedata.normalize('NFD', 'café')} ").text == "café"


@pytest.mark.parametrize(
    ("text", "expected"), [("。", False), (" ,.!", False), ("好", True), ("3", True), ("은", True)]
)
def test_punctuation_alone_is_no_words(text, expected):
    assert parse(text).has_words is expected


def _random_output(draw: random.Random) -> str:
    pieces = [f"<|{tag}|>" for tag in KNOWN + UNKNOWN]
    pieces += [*list("我要退款。，ab Z9é <|>|はい안 \n"), "<|", "|>", "<|我|>", "😡", "𠮷"]
    return "".join(draw.choice(pieces) for _ in range(draw.randrange(40)))


def test_no_character_outside_tags_is_ever_lost_and_none_is_invented():
    draw = random.Random(20260105)
    for _ in range(5000):
        raw = _random_output(draw)
        kept = unicodedata.normalize("NFC", "".join(TAG.split(raw)[::2]))
        parsed = parse(raw)
        assert "".join(parsed.text.split()) == "".join(kept.split()), raw
        tags = TAG.findall(raw)
        assert sum(parsed.unknown.values()) == sum(tag in UNKNOWN for tag in tags), raw
        assert {e for group in parsed.groups for e in group.events} == {
            {"Speech": "speech", "BGM": "bgm", "Laughter": "laughter", "Cough": "cough"}.get(tag, "other")
            for tag in tags
            if tag in ("Speech", "BGM", "Laughter", "Cough", "Event_UNK", "GBG")
        }, raw


def test_what_parsing_gives_parses_to_itself():
    draw = random.Random(7)
    for _ in range(1000):
        text = parse(_random_output(draw)).text
        if not TAG.search(text):  # halves of two tags may meet where one between them was taken out
            assert parse(text).text == text


def test_signs_are_shown_for_what_has_one():
    assert [emoji_of(name) for name in ("angry", "bgm", "neutral", "speech", "ringback")] == ["😡", "🎼", "", "", ""]
