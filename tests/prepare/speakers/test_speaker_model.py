"""The speaker network gives what resemblyzer's own code would, on librosa's features and torch's LSTM."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from callqa.errors import StageError
from callqa.prepare.speakers import speaker_model
from callqa.prepare.speakers.torch_weights import read_tensors

installed = pytest.mark.skipif(not speaker_model.available(), reason="resemblyzer is an optional extra")


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=round(16000 * seconds)) * 3000).astype(np.int16)


def test_features_are_librosas():
    """Figures of librosa 0.11's `melspectrogram(y, sr=16000, n_fft=400, hop_length=160, n_mels=40)`."""
    t = np.arange(8000) / 16000
    wave = 8000 * np.sin(2 * np.pi * (200 * t + 3000 * t**2)) + 3000 * np.sin(2 * np.pi * 3100 * t)
    found = speaker_model.mel_power(np.rint(wave).astype(np.int16))
    assert found.shape == (51, 40)
    assert found.sum() == pytest.approx(415.914978, rel=1e-5)
    places = {(0, 3): 1.12701, (10, 8): 0.0724644, (25, 20): 3.80977, (49, 31): 5.43674e-05, (50, 27): 0.521675}
    assert {place: float(found[place]) for place in places} == pytest.approx(places, rel=1e-4)


@pytest.mark.parametrize("count", [0, 1, 159, 160, 399, 400, 1000])
def test_there_is_a_frame_each_10_ms_however_short_the_sound(count):
    found = speaker_model.mel_power(noise(count / 16000))
    assert found.shape == (1 + count // 160, 40)
    assert np.isfinite(found).all()


def test_gain_is_of_the_amplitude():
    samples = noise(0.5)
    np.testing.assert_allclose(speaker_model.mel_power(samples, 2.0), 4 * speaker_model.mel_power(samples), rtol=1e-4)


class Encoder(torch.nn.Module):
    """The network as resemblyzer defines it."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = torch.nn.Linear(256, 256)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        _, (hidden, _) = self.lstm(frames)
        raw = torch.relu(self.linear(hidden[-1]))
        return raw / torch.norm(raw, dim=1, keepdim=True)


@installed
def test_voices_are_those_of_the_network_in_torch():
    folder = next(iter(importlib.util.find_spec("resemblyzer").submodule_search_locations))
    tensors = read_tensors(Path(folder) / "pretrained.pt")
    encoder = Encoder()
    encoder.load_state_dict({k: torch.from_numpy(v) for k, v in tensors.items() if not k.startswith("similarity")})
    mel = speaker_model.mel_power(noise(4.0))
    windows = np.stack([mel[first : first + 160] for first in (0, 80, 160, 240)])
    with torch.no_grad():
        expected = encoder(torch.from_numpy(windows)).numpy()
    found = speaker_model.embeddings(windows)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@installed
def test_a_window_has_the_same_voice_in_any_batch():
    mel = speaker_model.mel_power(noise(3.0))
    windows = np.stack([mel[first : first + 160] for first in range(0, 70)])
    together = speaker_model.embeddings(windows)
    np.testing.assert_allclose(speaker_model.embeddings(windows[67:68])[0], together[67], atol=1e-6)


def test_without_the_package_there_is_no_version_and_a_remedy(monkeypatch):
    monkeypatch.setattr(speaker_model, "_weights_file", lambda: None)
    speaker_model.version.cache_clear()
    speaker_model._session.cache_clear()
    try:
        assert not speaker_model.available()
        assert speaker_model.version() == "none"
        with pytest.raises(StageError, match=r"callqa\[speakers\]"):
            speaker_model.embeddings(np.zeros((1, 160, 40), np.float32))
    finally:
        speaker_model.version.cache_clear()
