"""Who speaks when on one channel: the demo's mono calls, voices told apart, and what cannot be told."""

import itertools
import json

import numpy as np
import pytest
import soxr

from callqa.prepare.intake.decode import decode
from callqa.prepare.speakers import diarise, speaker_model
from callqa.prepare.speakers.diarise import _cells, _change_cost, _followed, _named, speakers_of
from callqa.settings import PrepareSettings
from tests.conftest import DEMO_CALLS

installed = pytest.mark.skipif(not speaker_model.available(), reason="resemblyzer is an optional extra")
SETTINGS = PrepareSettings()


def demo_call(name: str) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A demo call's samples at 16 kHz, all its channels mixed, and its turns' spans."""
    truth = next(t for t in json.loads((DEMO_CALLS / "ground_truth.json").read_text("utf-8")) if t["file"] == name)
    with (DEMO_CALLS / truth["day"] / name).open("rb", buffering=0) as file:
        audio = decode(file, max_seconds=600)
    mixed = sum(np.asarray(channel, np.float32) for channel in audio.channels)
    samples = np.clip(np.rint(soxr.resample(mixed, audio.rate, 16000)), -32768, 32767).astype(np.int16)
    return samples, [(t["start"], t["end"]) for t in truth["turns"]]


@installed
@pytest.mark.parametrize("name", ["114000-b12.wav", "103000-c7.mp3"])
def test_two_who_take_turns_on_one_channel_are_told_apart(name):
    samples, turns = demo_call(name)
    found = speakers_of(samples, turns, SETTINGS)
    assert {label for _, label in found} == {"s0", "s1"}
    for number, (start, end) in enumerate(turns):  # agent and customer alternate
        own = sum(b - a for (a, b), label in found if label == f"s{number % 2}" and start <= a and b <= end)
        assert own > 0.75 * (end - start)


@installed
def test_one_who_pauses_stays_one():
    samples, turns = demo_call("114500-a11.mp3")
    found = speakers_of(samples, turns, SETTINGS)
    assert {label for _, label in found} == {"s0"}


@installed
def test_the_spans_cover_exactly_the_speech_in_order():
    samples, turns = demo_call("090112-a1.wav")
    found = speakers_of(samples, turns, SETTINGS)
    spans = [span for span, _ in found]
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    for start, end in turns:
        inside = [(a, b) for a, b in spans if start <= a and b <= end]
        assert (inside[0][0], inside[-1][1]) == (start, end)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(inside))
    assert sum(b - a for a, b in spans) == pytest.approx(sum(b - a for a, b in turns))


@installed
def test_the_same_audio_gives_the_same_speakers_from_memory_or_from_disk(tmp_path):
    samples, turns = demo_call("114000-b12.wav")
    mapped = np.memmap(tmp_path / "samples", np.int16, "w+", shape=samples.shape)
    mapped[:] = samples
    assert speakers_of(mapped, turns, SETTINGS) == speakers_of(samples, turns, SETTINGS)


@installed
def test_a_fainter_handset_is_no_other_speaker():
    samples, turns = demo_call("114500-a11.mp3")
    faint = samples.copy()
    faint[len(faint) // 2 :] //= 8
    assert {label for _, label in speakers_of(faint, turns, SETTINGS)} == {"s0"}


@installed
@pytest.mark.parametrize(
    "speech",
    [[(0.0, 4.0)], [(i * 0.5, i * 0.5 + 0.35) for i in range(20)], [(0.0, 3.99), (9.0, 9.0001)]],
    ids=["silence", "bursts", "a burst of no length"],
)
def test_sound_that_is_no_voice_is_at_most_some_speaker(speech):
    silence = np.zeros(16000 * 10, np.int16)
    found = speakers_of(silence, speech, SETTINGS)
    assert {label for _, label in found} <= {"s0"}


@installed
def test_speech_beyond_the_recordings_end_breaks_nothing():
    samples, _ = demo_call("114000-b12.wav")
    seconds = len(samples) / 16000
    assert speakers_of(samples, [(0.5, seconds + 0.02), (seconds + 1, seconds + 3)], SETTINGS)


def test_too_little_speech_off_and_no_model_tell_nobody(monkeypatch, caplog):
    samples = np.zeros(16000 * 10, np.int16)
    assert speakers_of(samples, [(1.0, 3.5)], SETTINGS) == []
    assert speakers_of(samples, [(0.0, 9.0)], PrepareSettings(diarise="off")) == []
    monkeypatch.setattr(speaker_model, "available", lambda: False)
    caplog.set_level("INFO")
    assert speakers_of(samples, [(0.0, 9.0)], SETTINGS) == []
    assert "callqa[speakers]" in caplog.text
    assert diarise.version() == "none"


def test_cells_are_even_and_no_longer_than_the_longest():
    cells = _cells([(0.0, 1.0), (2.0, 2.1)])
    assert cells[0][0] == 0.0
    assert cells[2][1] == 1.0
    assert cells[3] == (2.0, 2.1)
    assert len(cells) == 4


def test_a_change_falls_into_the_pause_beside_it():
    cells = [(0.0, 0.4), (0.4, 0.8), (1.6, 2.0), (2.0, 2.4)]
    blurred = np.array([[0.8, 0.4], [0.66, 0.64], [0.6, 0.62], [0.4, 0.8]])
    assert _followed(cells, blurred) == [0, 0, 1, 1]


def test_a_moment_that_fits_another_speaker_a_little_better_changes_nothing():
    cells = [(i * 0.4, i * 0.4 + 0.4) for i in range(5)]
    scores = np.array([[0.8, 0.5], [0.8, 0.5], [0.6, 0.65], [0.8, 0.5], [0.8, 0.5]])
    assert _followed(cells, scores) == [0] * 5


def test_a_change_costs_least_in_a_long_pause():
    costs = [_change_cost(pause) for pause in (0.0, 0.2, 0.6, 5.0)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == pytest.approx(costs[-2])
    assert costs[-1] > 0


def test_speakers_are_numbered_by_appearance_and_neighbours_joined():
    cells = [(0.0, 0.4), (0.4, 0.8), (1.0, 1.4), (1.4, 1.8)]
    assert _named(cells, [2, 2, 2, 0]) == [((0.0, 0.8), "s0"), ((1.0, 1.4), "s0"), ((1.4, 1.8), "s1")]
