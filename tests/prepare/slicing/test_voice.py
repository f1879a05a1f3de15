import subprocess
import sys

import numpy as np
import pytest
import soundfile

from callqa.prepare.hear import at_model_rate
from callqa.prepare.slicing.voice import gain_for, probabilities, speech_of, version
from callqa.prepare.slicing.voice_model import FRAME
from callqa.prepare.sounds.levels import levels_of
from callqa.prepare.spans import overlap
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
        "import sys, numpy; from callqa.prepare.slicing.voice import probabilities;"
        "probabilities(numpy.zeros(16000, numpy.int16)); print('torch' in sys.modules, 'silero_vad' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_version_of_the_model_is_known():
    assert version()[0].isdigit()


def spoken(ground_truth) -> tuple[np.ndarray, int]:
    """The agent's channel of a demo call, and its rate."""
    truth = next(t for t in ground_truth if t["file"] == "090112-a1.wav")
    samples, rate = soundfile.read(DEMO_CALLS / truth["day"] / truth["file"], dtype="float32")
    return samples[:, 0], rate


def found_in(audio: np.ndarray, rate: int) -> list[tuple[float, float]]:
    samples = int16(audio)
    gain = gain_for(levels_of(samples, rate), -60.0)
    return speech_of(probabilities(at_model_rate(samples, rate), gain), 0.5, 0.2, len(audio) / rate)


@pytest.mark.parametrize("faint", [1.0, 10 ** (-30 / 20)])
def test_the_offset_of_the_line_changes_nothing(ground_truth, faint):
    audio, rate = spoken(ground_truth)
    plain, shifted = found_in(audio * faint, rate), found_in(audio * faint + 0.1, rate)
    assert len(plain) > 5
    assert sum(overlap(plain, *span) for span in shifted) > 0.97 * sum(b - a for a, b in plain)
    assert sum(b - a for a, b in shifted) < 1.03 * sum(b - a for a, b in plain)


def test_a_far_party_beside_a_near_one_is_heard(ground_truth):
    """On one channel, 26 dB apart: one gain for both would leave the far one below what the model hears."""
    audio, rate = spoken(ground_truth)
    both = np.concatenate([audio, np.zeros(rate), audio * 10 ** (-26 / 20)])
    both += 10 ** (-75 / 20) * np.random.default_rng(0).standard_normal(len(both))
    near, far = found_in(audio, rate), found_in(both, rate)
    start = len(audio) / rate + 1.0
    heard = sum(overlap(far, start + a, start + b) for a, b in near)
    assert heard > 0.8 * sum(b - a for a, b in near)


def test_what_lies_in_a_long_silence_is_not_asked_and_what_follows_is_heard_as_ever(ground_truth):
    audio, rate = spoken(ground_truth)
    silent = np.zeros(60 * rate)
    alone, after = found_in(audio, rate), found_in(np.concatenate([audio, silent, audio]), rate)
    start = 60 + len(audio) / rate
    later = [(a - start, b - start) for a, b in after if a >= start]
    assert after[: len(alone)] == alone
    assert sum(overlap(alone, *span) for span in later) > 0.95 * sum(b - a for a, b in alone)
    probs = probabilities(at_model_rate(int16(np.concatenate([audio, silent])), rate))
    assert not probs[-1000:].any()
