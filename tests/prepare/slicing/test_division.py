import itertools

import numpy as np
import pytest

from callqa.prepare.slicing.division import divided
from callqa.prepare.sounds.levels import SILENCE


def levels(quiet=()) -> np.ndarray:
    out = np.full(6000, -20.0, np.float32)
    for at in quiet:
        out[int(at * 100) - 6 : int(at * 100) + 6] = SILENCE
    return out


def test_without_diarisation_speech_is_nobodys():
    assert divided([(1, 2), (3, 4)], [], levels()) == [((1, 2), None), ((3, 4), None)]


def test_a_change_in_a_pause_parts_the_stretches_as_they_are():
    found = divided([(1, 3), (3.4, 6)], [((1, 3.1), "s0"), ((3.1, 6), "s1")], levels())
    assert found == [((1, 3), "s0"), ((3.4, 6), "s1")]


def test_a_change_near_a_pause_is_taken_to_be_in_it():
    found = divided([(1, 3), (3.4, 6)], [((1, 3.7), "s0"), ((3.7, 6), "s1")], levels())
    assert found == [((1, 3), "s0"), ((3.4, 6), "s1")]


def test_a_change_without_a_pause_is_cut_at_the_weakest_moment_beside_it():
    (_, first), (_, second) = found = divided([(1, 9)], [((1, 5), "s0"), ((5, 9), "s1")], levels([4.8]))
    assert (first, second) == ("s0", "s1")
    assert found[0][0] == (1, pytest.approx(4.8, abs=0.07))
    assert found[0][0][1] == found[1][0][0]


def test_what_diarisation_leaves_out_is_its_neighbours():
    speakers = [((1, 3), "s0"), ((10, 12), "s1")]
    found = divided([(1, 3), (3.5, 3.7), (9.2, 9.5), (10, 12)], speakers, levels())
    assert [who for _, who in found] == ["s0", "s0", "s1", "s1"]


def test_a_murmur_between_two_stretches_of_the_other_keeps_its_speaker():
    speakers = [((1, 5), "s0"), ((5, 5.4), "s1"), ((5.4, 9), "s0")]
    found = divided([(1, 4.9), (5.0, 5.35), (5.5, 9)], speakers, levels())
    assert [who for _, who in found] == ["s0", "s1", "s0"]


def test_all_speech_is_kept_and_in_order():
    g = np.random.default_rng(0)
    for _ in range(30):
        edges = np.sort(g.uniform(0, 60, 20)).tolist()
        speech = list(zip(edges[::2], edges[1::2], strict=True))
        changes = [0.0, *np.sort(g.uniform(0, 60, 7)).tolist(), 60.0]
        speakers = [((a, b), f"s{i % 2}") for i, (a, b) in enumerate(itertools.pairwise(changes))]
        found = [span for span, _ in divided(speech, speakers, levels())]
        assert found == sorted(found)
        assert sum(b - a for a, b in found) == pytest.approx(sum(b - a for a, b in speech))
