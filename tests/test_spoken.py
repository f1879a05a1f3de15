"""When somebody speaks within a turn."""

import pytest

from callqa.contracts import Word
from callqa.spoken import spans_of
from tests.parse.spoken_turns import turn


def word(start: float, end: float) -> Word:
    return Word(text="字", start=start, end=end, confidence=1.0)


def test_words_near_one_another_are_one_stretch_and_a_pause_parts_them():
    own = turn(0, start=0, end=10, words=[word(1, 1.2), word(1.6, 2), word(6, 7)])
    assert spans_of(own) == [pytest.approx((0.9, 2.1)), pytest.approx((5.9, 7.1))]


def test_the_pause_that_parts_is_measured_between_words():
    apart = turn(0, start=0, end=9, words=[word(1, 2), word(2.55, 3)])
    together = turn(0, start=0, end=9, words=[word(1, 2), word(2.45, 3)])
    assert (len(spans_of(apart)), len(spans_of(together))) == (2, 1)


def test_words_never_reach_beyond_their_turn():
    assert spans_of(turn(0, start=1, end=2, words=[word(1, 2)])) == [(1, 2)]


def test_without_times_a_turn_is_what_its_padding_leaves():
    assert spans_of(turn(0, start=1, end=4)) == [pytest.approx((1.15, 3.85))]
    assert spans_of(turn(0, start=1, end=1.2, words=[word(1.1, 1.1)])) == [pytest.approx((1.05, 1.15))]
    assert spans_of(turn(0, start=1, end=1)) == [(1, 1)]
