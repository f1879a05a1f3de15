import numpy as np
import pytest

from callqa.prepare.sounds.levels import levels_of
from callqa.prepare.sounds.quality import quality_of
from tests.prepare.signals import RATE, g711, int16, noise, silence, sine, voicelike


def measured(audio, speech=(), others=(), rate=RATE):
    samples = audio if audio.dtype == np.int16 else int16(audio)
    return quality_of(0, samples, rate, levels_of(samples, rate), list(speech), list(others))


def talk(seconds: float, dbfs: float, rate: int = RATE, seed: int = 1) -> np.ndarray:
    """A voice of a level."""
    voice = voicelike(seconds, seed, rate)
    return voice * 10 ** (dbfs / 20) / np.sqrt(np.mean(voice**2))


@pytest.mark.parametrize(("level", "floor"), [(-20, -60), (-26, -46), (-35, -45), (-30, -33), (-30, -30)])
def test_levels_and_snr_are_what_went_in(level, floor):
    audio = np.concatenate([silence(4), talk(6, level), silence(4)]) + noise(14, floor)
    found = measured(audio, [(4, 10)])
    assert found.noise_dbfs == pytest.approx(floor, abs=0.5)
    assert found.speech_dbfs == pytest.approx(10 * np.log10(10 ** (level / 10) + 10 ** (floor / 10)), abs=0.5)
    assert found.snr_db == pytest.approx(level - floor, abs=1)


def test_a_square_wave_of_full_scale_has_zero_dbfs_and_a_sine_three_less():
    square = np.sign(sine(100, 1)) * 1.0
    assert measured(square, [(0, 1)]).speech_dbfs == pytest.approx(0, abs=0.1)
    found = measured(sine(100, 1, 0.5), [(0, 1)])
    assert found.speech_dbfs == pytest.approx(-6.02 - 3.01, abs=0.05)
    assert found.peak_dbfs == pytest.approx(-6.02, abs=0.05)


def test_music_and_tones_are_neither_speech_nor_noise():
    audio = np.concatenate([silence(3), talk(4, -20), silence(3), sine(450, 5)]) + noise(15, -60)
    assert measured(audio, [(3, 7)], [(10, 15)]).noise_dbfs == pytest.approx(-60, abs=0.5)
    assert measured(audio, [(3, 7)]).noise_dbfs > -30


def test_without_a_pause_the_quietest_tenth_is_the_noise():
    audio = np.concatenate([talk(9, -20), silence(1)]) + noise(10, -50)
    assert measured(audio, [(0, 10)]).noise_dbfs == pytest.approx(-50, abs=1.5)


def test_a_silent_channel_has_no_speech_and_no_snr():
    found = measured(silence(5))
    assert (found.speech_dbfs, found.snr_db, found.noise_dbfs, found.peak_dbfs) == (None, None, -100, -100)
    assert (found.clipped_share, found.dc_offset, found.bandwidth_hz) == (0, 0, 0)


def test_speech_that_the_noise_drowns_has_the_worst_snr_and_not_none():
    assert measured(noise(9, -20), [(3, 6)]).snr_db <= -10


@pytest.mark.parametrize("offset", [0.1, -0.03, 0.0])
def test_the_offset_of_the_line_is_measured_and_is_no_level(offset):
    audio = np.concatenate([silence(3), talk(4, -25), silence(3)]) + noise(10, -60) + offset
    found = measured(audio, [(3, 7)])
    assert found.dc_offset == pytest.approx(offset, abs=0.0005)
    assert found.noise_dbfs == pytest.approx(-60, abs=1)


@pytest.mark.parametrize("limit", [1.0, 0.6, 0.2])
def test_clipped_samples_are_counted_at_any_level(limit):
    """Of a sine that is clipped at half its height, two thirds are flat; runs of one sample are not counted."""
    audio = np.clip(sine(200, 3, 2 * limit), -limit, limit)
    share = np.mean(np.abs(audio) >= limit)
    assert share == pytest.approx(2 / 3, abs=0.02)
    assert measured(audio, [(0, 3)]).clipped_share == pytest.approx(share, abs=0.01)


def test_the_clipping_of_one_side_is_counted():
    audio = np.minimum(talk(5, -20), 0.15)
    share = np.mean(audio >= 0.15)
    assert share > 0.03
    assert measured(audio, [(0, 5)]).clipped_share == pytest.approx(share, rel=0.25)


@pytest.mark.parametrize("hertz", [100, 300, 450, 1004, 3333])
@pytest.mark.parametrize("subtype", ["PCM_16", "ALAW", "ULAW"])
def test_a_whole_sine_is_not_clipped(hertz, subtype):
    for level in (0.98, 0.5, 0.1):
        assert measured(g711(sine(hertz, 3, level), subtype), [(0, 3)]).clipped_share < 0.001


def test_speech_of_full_scale_through_alaw_is_not_clipped():
    loud = voicelike(10)
    assert measured(g711(0.98 * loud / np.abs(loud).max()), [(0, 10)]).clipped_share < 0.001


def test_a_quiet_line_of_a_few_bits_is_not_clipped():
    assert measured(int16(noise(5, -85)), []).clipped_share == 0


@pytest.mark.parametrize(("edge", "rate"), [(3400, 16_000), (7000, 16_000), (3400, 48_000), (1500, 8_000)])
def test_the_bandwidth_is_the_edge_of_what_was_said(edge, rate):
    """White noise up to an edge as speech: 99 % of its energy lie below 99 % of the edge."""
    spectrum = np.fft.rfft(noise(6, -20, rate=rate))
    spectrum[np.fft.rfftfreq(6 * rate, 1 / rate) > edge] = 0
    audio = np.concatenate([silence(3, rate), np.fft.irfft(spectrum), silence(3, rate)]) + noise(12, -60, 1, rate)
    assert measured(audio, [(3, 9)], rate=rate).bandwidth_hz == pytest.approx(0.99 * edge, abs=60)


def test_the_noise_of_the_line_does_not_widen_the_bandwidth():
    spectrum = np.fft.rfft(noise(6, -20, rate=16_000))
    spectrum[np.fft.rfftfreq(96_000, 1 / 16_000) > 2000] = 0
    audio = np.concatenate([silence(4, 16_000), np.fft.irfft(spectrum), silence(4, 16_000)])
    found = measured(audio + noise(14, -35, 1, 16_000), [(4, 10)], rate=16_000)
    assert found.bandwidth_hz == pytest.approx(1980, abs=150)


def test_what_is_measured_of_hours_does_not_depend_on_blocks(monkeypatch):
    from callqa.prepare.sounds import quality

    audio = np.clip(talk(20, -15), -0.3, 0.3) + 0.01
    whole = measured(audio, [(2, 18)])
    monkeypatch.setattr(quality, "_BLOCK", 1001)
    monkeypatch.setattr(quality, "_WINDOWS", 7)
    pieces = measured(audio, [(2, 18)])
    assert pieces.clipped_share == pytest.approx(whole.clipped_share, rel=0.02)
    assert (pieces.peak_dbfs, pieces.dc_offset, pieces.bandwidth_hz) == (
        whole.peak_dbfs,
        whole.dc_offset,
        whole.bandwidth_hz,
    )
