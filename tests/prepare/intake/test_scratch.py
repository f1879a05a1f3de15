import os
from pathlib import Path

import numpy as np
import pytest

from callqa.errors import StageError
from callqa.prepare.intake.resample import at_model_rate
from callqa.prepare.intake.scratch import Track, append, let_go, stored, temporary
from tests.prepare.signals import RATE, int16, sine, voicelike


def test_what_is_appended_comes_back_and_leaves_no_file(tmp_path):
    blocks = [np.arange(-5, 5, dtype=np.int16), np.zeros(0, np.int16), np.arange(100, dtype=np.int16)[::2]]
    samples = stored(blocks, str(tmp_path))
    assert samples.dtype == np.int16
    assert np.array_equal(samples, np.concatenate(blocks))
    assert list(tmp_path.iterdir()) == []


def test_samples_are_read_only_and_still_there_when_their_memory_was_given_back(tmp_path):
    samples = stored([np.arange(30_000, dtype=np.int16)], str(tmp_path))
    total = int(samples.sum(dtype=np.int64))
    let_go(samples)
    assert int(samples.sum(dtype=np.int64)) == total
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1


def test_a_plain_array_has_nothing_to_give_back():
    let_go(np.zeros(10, np.int16))


def test_no_samples_are_an_empty_array(tmp_path):
    assert len(stored([], str(tmp_path))) == 0


def test_the_folder_is_made_and_one_that_cannot_be_is_an_error(tmp_path):
    Track(str(tmp_path / "a" / "b")).close()
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(StageError, match=r"cannot write .*file"):
        Track(str(tmp_path / "file"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_says_so_and_what_to_do():
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(StageError, match="no space left in /lake") as caught,
    ):
        append(full, np.zeros(10, np.int16), "/lake")
    assert "set TMPDIR" in caught.value.remedy


def test_a_temporary_file_has_no_name(tmp_path):
    with temporary(str(tmp_path)) as file:
        append(file, b"abc", str(tmp_path))
        assert os.fstat(file.fileno()).st_nlink == 0


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 44_100, 48_000])
def test_a_channel_at_the_models_rate_keeps_its_sound_and_its_time(tmp_path, rate):
    wide = at_model_rate(int16(sine(440, 3, 0.5, rate)), rate, str(tmp_path))
    assert len(wide) == pytest.approx(48_000, abs=2)
    expected = int16(sine(440, 3, 0.5, 16_000))[: len(wide)]
    error = (wide[: len(expected)].astype(float) - expected)[1_000:-1_000]
    assert np.sqrt(np.mean(error**2)) < 30


def test_resampling_does_not_depend_on_blocks(tmp_path, monkeypatch):
    from callqa.prepare.intake import resample

    samples = int16(voicelike(5))
    whole = at_model_rate(samples, RATE, str(tmp_path))
    monkeypatch.setattr(resample, "_BLOCK", 1_234)
    assert np.array_equal(at_model_rate(samples, RATE, str(tmp_path)), whole)


def test_the_models_rate_needs_no_copy():
    samples = int16(sine(440, 1, rate=16_000))
    assert at_model_rate(samples, 16_000) is samples
