"""Samples → what SenseVoice hears: stacked, normalised mel frames, without torch and without FunASR.

Kaldi's 80 log-mel bands (25 ms Hamming windows every 10 ms, no dither), seven frames stacked and every sixth kept, the
statistics of `am.mvn` applied. asrfront computes them; tests compare with FunASR's `WavFrontend`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from callqa.errors import ModelError
from callqa.transcribe.engine import Samples
from callqa.transcribe.models.model_check import CONFIG, STATISTICS, read_config

Features: TypeAlias = NDArray[np.float32]
"""Shape (frames, 560); a frame is 60 ms."""

SHORTEST = 400
"""Samples of one analysis window (25 ms); what is shorter is filled up with silence."""
EXPECTED: Mapping[str, Any] = {
    "fs": 16000,
    "window": "hamming",
    "n_mels": 80,
    "frame_length": 25,
    "frame_shift": 10,
    "lfr_m": 7,
    "lfr_n": 6,
}
"""The features that every published SenseVoiceSmall was trained on, by the names of its config.yaml."""


def extractor(folder: str | Path) -> Callable[[Samples], Features]:
    """The function from samples to features of a model folder.

    Raises:
        ModelError: the model was trained on other features, or its statistics cannot be read.
    """
    folder = Path(folder)
    _require_expected(folder)
    statistics = _statistics(folder / STATISTICS)

    def extract(samples: Samples) -> Features:
        from asrfront import sensevoice

        filled = np.pad(samples, (0, max(0, SHORTEST - len(samples))))
        features: Features = sensevoice.fbank(filled, cmvn=statistics)
        return features

    return extract


def _require_expected(folder: Path) -> None:
    try:
        asked = read_config(folder).get("frontend_conf") or {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / CONFIG}: {error}", remedy="copy the whole model folder") from error
    for name, value in EXPECTED.items():
        if asked.get(name, value) != value:
            raise ModelError(
                f"{folder / CONFIG}: frontend_conf.{name} is {asked[name]!r}; the onnx engine computes {value!r}",
                remedy="set engine.name = funasr, which computes what the file says",
            )


def _statistics(path: Path) -> tuple[Features, Features]:
    """Shift and scale of each band."""
    from asrfront import sensevoice

    try:
        shift, scale = sensevoice.load_cmvn(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}", remedy="copy the whole model folder") from error
    return shift, scale
