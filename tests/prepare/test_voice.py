import subprocess
import sys

import numpy as np
import pytest
import soundfile

from callqa.prepare.hear import at_model_rate
from callqa.prepare.levels import levels_of
from callqa.prepare.spans import overlap
from callqa.prepare.voice import FRAME, gain_for, probabilities, speech_of, version
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import int16, noise, silence, sine, tone


def probs(*runs: tuple[float, int]) -> np.ndarray:
    return np.concatenate([np.full(count, value, np.float32) for value, count in runs])


def test_speech_begins_at_the_threshold_and_ends_below_it_by_the_hysteresis():
    found = speech_of(probs((0, 10), (0.6, 10), (0.4, 10), (0.3, 10)), 0.5, 0.1, 99)
    assert found == [(pytest.approx(0.32), pytest.approx(0.96))]


def test_pauses_shorter_than_a_tenth_of_a_second_are_no_pauses():
    assert len(speech_of(probs((0.9, 10), (0, 3), (0.9, 10)), 0.5, 0.1, 99)) == 1
    assert len(speech_of(probs((0.9, 10), (0, 4), (0.9, 10)), 0.5, 0.1, 99)) == 2


def test_a_burst_too_short_for_speech_is_dropped_unless_speech_is_beside_it():
    alone = probs((0, 50), (0.9, 3), (0, 50))
    assert speech_of(alone, 0.5, 0.2, 99) == []
    assert len(speech_of(alone, 0.5, 0.0, 99)) == 1
    assert len(speech_of(probs((0.9, 30), (0, 20), (0.9, 3), (0, 50)), 0.5, 0.2, 99)) == 2


def test_speech_ends_with_the_recording():
    assert speech_of(probs((0.9, 32)), 0.5, 0.2, 1.0) == [(0.0, 1.0)]


def test_the_model_hears_the_turns_of_a_demo_call_and_little_else(ground_truth):
    truth = next(t for t in ground_truth if t["file"] == "090112-a1.wav")
    samples, rate = soundfile.read(DEMO_CALLS / truth["day"] / truth["file"], dtype="int16")
    for channel in (0, 1):
        wide = at_model_rate(np.ascontiguousarray(samples[:, channel]), rate)
        found = speech_of(probabilities(wide), 0.5, 0.2, len(wide) / 16_000)
        turns = [(t["start"], t["end"]) for t in truth["turns"] if t["channel"] == channel]
        spoken, heard = sum(b - a for a, b in turns), sum(b - a for a, b in found)
        agreed = sum(overlap(turns, *span) for span in found)
        assert agreed > 0.85 * heard
        assert agreed > 0.7 * spoken  # a turn has pauses
        assert all(overlap(found, *turn) > 0 for turn in turns)


def test_a_faint_call_is_raised_until_the_model_hears_it(ground_truth):
    truth = next(t for t in ground_truth if t["file"] == "090112-a1.wav")
    samples, rate = soundfile.read(DEMO_CALLS / truth["day"] / truth["file"], dtype="float32")
    faint = int16(samples[:, 0] * 10 ** (-32 / 20))
    gain = gain_for(levels_of(faint, rate), -70.0)
    assert gain > 5
    heard = probabilities(at_model_rate(faint, rate), gain)
    loud = probabilities(at_model_rate(int16(samples[:, 0]), rate))
    assert np.mean((heard > 0.5) == (loud > 0.5)) > 0.95


def test_a_normal_or_a_silent_call_is_left_as_it_is():
    assert gain_for(levels_of(int16(sine(300, 2, 0.2)), 8000), -60.0) == 1.0
    assert gain_for(levels_of(int16(silence(2)), 8000), -60.0) == 1.0


@pytest.mark.parametrize("audio", [silence(5), noise(5, -30), tone("busy", 6), sine(440, 5)])
def test_silence_noise_and_tones_are_no_speech(audio):
    assert speech_of(probabilities(at_model_rate(int16(audio), 8000)), 0.5, 0.2, 5.0) == []


def test_long_audio_is_heard_block_by_block_as_if_at_once():
    g = np.random.default_rng(0)
    samples = int16(0.1 * g.standard_normal(FRAME * 1200) * np.sin(np.arange(FRAME * 1200) / 9000))
    whole = probabilities(samples)
    assert len(whole) == 1200
    assert np.allclose(whole[:600], probabilities(samples[: FRAME * 600]), atol=1e-6)


def test_listening_does_not_import_torch_nor_change_its_threads():
    code = (
        "import sys, numpy; from callqa.prepare.voice import probabilities;"
        "probabilities(numpy.zeros(16000, numpy.int16)); print('torch' in sys.modules, 'silero_vad' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_version_of_the_model_is_known():
    assert version()[0].isdigit()
