"""Words are found whatever their width and case, and never as a piece of another."""

import pytest

from qc_rules import count_chars, find_words


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("12378", "我要打１２３７８举报", ["12378"]),
        ("12378", "我要打 1 2 3 7 8。", ["1 2 3 7 8"]),
        ("12378", "打12378。再打 12378", ["12378", "12378"]),
        ("12378", "我的号码是9123785", []),
        ("12378", "号码是 5 1 2 3 7 8 9", []),
        ("12378", "123 78", ["123 78"]),
        ("refund", "I want a REFUND!", ["refund"]),
        ("refund", "我要ｒｅｆｕｎｄ", ["refund"]),
        ("refund", "我要refund，点解咁慢", ["refund"]),
        ("refund", "two refunds", ["refund"]),
        ("refund", "it is nonrefundable", []),
        ("call back", "Please CALL   back", ["call   back"]),
        ("投诉", "我要投 诉你", ["投 诉"]),
        ("投訴", "我要投訴你哋", ["投訴"]),
        ("ガス", "ｶﾞｽの件", ["ガス"]),
        ("환불", "환불해 주세요", ["환불"]),
        ("c++ (new)", "use C++ (NEW) now", ["c++ (new)"]),
    ],
)
def test_a_word_is_found_as_it_is_said(word, text, found):
    assert find_words((word,), text) == found


def test_of_overlapping_words_the_longest_is_found_once():
    assert find_words(("complain", "complaint"), "a complaint, I complain") == ["complaint", "complain"]


def test_words_are_found_in_the_order_said():
    assert find_words(("退款", "投诉"), "我要投诉，我要退款") == ["投诉", "退款"]


def test_no_words_find_nothing():
    assert find_words((), "投诉") == []


@pytest.mark.parametrize("empty", ["", "  ", "　"])
def test_a_word_without_characters_is_refused(empty):
    with pytest.raises(ValueError, match="would match everything"):
        find_words(("投诉", empty), "anything")


def test_punctuation_spaces_and_emoji_are_no_characters():
    assert count_chars("喂？ 你好，OK！😊 １２") == 7
