"""One pass finds what a scan for each list would find, where it stands in the turn."""

import pickle
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qc_rules import Call, Turn, find_words
from qc_rules.matching import Said, Scanner, Words
from qc_rules.text import _pattern, fold, simplified

ALPHABET = "投诉訴退款 a b1２3　ｶﾞガ각ß…"
LISTS = st.lists(
    st.lists(
        st.text(st.sampled_from(ALPHABET), min_size=1, max_size=4).filter(lambda word: fold(word).strip()), max_size=4
    ),
    max_size=4,
).map(lambda lists: [Words(tuple(words)) for words in lists])
TEXTS = st.lists(st.text(st.sampled_from(ALPHABET), max_size=14), max_size=4)


def call_of(*texts):
    turns = [Turn(turn=number, start=number, end=number + 1, text=text) for number, text in enumerate(texts)]
    return Call(call_id="c", duration=len(texts), turns=turns)


def said(text, *words, fuzzy=""):
    call, looked_for = call_of(text), Words(words, fuzzy)
    return Scanner([looked_for]).scan(call).said(call.turns[0], looked_for)


def texts_said(text, *words, fuzzy=""):
    return [one.text for one in said(text, *words, fuzzy=fuzzy)]


def naive(words, text):
    """What an ordinary regular expression finds in the folded text."""
    folded = simplified(fold(text))
    return [found.group() for found in _pattern(words).finditer(folded)] if words else []


def unspaced(text):
    return "".join(simplified(fold(text)).split())


@settings(max_examples=200)
@given(LISTS, TEXTS)
@example([Words(("a b",)), Words(("ab",))], ["ab a b a  b xab"])
@example([Words(("1", "12", "1 2"))], ["12 1 2 3 1", "１ 2"])
def test_every_list_finds_what_it_would_find_alone(lists, texts):
    call = call_of(*texts)
    words = Scanner(lists).scan(call)
    for one in lists:
        for turn in call.turns:
            found = words.said(turn, one)
            expected = naive(one.words, turn.text)
            assert len(found) == len(expected) == len(find_words(one.words, turn.text))
            assert all(unspaced(text) in unspaced(place.text) for text, place in zip(expected, found, strict=True))


@settings(max_examples=200)
@given(LISTS, st.text(st.sampled_from("投诉訴退款 a b１2３　"), max_size=20))
def test_places_are_those_that_a_regular_expression_finds(lists, text):
    call = call_of(text)
    words = Scanner(lists).scan(call)
    for one in lists:
        spans = [found.span() for found in _pattern(one.words).finditer(simplified(fold(text)))] if one.words else []
        assert [(found.start, found.end) for found in words.said(call.turns[0], one)] == spans


@given(LISTS, TEXTS)
def test_what_is_said_is_a_slice_of_the_turn_and_a_word_of_the_list(lists, texts):
    call = call_of(*texts)
    words = Scanner(lists).scan(call)
    for one in lists:
        for turn in call.turns:
            places = words.said(turn, one)
            assert all(turn.text[place.start : place.end] == place.text for place in places)
            assert all(place.word in one.words and unspaced(place.word) in unspaced(place.text) for place in places)
            assert list(places) == sorted(places, key=lambda place: (place.start, place.end))


@given(LISTS, LISTS, TEXTS)
def test_a_list_that_the_scanner_was_not_told_of_finds_the_same(lists, others, texts):
    call = call_of(*texts)
    told, untold = Scanner([*lists, *others]).scan(call), Scanner(others).scan(call)
    for one in lists:
        assert [told.said(turn, one) for turn in call.turns] == [untold.said(turn, one) for turn in call.turns]
        assert told.any(one) == untold.any(one)


@given(LISTS, TEXTS)
def test_the_lists_that_are_heard_are_those_of_which_a_word_is_said(lists, texts):
    call = call_of(*texts)
    words = Scanner(lists).scan(call)
    expected = {one for one in lists if any(naive(one.words, text) for text in texts)}
    assert set(words.heard()) == expected
    assert {one for one in lists if words.any(one)} == expected


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("投诉", "我要投 訴！", ["投 訴"]),
        ("投訴", "我要投诉", ["投诉"]),
        ("12378", "打１２３７８。", ["１２３７８"]),
        ("12378", "1 2 3 7 8", ["1 2 3 7 8"]),
        ("12378", "1  2 3 7 8", []),
        ("12378", "9123785", []),
        ("12378", "5 1 2 3 7 8", []),
        ("12378", "1 2 3 7 8 9", []),
        ("12378", "12378 9", ["12378"]),
        ("refund", "REFUNDS", ["REFUND"]),
        ("refund", "nonrefundable", []),
        ("refund", "1refund", []),
        ("call back", "call   back", ["call   back"]),
        ("call back", "callback", []),
        ("callback", "call back", []),
        ("ガス", "ｶﾞｽの件", ["ｶﾞｽ"]),
        ("환불", "환불해", ["환불"]),
    ],
)
def test_words_are_found_as_they_are_said(word, text, found):
    assert texts_said(text, word) == found


def test_a_word_is_named_as_the_list_has_it():
    assert said("喂，我要投訴", "投诉") == (Said(4, 6, "投诉", "投訴"),)


def test_of_two_words_that_fold_to_one_the_first_is_named():
    assert [one.word for one in said("我要投诉", "投訴", "投诉")] == ["投訴"]


def test_of_overlapping_words_of_one_list_the_longest_counts_and_other_lists_are_not_disturbed():
    short, both = Words(("投诉",)), Words(("投诉", "投诉电话"))
    call = call_of("投诉电话多少")
    words = Scanner([short, both]).scan(call)
    assert [one.word for one in words.said(call.turns[0], short)] == ["投诉"]
    assert [one.word for one in words.said(call.turns[0], both)] == ["投诉电话"]


def test_the_first_of_two_overlapping_words_counts():
    assert texts_said("退款项目", "退款", "款项目") == ["退款"]


def test_turns_that_say_the_same_each_say_it():
    call, words = call_of("退款", "退款"), Words(("退款",))
    found = Scanner([words]).scan(call)
    assert [len(found.said(turn, words)) for turn in call.turns] == [1, 1]


def test_a_turn_of_no_call_is_scanned_when_asked_for_and_does_not_count_for_the_call():
    words = Words(("退款",))
    found = Scanner([words]).scan(call_of("你好"))
    other = Turn(turn=0, start=0, end=1, text="我要退款")
    assert [one.text for one in found.said(other, words)] == ["退款"]
    assert not found.any(words)


@pytest.mark.parametrize("empty", ["", "  ", "　"])
def test_a_word_without_characters_is_refused(empty):
    with pytest.raises(ValueError, match="would match everything"):
        Words(("投诉", empty))


def test_lists_of_the_same_words_are_the_same_list():
    assert Words(("投诉",)) == Words(("投诉",))
    assert len({Words(("投诉",)), Words(("投诉",)), Words(("投诉",), "pinyin"), Words(("退款",))}) == 3
    assert Words(("投诉",)) != ("投诉",)


def test_lists_and_scanners_travel_to_other_processes():
    words = pickle.loads(pickle.dumps(Words(("头诉",), "pinyin")))
    assert words == Words(("头诉",), "pinyin")
    assert hash(words) == hash(Words(("头诉",), "pinyin"))
    call = call_of("我要投诉")
    assert pickle.loads(pickle.dumps(Scanner([words]))).scan(call).any(words)


def test_no_lists_and_no_words_find_nothing():
    call = call_of("投诉")
    nothing = Scanner([Words(())]).scan(call)
    assert nothing.said(call.turns[0], Words(())) == ()
    assert not nothing.any(Words(()))
    assert not Scanner().scan(call).heard()


def test_what_stands_in_regular_expressions_is_no_pattern():
    assert re.escape("c++") != "c++"
    assert texts_said("use C++ (NEW) now", "c++ (new)") == ["C++ (NEW)"]
