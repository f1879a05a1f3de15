"""Voices grouped: the number of speakers found, on points whose truth is known."""

import numpy as np
import pytest

from callqa.prepare.speakers.voices import MOST, centres, grouped, likeness, linked, without_small

SPREAD = 0.04
"""Standard deviation in 256 dimensions of windows around their speaker: mean cosine within about 0.7, as measured."""


def speakers(count: int, seed: int = 0, alike: float = 0.5) -> np.ndarray:
    """Directions whose cosine with one another is `alike`."""
    rng = np.random.default_rng(seed)
    own = np.linalg.qr(rng.normal(size=(256, count + 1)))[0].T
    return np.sqrt(alike) * own[0] + np.sqrt(1 - alike) * own[1 : count + 1]


def windows(people: np.ndarray, sizes: list[int], seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = np.concatenate([np.repeat(p[None], n, axis=0) for p, n in zip(people, sizes, strict=True)])
    points = points + rng.normal(size=points.shape) * SPREAD
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("sizes", [[40], [3], [40, 40], [60, 6], [30, 40, 20], [30, 30, 30, 30], [300, 200]])
def test_as_many_speakers_are_found_as_there_are(sizes):
    people = speakers(len(sizes))
    found = grouped(windows(people, sizes))
    assert len(found) == len(sizes)
    assert sorted((found @ people.T).argmax(axis=1)) == list(range(len(sizes)))
    assert (found @ people.T).max(axis=1).min() > 0.9


def test_the_speaker_of_most_windows_comes_first():
    people = speakers(2)
    assert (grouped(windows(people, [10, 50])) @ people.T).argmax(axis=1).tolist() == [1, 0]


def test_no_more_than_the_most_are_ever_found():
    assert len(grouped(windows(speakers(7), [20] * 7))) == MOST


def test_one_window_is_one_speaker():
    assert grouped(windows(speakers(1), [1])).shape == (1, 256)


def test_a_cough_makes_no_speaker():
    people = speakers(3)
    assert len(grouped(windows(people, [50, 50, 1]))) == 2


def test_many_voices_are_sampled_and_give_the_same_speakers():
    people = speakers(2)
    assert len(grouped(windows(people, [3000, 3000]))) == 2


def test_the_same_voices_give_the_same_speakers_bit_for_bit():
    voices = windows(speakers(3), [30, 40, 20])
    np.testing.assert_array_equal(grouped(voices), grouped(voices.copy()))


def test_linking_stops_between_speakers():
    labels = linked(windows(speakers(2, alike=0.3), [5, 4]))
    assert len(set(labels[:5].tolist()) & set(labels[5:].tolist())) == 0


def test_groups_too_small_are_nobodys_and_the_largest_stays():
    assert without_small(np.array([0, 0, 0, 1, 2, 2])).tolist() == [0, 0, 0, -1, 1, 1]
    assert without_small(np.array([0, 1])).tolist() == [0, 1]
    assert without_small(np.array([0])).tolist() == [0]


def test_likeness_does_not_depend_on_how_noisy_the_windows_are():
    people = speakers(2, alike=0.5)
    labels = np.repeat([0, 1], 400)
    assert likeness(windows(people, [400, 400]), labels)[0, 1] == pytest.approx(0.5, abs=0.03)
    split = np.tile([0, 1], 400)
    assert likeness(windows(people[:1], [800]), split)[0, 1] == pytest.approx(1.0, abs=0.03)


def test_centres_leave_out_what_is_nobodys():
    voices = np.eye(3, 4, dtype=np.float32)
    np.testing.assert_allclose(centres(voices, np.array([0, -1, 0])), [[0.7071, 0, 0.7071, 0]], atol=1e-4)
