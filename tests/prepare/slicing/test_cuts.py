import itertools

import numpy as np
import pytest

from callqa.prepare.slicing.cuts import cut
from callqa.prepare.sounds.levels import SILENCE


def levels(seconds: float = 120.0, quiet=(), dbfs: float = SILENCE) -> np.ndarray:
    """Steady speech of -20 dBFS with 120 ms of another level around some times."""
    out = np.full(int(seconds * 100), -20.0, np.float32)
    for at in quiet:
        out[int(at * 100) - 6 : int(at * 100) + 6] = dbfs
    return out


def near(*spans):
    return [(pytest.approx(a, abs=0.07), pytest.approx(b, abs=0.07)) for a, b in spans]


def test_a_turn_that_fits_is_left_whole():
    assert cut([(0, 6), (6.5, 14)], 14.7, levels()) == [(0, 14)]


def test_a_long_turn_is_cut_at_its_longest_pause():
    turn = [(0, 6), (6.5, 9), (10, 14), (14.4, 18)]
    assert cut(turn, 14.7, levels()) == [(0, 9), (10, 18)]


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    assert cut([(0, 26)], 14.7, levels(quiet=[12.0, 20.0])) == near((0, 12), (12, 26))


def test_cuts_are_chosen_together():
    """At 8 it is quietest, but what follows would have to be cut again, where there is no dip at all."""
    deep, shallow = levels(quiet=[8.0]), levels(quiet=[14.0], dbfs=-50)
    assert cut([(0, 28.5)], 14.7, np.minimum(deep, shallow)) == near((0, 14), (14, 28.5))


def test_a_pause_goes_before_any_dip_of_the_voice():
    turn = [(0, 10), (10.15, 24)]
    assert cut(turn, 14.7, levels(quiet=[12.0])) == [(0, 10), (10.15, 24)]


def test_where_the_voice_pauses_in_a_sound_goes_before_a_dip_of_the_voice():
    """A breath between two words: loud, but no voice."""
    found = cut([(0, 20)], 14.7, levels(quiet=[8.0], dbfs=-35), voice=[(0, 11), (11.4, 20)])
    assert found == [(0, pytest.approx(11.2, abs=0.25)), (pytest.approx(11.2, abs=0.25), 20)]


def test_a_short_end_is_not_cut_off():
    turn = [(0, 7), (7.4, 14.5), (15.0, 15.4)]
    assert cut(turn, 14.7, levels()) == [(0, 7), (7.4, 15.4)]


def test_speech_of_a_steady_level_is_cut_all_the_same():
    found = cut([(5, 105)], 14.7, levels())
    assert (found[0][0], found[-1][1]) == (5, 105)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
    assert max(b - a for a, b in found) <= 14.7


def test_speech_at_the_end_of_the_levels_is_cut_too():
    assert max(b - a for a, b in cut([(0, 30.004)], 14.7, levels(30.0))) <= 14.7


@pytest.mark.parametrize("longest", [1.7, 4.7, 14.7, 29.7])
def test_pieces_fit_and_hold_all_speech(longest):
    g = np.random.default_rng(int(longest))
    for _ in range(20):
        edges = np.cumsum(g.uniform(0.1, 6, 30)).tolist()
        turn = list(zip(edges[::2], edges[1::2], strict=True))
        found = cut(turn, longest, levels(200.0, quiet=g.uniform(1, 180, 60)))
        assert max(b - a for a, b in found) <= longest + 1e-9
        held = sum(max(0.0, min(b, end) - max(a, start)) for a, b in found for start, end in turn)
        assert held == pytest.approx(sum(end - start for start, end in turn))
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
