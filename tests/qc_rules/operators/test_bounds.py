"""Comparisons, also of what is only known to lie between two values."""

import itertools
import math

import pytest

from qc_rules.operators.bounds import Bound, extremes


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        (Bound(above=3), 3.1, 3),
        (Bound(at_least=3), 3, 2.9),
        (Bound(below=3), 2.9, 3),
        (Bound(at_most=3), 3, 3.1),
        (Bound(above=1, at_most=2), 2, 1),
        (Bound(at_least=1, below=2), 1, 2),
        (Bound(at_least=2, at_most=2), 2, 2.1),
    ],
)
def test_a_bound_met_exactly_is_met_or_not_as_it_says(bound, inside, outside):
    assert (bound.holds(inside), bound.holds(outside)) == (True, False)


@pytest.mark.parametrize(
    ("bound", "least", "greatest", "truth"),
    [
        (Bound(above=3), 3.5, 4, True),
        (Bound(above=3), 2, 4, None),
        (Bound(above=3), 2, 3, False),
        (Bound(at_least=3), 2, 3, None),
        (Bound(below=3), 1, 2, True),
        (Bound(below=3), 3, 4, False),
        (Bound(below=3), -math.inf, 5, None),
        (Bound(at_most=3), 3, 4, None),
        (Bound(at_least=1, at_most=2), 0, 5, None),
        (Bound(at_least=1, at_most=2), 3, 5, False),
        (Bound(at_least=1, at_most=2), 1, 2, True),
        (Bound(at_least=2), 1, math.inf, None),
        (Bound(above=2), 2, 2, False),
    ],
)
def test_a_value_between_two_others_is_in_bounds_out_or_not_known(bound, least, greatest, truth):
    assert bound.between(least, greatest) is truth


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"above": 3, "below": 3},
        {"at_least": 4, "at_most": 3},
        {"above": 3, "at_most": 3},
        {"above": math.nan},
        {"below": True},
    ],
)
def test_a_bound_that_nothing_can_meet_is_refused(values):
    with pytest.raises(ValueError, match=r"no value is|needs one of|is not a number"):
        Bound(**values)


def test_a_bound_says_what_it_is():
    assert str(Bound(above=0.25, at_most=3)) == "above 0.25 and at most 3"


def test_the_least_and_greatest_mean_are_those_of_all_ways_to_choose():
    sure = [(2.0, 1.0), (6.0, 2.0)]
    perhaps = [(1.0, 1.0), (9.0, 1.0), (3.0, 3.0), (8.0, 2.0)]
    means = []
    for count in range(len(perhaps) + 1):
        for chosen in itertools.combinations(perhaps, count):
            values = [*sure, *chosen]
            means.append(sum(amount for amount, _ in values) / sum(weight for _, weight in values))
    assert extremes(sure, perhaps) == pytest.approx((min(means), max(means)))
    assert extremes([], perhaps) == (1.0, 9.0)
    with pytest.raises(ValueError, match="mean of nothing"):
        extremes([])
