"""`keyword`: any, all, none, so many different words, in so many turns."""

import pytest

from qc_rules.matching import Words
from qc_rules.operators.keyword import Keyword

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken

ANY = Keyword(any=("投诉", "举报"))
ALL = Keyword(all=("姓名", "地址"))
NONE = Keyword(none=("再见",))
TWO = Keyword(any=("投诉", "举报", "曝光"), at_least=2)


@pytest.mark.parametrize(
    ("operator", "lines", "truth", "texts"),
    [
        (ANY, ["c:我要投诉，举报", "a:好"], True, ["投诉, 举报"]),
        (ANY, ["c:我要投訴", "c:去举报"], True, ["投訴", "举报"]),
        (ANY, ["c:退款", "a:好"], False, []),
        (ANY, [], False, []),
        (ALL, ["a:您的姓名", "a:好的，地址呢"], True, ["姓名", "地址"]),
        (ALL, ["a:姓名和地址"], True, ["姓名, 地址"]),
        (ALL, ["a:地址和姓名"], True, ["地址, 姓名"]),
        (ALL, ["a:您的姓名", "a:姓名呢"], False, []),
        (NONE, ["a:好的"], True, []),
        (NONE, [], True, []),
        (NONE, ["a:好的", "a:再见"], False, []),
        (TWO, ["c:投诉", "c:曝光"], True, ["投诉", "曝光"]),
        (TWO, ["c:投诉，投訴", "c:投诉"], False, []),
        (Keyword(any=("投诉", "投訴", "举报"), at_least=2), ["c:投诉投訴"], False, []),
        (Keyword(any=("投诉",), turns=2), ["c:投诉", "a:请说", "c:投诉"], True, ["投诉", "投诉"]),
        (Keyword(any=("投诉",), turns=2), ["c:投诉投诉"], False, []),
        (Keyword(any=("投诉",), fuzzy="pinyin"), ["c:我要头诉"], True, ["头诉"]),
        (Keyword(any=("理赔",), fuzzy=("pinyin", "n/l")), ["c:我要你赔"], True, ["你赔"]),
        (Keyword(any=("理赔",), fuzzy="pinyin"), ["c:我要你赔"], False, []),
        (Keyword(none=("投诉",), fuzzy="pinyin"), ["c:我要头诉"], False, []),
        (Keyword(all=("投诉", "投诉电话")), ["c:投诉电话"], True, ["投诉, 投诉电话"]),
    ],
)
def test_words_said_in_the_whole_call(operator, lines, truth, texts):
    answer = asked(operator, spoken(*lines))
    assert (answer.truth, heard(answer)) == (truth, texts)


@pytest.mark.parametrize(
    ("operator", "lines", "truth"),
    [
        (ANY, ["u:投诉"], None),
        (ANY, ["u:好的"], False),
        (ANY, ["u:投诉", "c:举报"], True),
        (ANY, ["a:投诉"], False),
        (ALL, ["c:姓名", "u:地址"], None),
        (ALL, ["u:姓名"], False),
        (ALL, ["u:姓名", "c:姓名，地址"], True),
        (NONE, ["u:再见"], None),
        (NONE, ["c:再见", "u:再见"], False),
        (NONE, ["u:好"], True),
        (TWO, ["c:投诉", "u:举报"], None),
        (TWO, ["c:投诉", "u:投诉"], False),
        (Keyword(any=("投诉",), turns=2), ["c:投诉", "u:投诉"], None),
    ],
)
def test_a_turn_whose_speaker_is_not_known_may_say_it_or_not(operator, lines, truth):
    answer = asked(operator, spoken(*lines), **CUSTOMER)
    assert answer.truth is truth
    assert ("roles of the speakers" in answer.reason) == (truth is None)


@pytest.mark.parametrize(
    ("operator", "lines", "truth"),
    [
        (ANY, ["c:好的", "c:好"], None),
        (ANY, ["c:好的", "c:投诉"], True),
        (ANY, ["c:投诉", "c:好"], None),
        (ALL, ["c:好的", "c:姓名"], None),
        (ALL, ["c:好的", "c:姓名，地址"], True),
        (NONE, ["c:好的", "c:好"], None),
        (NONE, ["c:好的", "c:再见"], False),
        (TWO, ["c:好的", "c:投诉"], None),
        (Keyword(any=("投诉", "举报"), at_least=2), ["c:啊", "c:投诉"], None),
        (Keyword(any=("投诉",), turns=2), ["c:啊", "c:投诉"], None),
        (Keyword(any=("投诉",), turns=3), ["c:啊", "c:投诉"], False),
    ],
)
def test_a_turn_that_cannot_be_read_may_say_anything(operator, lines, truth):
    answer = asked(operator, spoken(*lines, badly=[0]), **CAREFUL)
    assert answer.truth is truth
    assert ("confidence of 0.20" in answer.reason) == (truth is None)


def test_matches_are_the_turns_that_say_it():
    answer = asked(ANY, spoken("c:喂", "c:投诉", "u:举报"), **CUSTOMER)
    assert [(match.turns, match.sure) for match in answer.matches] == [((1, 1), True), ((2, 2), False)]


def test_a_condition_that_does_not_hold_has_no_matches():
    assert asked(TWO, spoken("c:投诉")).matches == ()


def test_without_its_words_it_is_false_for_certain():
    assert Keyword(any=("投诉", "举报"), fuzzy="pinyin").needs() == (Words(("投诉", "举报"), "pinyin"),)
    assert Keyword(all=("地址", "身份证")).needs() == (Words(("身份证",)),)
    assert NONE.needs() is None
    assert list(NONE.words()) == [Words(("再见",))]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no words"),
        ({"any": ("a",), "none": ("b",)}, "both any and none; make two conditions"),
        ({"any": ("a", " ")}, "would match everything"),
        ({"all": ("a", "")}, "would match everything"),
        ({"any": ("a",), "fuzzy": "pinyn"}, "did you mean pinyin"),
        ({"any": ("a", "b"), "at_least": 3}, "at_least = 3 is not a number of its 2 different words"),
        ({"any": ("投诉", "投訴"), "at_least": 2}, "its 1 different words"),
        ({"any": ("a",), "at_least": 0}, "at_least = 0"),
        ({"any": ("a",), "turns": 0}, "turns = 0"),
        ({"all": ("a",), "at_least": 2}, "at_least goes with any only"),
        ({"none": ("a",), "turns": 2}, "turns goes with any only"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Keyword(**parameters)


def test_fuzzy_written_in_two_ways_is_the_same():
    assert Keyword(any=("a",), fuzzy=("pinyin", "zh/z", "n/l")) == Keyword(any=("a",), fuzzy="pinyin+n/l+zh/z")
