import numpy as np
import pytest
import soundfile

from callqa.prepare.sounds.music import music_of
from callqa.prepare.sounds.tones import tones_of
from callqa.prepare.spans import overlap, total
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import RATE, chords, g711, int16, noise, silence, sine, voicelike

HOLD = ("2026-01-05", "110000-a9.wav")


def channels(day: str, name: str):
    samples, rate = soundfile.read(DEMO_CALLS / day / name, dtype="int16", always_2d=True)
    return [(np.ascontiguousarray(channel), rate) for channel in samples.T]


@pytest.mark.parametrize("law", ["ALAW", "ULAW", "GSM610"])
@pytest.mark.parametrize("seed", range(3))
def test_chords_and_melodies_are_music(seed, law):
    (found,) = music_of(g711(chords(20, seed), law), RATE)
    assert found.kind == "hold_music"
    assert total(found.bursts) > 14
    assert found.score > 0.9


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_music_is_heard_at_any_rate(rate):
    assert total(music_of(int16(chords(15, rate=rate)), rate)[0].bursts) > 10


def test_the_hold_music_of_a_call_is_found_where_it_is_and_nowhere_else(ground_truth):
    (hold,) = next(t["holds"] for t in ground_truth if (t["day"], t["file"]) == HOLD)
    agent, customer = (music_of(*channel) for channel in channels(*HOLD))
    assert customer == []
    (found,) = agent
    assert hold["start"] - 0.1 < found.start < hold["start"] + 1.5
    assert hold["end"] - 1.5 < found.end < hold["end"] + 0.1


@pytest.mark.parametrize("day", ["2026-01-05", "2026-01-06", "2026-01-07"])
def test_no_word_of_the_demo_calls_is_inside_music(day, ground_truth):
    for truth in ground_truth:
        if truth["day"] == day and truth["turns"] and not truth["reject_reason"] and truth["file"].endswith("wav"):
            for index, channel in enumerate(channels(day, truth["file"])):
                spans = [span for found in music_of(*channel) for span in found.bursts]
                turns = [t for t in truth["turns"] if t["channel"] == index]
                assert [overlap(spans, t["start"], t["end"]) for t in turns] == [0.0] * len(turns)


def test_music_ends_where_a_voice_begins_to_speak_over_it():
    music, voice = chords(30, 1), voicelike(10, 1)
    music[10 * RATE : 20 * RATE] = 0.25 * music[10 * RATE : 20 * RATE] + voice
    spans = [span for found in music_of(g711(music), RATE) for span in found.bursts]
    assert overlap(spans, 10.2, 19.8) == 0.0
    assert total(spans) > 12


@pytest.mark.parametrize(
    "audio",
    [
        *(pytest.param(voicelike(30, seed), id=f"voice-{seed}") for seed in range(6)),
        pytest.param(noise(30, -20), id="noise"),
        pytest.param(silence(30), id="silence"),
        pytest.param(sine(440, 10), id="whistle"),
        pytest.param(silence(0), id="nothing"),
        pytest.param(chords(2), id="two seconds of music"),
        pytest.param(0.005 * chords(30), id="music too faint to be heard"),
    ],
)
def test_what_is_not_surely_music_is_none(audio):
    assert music_of(g711(audio), RATE) == []


def test_a_tone_of_several_frequencies_is_none_where_it_is_known_as_a_tone():
    off_hook = np.concatenate(
        [np.concatenate([sum(sine(f, 2.0, 0.05) for f in (350, 440)), silence(0.2)]) for _ in range(5)]
    )
    samples = g711(off_hook)
    tones = tones_of(samples, RATE, "us")
    assert music_of(samples, RATE, tones) == []


def test_a_long_recording_is_heard_the_same_in_the_middle_as_alone():
    music = chords(12, 2)
    spans = music_of(g711(np.concatenate([silence(61.3), music, silence(30)])), RATE)[0].bursts
    alone = music_of(g711(np.concatenate([silence(5), music, silence(5)])), RATE)[0].bursts
    assert spans[0][0] - 61.3 == pytest.approx(alone[0][0] - 5, abs=0.15)
    assert spans[-1][1] - 61.3 == pytest.approx(alone[-1][1] - 5, abs=0.15)
