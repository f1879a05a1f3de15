"""The pack's own operator."""

import pytest

from qc_rules.conditions import Condition, Scope
from qc_rules.matching import Scanner
from qc_rules.testing import call
from qc_rules_insurance.days_said import DaysSaid, number

AGENT = Scope(role="agent")
PERIOD = DaysSaid(of=("犹豫期",), at_least_days=15)


def answer(*lines, operator=PERIOD, scope=AGENT):
    said = call(*lines)
    words = Scanner(operator.words()).scan(said)
    return Condition("explained", operator, scope).answer(said, words, lambda name: None)


@pytest.mark.parametrize(
    "text", ["犹豫期是十五天", "您有15天犹豫期", "犹豫期为二十个自然日", "犹豫期一百二十日", "犹豫期一五天"]
)
def test_enough_days_are_heard(text):
    [match] = answer(f"agent: {text}").matches
    assert match.turns == (0, 0)


@pytest.mark.parametrize(
    "text", ["犹豫期是十天", "犹豫期很长", "十五天后送达", "犹豫期" + "啊" * 30 + "十五天", "犹豫期是14天，30天后生效"]
)
def test_too_few_days_too_far_away_or_of_something_else_are_not(text):
    assert answer(f"agent: {text}").truth is False


def test_only_the_role_in_scope_counts():
    assert answer("customer: 犹豫期是十五天").truth is False


def test_who_speaks_may_be_unknown():
    found = answer("unknown: 犹豫期是十五天")
    assert (found.truth, found.reason) == (None, "the roles of the speakers are not known")


def test_what_is_said_is_the_evidence():
    [match] = answer("agent: 犹豫期是十五天").matches
    assert [piece.text for piece in match.evidence] == ["十五天"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15", 15),
        ("十五", 15),
        ("十", 10),
        ("二十", 20),
        ("一五", 15),
        ("一百", 100),
        ("一百二十一", 121),
        ("两百零五", 205),
    ],
)
def test_numbers_are_read_as_they_are_spoken(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"of": ()}, "of is empty"),
        ({"of": ("犹豫期",), "at_least_days": 20, "at_most_days": 10}, "no number of days is from 20 to 10"),
        ({"of": ("犹豫期",), "at_least_days": -1}, "no number of days is from -1"),
        ({"of": ("犹豫期",), "within": 0}, "within = 0"),
        ({"of": ("犹豫期",), "at_least": 0}, "at_least = 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values, said):
    with pytest.raises(ValueError, match=said):
        DaysSaid(**values)
