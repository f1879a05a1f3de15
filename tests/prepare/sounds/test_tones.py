import numpy as np
import pytest
import soundfile

from callqa.prepare.sounds.cadences import PLANS
from callqa.prepare.sounds.tones import Tone, call_state, tones_of
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import RATE, chords, g711, int16, noise, silence, sine, tone, voicelike

PERIODS = {"ringback": 3, "busy": 8, "congestion": 5, "empty_number": 4, "long_distance": 4}


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
        pattern = next(c.pattern for c in PLANS["cn"].cadences if c.name == kind)
        assert len(found.bursts) == PERIODS[kind] * len(pattern)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_tones_are_found_at_any_rate(rate):
    assert kinds(int16(tone("busy", 6, rate=rate)), rate) == ["busy"]


def test_a_dial_tone_is_steady_for_three_seconds():
    assert kinds(g711(sine(450, 3.2))) == ["dial"]
    assert kinds(g711(sine(450, 2.8))) == []


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


def melody_around_a4() -> np.ndarray:
    """Pure notes of uneven lengths, A4 among them, and one of nearly two seconds."""
    notes = [(440, 0.4), (494, 0.2), (440, 0.3), (392, 0.4), (440, 1.9), (330, 0.3), (440, 0.6), (523, 0.3), (440, 0.2)]
    return np.concatenate([np.concatenate([sine(hertz, length), silence(0.05)]) for hertz, length in notes])


@pytest.mark.parametrize(
    "audio",
    [
        *(pytest.param(voicelike(20, seed), id=f"voice-{seed}") for seed in range(5)),
        *(pytest.param(dtmf(seed), id=f"dtmf-{seed}") for seed in range(3)),
        *(pytest.param(chords(6, seed), id=f"chords-{seed}") for seed in range(5)),
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


def played(kind: str, country: str, periods: int = 6) -> np.ndarray:
    """A tone of a country's plan, as it is there."""
    cadence = next(c for c in PLANS[country].cadences if c.name == kind)
    parts = []
    for on, off in cadence.pattern * periods:
        parts += [sum(sine(hertz, on, 0.1) for hertz in cadence.sound.hertz), silence(off)]
    return np.concatenate(parts)


COUNTRY_TONES = [(country, cadence.name) for country, plan in PLANS.items() for cadence in plan.cadences]


@pytest.mark.parametrize(("country", "kind"), COUNTRY_TONES)
def test_every_country_has_its_own_tones(country, kind):
    (found,) = tones_of(g711(played(kind, country)), RATE, country)
    assert found.kind == kind


@pytest.mark.parametrize("kind", ["ringback", "busy", "congestion"])
def test_the_two_frequencies_of_hong_kong_are_no_tone_of_china(kind):
    assert kinds(g711(played(kind, "hk", 8))) == []


def test_one_of_two_frequencies_is_not_the_tone():
    busy = np.concatenate([np.concatenate([sine(480, 0.5), silence(0.5)]) for _ in range(6)])
    assert tones_of(g711(busy), RATE, "us") == []


def test_the_ringback_of_japan_pulses_sixteen_times_a_second():
    pulse = (1 + sine(16, 1.0, 0.9)) / 2
    ring = np.concatenate([np.concatenate([sine(400, 1.0, 0.3) * pulse, silence(2)]) for _ in range(4)])
    assert [t.kind for t in tones_of(g711(ring), RATE, "jp")] == ["ringback"]


def test_the_burst_of_british_congestion_that_is_louder_belongs_to_it():
    period = [sine(400, 0.4, 0.1), silence(0.35), sine(400, 0.225, 0.2), silence(0.525)]
    assert [t.kind for t in tones_of(g711(np.concatenate(period * 4)), RATE, "uk")] == ["congestion"]


def test_a_steady_400_hz_is_a_dead_number_in_britain_and_a_dial_tone_in_japan():
    steady = g711(sine(400, 5))
    assert [t.kind for t in tones_of(steady, RATE, "uk")] == ["empty_number"]
    assert [t.kind for t in tones_of(steady, RATE, "jp")] == ["dial"]


def test_the_howler_rises():
    steps = np.concatenate([sine(950, 1.0, 0.05 * 1.5**i) for i in range(5)])
    assert kinds(g711(steps)) == ["howler"]
    assert kinds(g711(steps[::-1].copy())) == []
    assert kinds(g711(sine(950, 5))) == []


def test_a_tone_says_what_it_was_measured_to_be():
    (found,) = tones_of(g711(tone("long_distance", 4, 443)), RATE)
    assert found.hertz == (pytest.approx(443, abs=1.5),)
    assert found.cadence == ((0.2, 0.2), (0.2, 0.6))


def test_a_hum_that_wanders_is_no_dial_tone():
    g = np.random.default_rng(5)
    pitch = 450 + np.interp(np.arange(6 * RATE), np.arange(0, 6 * RATE + 800, 800), g.normal(0, 4, 61))
    assert kinds(g711(0.2 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE))) == []


def test_a_tone_is_found_in_noise_that_is_no_more_than_five_db_below_it():
    audio = tone("busy", 10)
    assert kinds(g711(audio + noise(len(audio) / RATE, -22)[: len(audio)])) == ["busy"]


def test_a_tone_after_an_hour_of_silence_is_found_at_its_time():
    samples = np.zeros(3600 * RATE, np.int16)
    busy = g711(tone("busy", 6))
    (found,) = tones_of(np.concatenate([samples, busy]), RATE)
    assert found.start == pytest.approx(3600, abs=0.03)


def test_a_call_in_which_somebody_talked_has_no_state_however_long_it_rang():
    ringing = [found("ringback", 20)]
    assert call_state(ringing, 23.0, 3.0) == "ringback"
    assert call_state(ringing, 28.0, 8.0) is None


def test_keys_and_music_are_no_state():
    assert call_state([found("dtmf", 5), found("hold_music", 60, 5)], 66.0) is None
    assert call_state([found("dtmf", 1), found("busy", 5, 2)], 6.0) == "busy"
