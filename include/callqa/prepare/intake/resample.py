"""A channel at the model's rate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr

from callqa.contracts import SAMPLE_RATE
from callqa.prepare.intake.scratch import Samples, let_go, stored

_BLOCK = 1 << 18
"""Samples; soxr would hold several copies of a long call as floats."""


def at_model_rate(samples: Samples, rate: int, folder: str | None = None) -> Samples:
    """A channel at 16 kHz, on the disk where it had to be made.

    Raises:
        StageError: the disk is full.
    """
    if rate == SAMPLE_RATE:
        return samples
    wide = stored(_resampled(samples, rate), folder)
    let_go(samples)
    return wide


def _resampled(samples: Samples, rate: int) -> Iterator[Samples]:
    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
    for first in range(0, len(samples), _BLOCK):
        block = samples[first : first + _BLOCK].astype(np.float32)
        out = np.rint(stream.resample_chunk(block, last=first + _BLOCK >= len(samples)))
        yield np.clip(out, -32768, 32767).astype(np.int16)
