"""Arithmetic on stretches of time, against counting moments one by one."""

import random

from qc_rules.spans import intersect, merge, seconds


def covered(spans):
    """The whole-second cells that the spans cover."""
    return {cell for start, end in spans for cell in range(start, end)}


def test_what_overlaps_or_touches_becomes_one_and_empty_ones_fall_out():
    assert merge([(5, 6), (0, 2), (1, 3), (3, 4), (8, 8)]) == [(0, 4), (5, 6)]


def test_seconds_and_intersections_agree_with_counting():
    rng = random.Random(7)
    for _ in range(300):
        one, other = ([(a := rng.randrange(20), a + rng.randrange(6)) for _ in range(rng.randrange(6))] for _ in "ab")
        assert seconds(one) == len(covered(one))
        common = intersect(one, other)
        assert covered(common) == covered(one) & covered(other)
        assert common == merge(common)
