"""`regex`: text of a form, and text that is not."""

import pytest

from qc_rules.operators.regex import Regex

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken


@pytest.mark.parametrize(
    ("parameters", "lines", "truth", "texts"),
    [
        ({"pattern": "工号是?[0-9]{4}"}, ["a:我的工号是1234", "a:好"], True, ["工号是1234"]),
        ({"pattern": "工号是?[0-9]{4}"}, ["a:我的工号是12"], False, []),
        ({"pattern": "refund"}, ["c:REFUND"], False, []),
        ({"pattern": "(?i)refund"}, ["c:REFUND"], True, ["REFUND"]),
        ({"pattern": "退款", "not_pattern": "不.{0,3}退款"}, ["c:我要退款", "c:我不要退款"], True, ["退款"]),
        ({"pattern": "退款", "not_pattern": "不.{0,3}退款"}, ["c:我不要退款"], False, []),
        ({"not_pattern": "[。？！]$"}, ["c:好。", "c:我要"], True, ["我要"]),
        ({"not_pattern": "[。？！]$"}, ["c:好。"], False, []),
        ({"pattern": "^"}, ["c:好"], True, ["好"]),
        ({"pattern": "退", "at_least": 2}, ["c:退", "c:退"], True, ["退", "退"]),
        ({"pattern": "退", "at_least": 2}, ["c:退退"], False, ["退"]),
    ],
)
def test_text_of_a_form(parameters, lines, truth, texts):
    answer = asked(Regex(**parameters), spoken(*lines))
    assert (answer.truth, heard(answer)) == (truth, texts)


@pytest.mark.parametrize("parameters", [{"pattern": "退"}, {"not_pattern": "好"}])
def test_where_the_speaker_or_the_text_is_not_known_it_cannot_be_told(parameters):
    assert asked(Regex(**parameters), spoken("u:退"), **CUSTOMER).truth is None
    assert asked(Regex(**parameters), spoken("u:好"), **CUSTOMER).truth is False
    assert asked(Regex(**parameters), spoken("c:好", badly=[0]), **CAREFUL).truth is None


def test_a_pattern_that_would_take_others_for_ever_takes_no_time():
    assert asked(Regex(pattern="(a+)+$"), spoken("c:" + "a" * 50_000 + "b")).truth is False


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no pattern"),
        ({"pattern": "(退"}, r"pattern '\(退': missing \): \(退; the syntax is that of"),
        ({"pattern": "退", "not_pattern": "[退"}, r"not_pattern '\[退': missing \]"),
        ({"pattern": "(?=退)"}, r"look-arounds are not in RE2: say with not_pattern"),
        ({"pattern": "(?<!不)退"}, "look-arounds"),
        ({"pattern": r"(.)\1"}, "references back to a group are not in RE2: use echo or repeat"),
        ({"pattern": "(?P<a>.)(?P=a)"}, "references back"),
        ({"pattern": "退", "at_least": 0}, "at_least = 0"),
    ],
)
def test_patterns_that_cannot_be_had_are_refused_with_a_remedy(parameters, message):
    with pytest.raises(ValueError, match=message):
        Regex(**parameters)


def test_nothing_is_printed_of_a_pattern_that_is_refused(capfd):
    with pytest.raises(ValueError, match="pattern"):
        Regex(pattern="(退")
    assert capfd.readouterr() == ("", "")
