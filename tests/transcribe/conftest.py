from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from callqa.contracts import SAMPLE_RATE
from callqa.settings import DEMO_FOLDER, EngineSettings
from callqa.transcribe.engine import ModelIdentity, Samples
from callqa.transcribe.models import model_store

THREADS = 1
"""Of every engine in these tests, so that all of them compute in the same order."""


@pytest.fixture
def model_copy(tmp_path) -> Path:
    """The demo model's folder, to be damaged."""
    copy = tmp_path / "model"
    shutil.copytree(DEMO_FOLDER / "model", copy)
    return copy


@pytest.fixture(scope="session")
def demo_model(tmp_path_factory) -> ModelIdentity:
    """A copy of the demo model: the tests mean the same weights from first to last, also while it is being trained."""
    copy = tmp_path_factory.mktemp("demo") / "model"
    shutil.copytree(DEMO_FOLDER / "model", copy)
    return model_store.identify(EngineSettings(model=str(copy)))


@pytest.fixture(scope="session")
def engine(demo_model):
    """The real engine, once for all tests."""
    from callqa.transcribe.pytorch.funasr_engine import open_funasr

    return open_funasr(EngineSettings(device="cpu", threads=THREADS), demo_model)


@pytest.fixture(scope="session", params=["int8", "fp32"])
def onnx_engine(demo_model, request):
    """The CPU's engine in each of its precisions, in this process; exported once a machine."""
    from callqa.transcribe.onnx.onnx_engine import open_onnx

    return open_onnx(EngineSettings(processes=1), demo_model, request.param)


@pytest.fixture(scope="session")
def speech(ground_truth) -> list[Samples]:
    """Turns of demo calls in every language, 16 kHz."""
    turns = [
        (row, turn)
        for row in ground_truth
        for turn in row.get("turns") or []
        if row["file"].endswith((".wav", ".flac", ".mp3", ".opus"))
        and row["status"] == "analysed"
        and turn["end"] - turn["start"] < 8
    ]
    chosen: dict[str, list] = {}
    for row, turn in turns:
        if len(chosen.setdefault(turn["language"], [])) < 2:
            chosen[turn["language"]].append(_cut(row, turn))
    return [clip for clips in chosen.values() for clip in clips]


def _cut(row: dict, turn: dict) -> Samples:
    audio, rate = soundfile.read(DEMO_FOLDER / "calls" / row["day"] / row["file"], dtype="float32", always_2d=True)
    piece = audio[int(turn["start"] * rate) : int(turn["end"] * rate), min(turn["channel"], audio.shape[1] - 1)]
    return soxr.resample(piece, rate, SAMPLE_RATE).astype(np.float32)


def noise(samples: int, seed: int = 0, level: float = 0.1) -> Samples:
    return (np.random.default_rng(seed).standard_normal(samples) * level).astype(np.float32)
