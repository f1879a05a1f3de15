import numpy as np
import pytest
import soundfile

from callqa.prepare.tones import CADENCES, FREQUENCIES, Tone, bursts_of, call_state, tones_of
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import RATE, g711, int16, noise, silence, sine, tone, voicelike

PERIODS = {"ringback": 3, "busy": 8, "congestion": 5, "empty_number": 4}


def kinds(samples, rate=RATE) -> list[str]:
    return [found.kind for found in tones_of(samples, rate)]


@pytest.mark.parametrize("law", ["ALAW", "ULAW"])
@pytest.mark.parametrize("hertz", [440, 450, 460])
@pytest.mark.parametrize("kind", PERIODS)
def test_each_cadence_is_found_through_g711_off_its_pitch_and_out_of_step(kind, hertz, law):
    for seed in range(4):
        audio = np.concatenate([silence(0.5), tone(kind, PERIODS[kind], hertz, jitter=0.1, seed=seed)])
        audio += noise(len(audio) / RATE, -50, seed)[: len(audio)]
        (found,) = tones_of(g711(audio, law), RATE)
        assert found.kind == kind
        assert found.start == pytest.approx(0.5, abs=0.03)
        assert 0.7 < found.score <= 1
        pattern = next(c.pattern for c in CADENCES if c.name == kind)
        assert len(found.bursts) == PERIODS[kind] * len(pattern)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_tones_are_found_at_any_rate(rate):
    assert kinds(int16(tone("busy", 6, rate=rate)), rate) == ["busy"]


def test_a_dial_tone_is_steady_for_two_seconds():
    assert kinds(g711(sine(450, 2.5))) == ["dial"]
    assert kinds(g711(sine(450, 1.8))) == []


def test_a_ringback_that_somebody_answers_is_cut_and_still_one():
    ringing = np.concatenate([tone("ringback", 2), sine(450, 0.4), voicelike(5)])
    (found,) = tones_of(g711(ringing), RATE)
    assert (found.kind, len(found.bursts)) == ("ringback", 3)
    assert found.end == pytest.approx(10.4, abs=0.03)


def test_a_recording_that_begins_inside_a_burst_has_its_tone():
    assert kinds(g711(tone("ringback", 3)[int(0.6 * RATE) :])) == ["ringback"]
    assert kinds(g711(tone("busy", 5)[int(0.2 * RATE) :])) == ["busy"]


@pytest.mark.parametrize(("kind", "periods"), [("ringback", 1), ("busy", 2), ("congestion", 2), ("empty_number", 1)])
def test_fewer_periods_than_it_takes_are_no_tone(kind, periods):
    assert kinds(g711(tone(kind, periods))) == []


def test_one_tone_after_another_are_two():
    audio = np.concatenate([tone("ringback", 2), tone("busy", 5)])
    assert kinds(g711(audio)) == ["ringback", "busy"]


@pytest.mark.parametrize("hertz", [400, 500, 950])
def test_other_frequencies_in_the_same_rhythm_are_none(hertz):
    assert kinds(g711(tone("busy", 8, hertz))) == []


def dtmf(seed: int) -> np.ndarray:
    g = np.random.default_rng(seed)
    keys = [(a, b) for a in (697, 770, 852, 941) for b in (1209, 1336, 1477)]
    parts = []
    for _ in range(20):
        low, high = keys[g.integers(len(keys))]
        parts += [sine(low, 0.1, 0.1) + sine(high, 0.1, 0.1), silence(0.1)]
    return np.concatenate(parts)


def chords(seed: int) -> np.ndarray:
    g = np.random.default_rng(seed)
    parts = []
    for _ in range(12):
        root = 440 * 2 ** (g.integers(-12, 12) / 12)
        note = sum(sine(root * 2 ** (s / 12) * k, 0.5, 0.05 / k) for s in (0, 4, 7) for k in (1, 2, 3))
        parts.append(note * np.linspace(1, 0.2, len(note)))
    return np.concatenate(parts)


def melody_around_a4() -> np.ndarray:
    """Pure notes of uneven lengths, A4 among them, and one of nearly two seconds."""
    notes = [(440, 0.4), (494, 0.2), (440, 0.3), (392, 0.4), (440, 1.9), (330, 0.3), (440, 0.6), (523, 0.3), (440, 0.2)]
    return np.concatenate([np.concatenate([sine(hertz, length), silence(0.05)]) for hertz, length in notes])


@pytest.mark.parametrize(
    "audio",
    [
        *(pytest.param(voicelike(20, seed), id=f"voice-{seed}") for seed in range(5)),
        *(pytest.param(dtmf(seed), id=f"dtmf-{seed}") for seed in range(3)),
        *(pytest.param(chords(seed), id=f"chords-{seed}") for seed in range(5)),
        pytest.param(melody_around_a4(), id="melody"),
        pytest.param(noise(20, -20), id="noise"),
        pytest.param(silence(20), id="silence"),
        pytest.param(sine(150, 5) + sine(300, 5) + sine(450, 5), id="buzz"),
    ],
)
def test_what_is_no_tone_is_none(audio):
    assert kinds(g711(audio)) == []


def test_sound_in_the_pauses_breaks_the_rhythm():
    audio = tone("busy", 8)
    assert kinds(g711(audio + 2 * voicelike(len(audio) / RATE)[: len(audio)])) == []
    assert kinds(g711(np.concatenate([sine(450, 0.35) if i % 2 else sine(450, 0.35, 0.15) for i in range(5)]))) == []


def test_too_short_a_recording_has_none():
    assert tones_of(int16(sine(450, 0.01)), RATE) == []
    assert tones_of(int16(silence(0)), RATE) == []


def test_bursts_know_their_time_and_frequency():
    (burst,) = bursts_of(int16(np.concatenate([silence(1), sine(443.75, 0.5), silence(1)])), RATE)
    assert (burst.start, burst.end) == (pytest.approx(1, abs=0.015), pytest.approx(1.5, abs=0.015))
    assert burst.hertz in FREQUENCIES
    assert burst.hertz == 443.75
    assert burst.level == pytest.approx(-17, abs=0.2)


def found(kind: str, seconds: float, start: float = 0.0) -> Tone:
    return Tone(kind=kind, start=start, end=start + seconds, score=1.0, bursts=((start, start + seconds),))


def test_the_state_of_a_call_is_what_most_of_its_sound_is():
    assert call_state([found("busy", 5)], 9.0) == "busy"
    assert call_state([found("busy", 5)], 10.0) is None
    assert call_state([found("ringback", 3), found("busy", 4, 5)], 8.0) == "busy"
    assert call_state([], 0.0) is None


@pytest.mark.parametrize("day", ["2026-01-05", "2026-01-06", "2026-01-07"])
def test_the_speech_and_music_of_the_demo_calls_hold_no_tone(day, ground_truth):
    files = [t["file"] for t in ground_truth if t["day"] == day and t["turns"] and not t["reject_reason"]]
    for name in files:
        if name.endswith((".wav", ".flac")):
            samples, rate = soundfile.read(DEMO_CALLS / day / name, dtype="int16", always_2d=True)
            assert [kinds(np.ascontiguousarray(channel), rate) for channel in samples.T] == [[]] * samples.shape[1]
