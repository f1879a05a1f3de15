"""Features in torch against kaldi-native-fbank, through FunASR's own frontend."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from callqa.errors import ModelError
from callqa.transcribe.decoding import QUERIES
from callqa.transcribe.pytorch import gpu_features
from callqa.transcribe.pytorch.gpu_features import Features, put
from tests.transcribe.conftest import noise


@pytest.fixture(scope="module")
def frontend():
    from funasr.frontends.wav_frontend import WavFrontend

    made = WavFrontend(window="hamming", n_mels=80, lfr_m=7, lfr_n=6, dither=0.0)
    numbers = np.random.default_rng(0)
    made.cmvn = torch.tensor(np.stack([numbers.normal(-10, 2, 560), numbers.uniform(0.1, 0.4, 560)])).float()
    return made


def together(features, clips):
    layout = features.layout([len(clip) for clip in clips])
    row = np.full(layout.samples, np.nan, np.float32)
    put(clips, layout, row)
    return features(torch.from_numpy(row), layout), layout


def tone(samples, hertz, level):
    return (level * np.sin(2 * np.pi * hertz * np.arange(samples) / 16000)).astype(np.float32)


@pytest.fixture(scope="module")
def clips():
    lengths = [400, 401, 559, 560, 561, 1359, 1360, 2320, 16000, 16001, 33333, 240000]
    loud = [noise(length, seed=length, level=0.3) for length in lengths]
    quiet = [noise(5000, level=1e-4), np.zeros(3000, np.float32), tone(20000, 440, 0.9), tone(8000, 3000, 1e-3)]
    return [*loud, *quiet, noise(4000) + np.float32(0.5)]


def test_every_clip_of_a_batch_has_the_numbers_of_kaldi(frontend, clips):
    features, layout = together(Features(frontend, "cpu"), clips)
    for row, clip in enumerate(clips):
        expected, _ = frontend(torch.from_numpy(clip)[None], [len(clip)])
        assert layout.frames[row] == expected.shape[1]
        assert torch.allclose(features[row, : layout.frames[row]], expected[0], atol=1e-3, rtol=0)


def test_beyond_a_clip_there_is_nothing(frontend, clips):
    features, layout = together(Features(frontend, "cpu"), clips)
    for row, frames in enumerate(layout.frames):
        assert not features[row, frames:].any()


def test_a_clip_alone_is_not_filled_up(frontend):
    features, layout = together(Features(frontend, "cpu"), [noise(16000)])
    assert features.shape == (1, 17, 560)
    assert layout.padded == 17


def test_a_batch_is_filled_up_to_a_multiple_of_the_alignment(frontend):
    features, _ = together(Features(frontend, "cpu"), [noise(16000), noise(17000)])
    assert (features.shape[1] + QUERIES) % gpu_features.ALIGNMENT == 0


def test_the_pieces_in_which_it_is_computed_do_not_matter(frontend, clips, monkeypatch):
    whole, _ = together(Features(frontend, "cpu"), clips)
    monkeypatch.setattr(gpu_features, "ROWS_AT_ONCE", 7)
    pieces, _ = together(Features(frontend, "cpu"), clips)
    assert torch.allclose(whole, pieces, atol=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 399])
def test_what_is_shorter_than_a_window_is_filled_up_with_silence(frontend, samples):
    clip = noise(samples)
    short, _ = together(Features(frontend, "cpu"), [clip])
    padded, _ = together(Features(frontend, "cpu"), [np.pad(clip, (0, 400 - samples))])
    assert torch.equal(short, padded)


@pytest.mark.parametrize("window", ["povey", "hanning"])
def test_other_windows_of_kaldi_are_known(frontend, window):
    from funasr.frontends.wav_frontend import WavFrontend

    other = WavFrontend(window=window, n_mels=80, lfr_m=7, lfr_n=6, dither=0.0)
    other.cmvn = frontend.cmvn
    clip = noise(20000)
    expected, _ = other(torch.from_numpy(clip)[None], [len(clip)])
    ours, _ = together(Features(other, "cpu"), [clip])
    assert torch.allclose(ours, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("key", "value"), [("window", "blackman"), ("snip_edges", False), ("upsacle_samples", False)])
def test_features_that_are_not_computed_are_refused(frontend, key, value):
    wanted = {**vars(frontend), key: value}
    with pytest.raises(ModelError, match=f"frontend_conf.{key} = {value!r}"):
        Features(
            SimpleNamespace(**wanted, cmvn=frontend.cmvn) if "cmvn" not in wanted else SimpleNamespace(**wanted), "cpu"
        )


def test_a_layout_is_what_it_says(frontend):
    layout = Features(frontend, "cpu").layout([0, 16000, 500])
    assert dataclasses.asdict(layout) | {"samples": layout.samples} == {
        "starts": [0, 3, 103],
        "windows": [1, 98, 1],
        "frames": [1, 17, 1],
        "shifts": 107,
        "shift": 160,
        "samples": 107 * 160,
    }
