import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.parse.normalise import normalised

TEXTS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("１２ Ａ我訴投乾ｶﾞ각각㎏　\n，。İßﬁ")), max_size=40
)
SHORT = st.text(st.characters(codec="utf-8"), max_size=8)
MANY = settings(max_examples=150)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("１２３７８", "zh", "12378"),
        ("我要 Ｒｅｆｕｎｄ！", "en", "我要 refund!"),
        ("我要投訴", "zh", "我要投诉"),
        ("我要投訴", "yue", "我要投诉"),
        ("電話で国際会議を発表", "ja", "電話で国際会議を発表"),
        ("請乾杯，皇后之後", "zh", "请干杯,皇后之后"),
        ("係咩嘅", "yue", "系咩嘅"),
        ("　两  个\n空格　", "zh", "两 个 空格"),
        ("ｶﾞｿﾘﾝ", "ja", "ガソリン"),
        ("Straße", "en", "strasse"),
        ("", "zh", ""),
        (" 　", "zh", ""),
    ],
)
def test_texts_that_read_the_same_are_equal(text, language, expected):
    assert normalised(text, language).text == expected


@MANY
@given(TEXTS, st.sampled_from(["zh", "yue", "en", "ja", "ko", "unknown"]))
def test_a_normalised_text_is_normalised(text, language):
    once = normalised(text, language).text
    assert normalised(once, language).text == once
    assert "  " not in once
    assert once == once.strip()


@MANY
@given(TEXTS, st.sampled_from(["zh", "en"]))
def test_every_character_knows_where_it_comes_from(text, language):
    found = normalised(text, language)
    assert len(found.offsets) == len(found.text) + 1
    assert list(found.offsets) == sorted(found.offsets)
    assert found.offsets[-1] == len(text)
    for place in range(len(found.text)):
        start, end = found.span(place, place + 1)
        assert 0 <= start < end <= len(text)


@MANY
@given(SHORT, st.sampled_from(["投訴", "Refund", "１２３７８"]), SHORT)
def test_a_match_leads_back_to_what_was_said(before, word, after):
    text = unicodedata.normalize("NFC", f"{before} {word} {after}")
    found = normalised(text, "zh")
    wanted = normalised(word, "zh").text
    places = [i for i in range(len(found.text)) if found.text.startswith(wanted, i)]
    said = [text[slice(*found.span(place, place + len(wanted)))] for place in places]
    assert word in [piece.strip() for piece in said]


def test_characters_made_of_one_lead_back_to_it():
    assert normalised("12㎏了", "zh").span(2, 3) == (2, 3)
    assert normalised("12㎏了", "zh").span(3, 4) == (2, 3)
    assert normalised("12㎏了", "zh").span(1, 1) == (1, 1)


def test_a_span_outside_of_the_text_is_refused():
    with pytest.raises(ValueError, match="not in a text of 2"):
        normalised("ab", "en").span(1, 3)
