import numpy as np
import pytest

from callqa.prepare.sounds.levels import SILENCE, levels_of, mean_level, sounds_of
from tests.prepare.signals import RATE, int16, noise, silence, sine, voicelike


def sounds(audio, known=(), floor=-60.0):
    return sounds_of(levels_of(int16(audio), RATE), list(known), floor)


def test_levels_are_dbfs_without_the_offset_of_the_line():
    levels = levels_of(int16(np.concatenate([sine(400, 1, 0.2), silence(1)]) + 0.1), RATE)
    assert len(levels) == 200
    assert levels[50] == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)), abs=0.1)
    assert levels[150] == SILENCE
    assert mean_level(levels, 0.0, 1.0) == pytest.approx(-17, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100])
def test_frames_stay_in_step_at_rates_that_10_ms_do_not_divide(rate):
    levels = levels_of(int16(np.concatenate([silence(100, rate), sine(400, 1, 0.2, rate)])), rate)
    assert len(levels) == 10_100
    assert levels[9_998] == SILENCE
    assert levels[10_002] > -20


@pytest.mark.parametrize("dbfs", [-70, -50, -36])
def test_sound_is_what_rises_above_the_noise_of_the_line(dbfs):
    audio = noise(20, dbfs)
    audio[5 * RATE : 7 * RATE] += 2 * voicelike(2)
    ((start, end),) = sounds(audio)
    assert (start, end) == (pytest.approx(5, abs=0.1), pytest.approx(7, abs=0.1))


def test_below_the_floor_of_the_settings_everything_is_silence():
    quiet = np.concatenate([silence(3), voicelike(2) * 0.001, silence(3)])
    assert sounds(quiet, floor=-60.0) == []
    assert len(sounds(quiet, floor=-90.0)) == 1


def test_music_all_along_is_not_taken_for_the_noise_of_the_line():
    g = np.random.default_rng(0)
    notes = [sine(hertz, 0.5, 0.2) * np.geomspace(1, 0.05, RATE // 2) for hertz in g.uniform(200, 800, 40)]
    covered = sum(end - start for start, end in sounds(np.concatenate(notes)))
    assert covered > 19


def test_tones_that_are_known_do_not_count_for_the_noise_of_the_line():
    steady = sine(450, 10)
    assert sounds(steady, [(0.0, 10.0)]) == [(0.0, 10.0)]


def test_clicks_are_no_sound_even_with_a_pause_between_them():
    audio = silence(5)
    for at in (1.0, 1.15, 3.0):
        audio[int(at * RATE) : int(at * RATE) + 40] = 0.5
    assert sounds(audio) == []
