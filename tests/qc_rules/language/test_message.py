"""Messages with what the conditions matched."""

from __future__ import annotations

import pytest

from qc_rules import Turn
from qc_rules.conditions import of_span, of_turn
from qc_rules.language.faults import Fault
from qc_rules.language.message import check, filled


def matches(*texts):
    return tuple(of_turn(Turn(turn=at, start=at, end=at + 1), text) for at, text in enumerate(texts))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("says {a}", "says 投诉, 举报"),
        ("{a.count} times", "3 times"),
        ("{none}{none.count}", "0"),
        ("{{a}} {a.count}", "{a} 3"),
        ("plain", "plain"),
        ("{none | a}", "投诉, 举报"),
        ("{a | b}", "投诉, 举报, 退款"),
        ("{a | b.count}", "5"),
        ("says {a | b}", "says 投诉, 举报, 退款"),
        ("says {none | b}, {b | a.count} times", "says 退款, 投诉, 5 times"),
        ("says {none} {a} {none}", "says 投诉, 举报"),
        ("two\nlines", "two\nlines"),
        ("", ""),
    ],
)
def test_placeholders(template, expected):
    found = {"a": matches("投诉", "举报", "投诉"), "b": matches("退款", "投诉"), "none": ()}
    check(template, ["a", "b", "none"], ())
    assert filled(template, found.__getitem__) == expected


def test_words_that_were_shown_are_not_shown_again_when_they_come_joined():
    assert filled("{a}", lambda _: matches("投诉, 退款", "退款", "银保监, 投诉")) == "投诉, 退款, 银保监, 投诉"


def test_no_more_than_five_texts_are_shown():
    assert filled("{a}", lambda _: matches(*"abcde")) == "a, b, c, d, e"
    assert filled("{a}", lambda _: matches(*"abcdef")) == "a, b, c, d, e, …"


def test_places_without_text_are_counted_but_not_shown():
    assert filled("{a}|{a.count}", lambda _: (*matches("x"), of_span((0, 1)))) == "x|2"


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("says {complain}", "{complain} names no condition; did you mean complains?"),
        ("says {complains.counts}", "{complains.counts} names no condition"),
        ("{complains | complain}", "{complains | complain} names no condition; did you mean complains?"),
        ("{complains|complains}", "names no condition"),
        ("{}", "{} names no condition"),
        ("{ complains }", "names no condition"),
        ("a { b", "a brace without its other half at character 3"),
        ("a } b", "a brace without its other half at character 3"),
    ],
)
def test_what_is_no_placeholder_is_refused(template, what):
    with pytest.raises(Fault) as raised:
        check(template, ["complains"], ("message",))
    assert what in raised.value.message
    assert raised.value.path == ("message",)
    assert raised.value.remedy
