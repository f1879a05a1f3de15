"""What two texts may differ in without an error, and what is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.evaluate import text


def alike(one: str, other: str, language: str) -> bool:
    unit = text.unit_of(one, language)
    return text.tokens(one, unit, language) == text.tokens(other, unit, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("您好，请稍等。", "您好 请稍等", "zh"),
        ("ＡＢＣ公司１２３", "abc公司123", "zh"),
        ("我要投诉", "我要投訴", "zh"),
        ("點解咁慢？我要退錢", "点解咁慢 我要退钱", "yue"),
        ("我的号码是幺三八零零", "我的号码是13800。", "zh"),
        ("一共三百五十块", "一共350块", "zh"),
        ("百分之五的折扣", "5%的折扣", "zh"),
        ("二〇二六年", "2026年", "zh"),
        ("138-0013-8000", "13800138000", "zh"),
        ("帮您 Check 一下", "帮您check1下", "mixed"),
        ("I’d like a refund.", "i'd like a refund", "en"),
        ("It costs twenty-five dollars", "it costs 25 dollars", "en"),
        ("1,200 calls, 3.5%", "1200 calls 3.5 %", "en"),
        ("お電話、ありがとうございます。", "お電話ありがとうございます", "ja"),
        ("성함을 말씀해 주세요.", "성함을 말씀해주세요", "ko"),
    ],
)
def test_writing_makes_no_error(one, other, language):
    assert alike(one, other, language)
    assert alike(other, one, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("我要投诉", "我要投素", "zh"),
        ("三百五十", "三百零五", "zh"),
        ("3.5", "35", "zh"),
        ("5%", "5", "zh"),
        ("I can help", "I can't help", "en"),
        ("two thousand", "two hundred", "en"),
        ("後で", "后で", "ja"),  # in Japanese these are two characters
        ("嗯好的", "好的", "zh"),
    ],
)
def test_what_was_heard_wrong_is_one(one, other, language):
    assert not alike(one, other, language)


def test_chinese_counts_characters_english_words_and_mixed_text_both():
    assert text.tokens("您好。", "character", "zh") == ["您", "好"]
    assert text.tokens("Thank you, 42!", "word", "en") == ["thank", "you", "4", "2"]
    assert text.tokens("我帮您 check 一下", "token", "zh") == ["我", "帮", "您", "check", "1", "下"]
    assert text.tokens("ok好", "character", "zh") == ["o", "k", "好"]


@pytest.mark.parametrize(
    ("said", "language", "unit"),
    [
        ("您好", "zh", "character"),
        ("我要 refund", "yue", "token"),
        ("hello", "en", "word"),
        ("hello", "zh", "word"),
        ("여보세요", "ko", "character"),
        ("123", "zh", "character"),
        ("123", "en", "word"),
        ("", "en", "word"),
        ("", "zh", "character"),
    ],
)
def test_the_unit_is_the_reference_s(said, language, unit):
    assert text.unit_of(said, language) == unit


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("您好", "zh"),
        ("我要 refund", "mixed"),
        ("もしもし", "ja"),
        ("여보세요", "ko"),
        ("hello", "en"),
        ("。", "nospeech"),
    ],
)
def test_a_language_that_nobody_wrote_down_is_told_by_the_script(said, language):
    assert text.language_of(said) == language


def test_a_text_in_pieces_is_the_text():
    assert text.words("好的，我帮您 check 一下。") == ["好", "的，", "我", "帮", "您", "check", "一", "下。"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(["zh", "en", "ja"]))
def test_nothing_but_spaces_is_lost_in_pieces_and_nothing_breaks(said, language):
    assert "".join("".join(text.words(said)).split()) == "".join(said.split())
    for unit in text.MEASURES:
        assert all(token.strip() for token in text.tokens(said, unit, language))
