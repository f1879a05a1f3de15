import numpy as np

from callqa.prepare.spans import Cover, distance, joined, of_mask, overlap, total, within, without


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


def test_holes_may_overlap_and_touch():
    assert without([(0, 10), (11, 12)], [(4, 6), (5, 7), (9, 11.5)]) == [(0, 4), (7, 9), (11.5, 12)]


def test_the_spans_within_a_stretch_are_those_that_touch_it():
    spans = [(0, 2), (3, 4), (6, 8)]
    assert within(spans, 1, 6) == [(0, 2), (3, 4)]
    assert within(spans, 2, 6.5) == [(3, 4), (6, 8)]
    assert within(spans, 3, 3.5) == [(3, 4)]
    assert within([], 0, 1) == []


def test_a_cover_answers_as_the_plain_sum_does():
    g = np.random.default_rng(0)
    edges = np.sort(g.uniform(0, 50, 40)).tolist()
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    cover = Cover(spans)
    for start, end in g.uniform(-5, 55, (200, 2)).tolist():
        assert abs(cover.seconds(start, end) - (overlap(spans, start, end) if end > start else 0.0)) < 1e-9
    assert Cover([]).seconds(0, 9) == 0
    assert Cover([(0, 2), (1, 3)]).seconds(-np.inf, 9) == 3
