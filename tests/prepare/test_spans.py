import numpy as np

from callqa.prepare.spans import distance, joined, of_mask, overlap, total, without


def test_a_mask_becomes_its_runs():
    assert of_mask(np.array([True, True, False, True]), 0.5) == [(0.0, 1.0), (1.5, 2.0)]
    assert of_mask(np.zeros(3, bool), 0.5) == []


def test_spans_within_a_gap_are_joined():
    assert joined([(3, 4), (0, 1), (1.5, 2)], 0.5) == [(0, 2), (3, 4)]
    assert joined([(0, 5), (1, 2)]) == [(0, 5)]


def test_holes_are_cut_out():
    assert without([(0, 10)], [(2, 3), (9, 12)]) == [(0, 2), (3, 9)]
    assert without([(0, 1)], [(0, 1)]) == []
    assert without([(0, 1)], [(1, 2)]) == [(0, 1)]


def test_covered_seconds_count_once():
    assert total([(0, 2), (1, 3)]) == 3
    assert overlap([(0, 2), (4, 6)], 1, 5) == 2


def test_the_distance_of_touching_spans_is_nothing():
    assert (distance((0, 1), (2, 3)), distance((2, 3), (0, 1)), distance((0, 2), (1, 3))) == (1, 1, 0)
