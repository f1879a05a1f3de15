"""The outline of a recording for a waveform: the loudest sample of each short stretch, by channel."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

from callqa import storage

RATE = 50
"""Peaks a second, where the recording is not too long for that …"""
MOST = 36_000
"""… peaks a channel, some 50 kB of a page at most: 12 minutes at full rate, 4 hours at 2.5 a second."""
BLOCK_SECONDS = 20.0
"""Of sound in memory at once."""


def write(sound: str | Path, path: str | Path) -> str:
    """Write the outline of a sound file, as JSON: `rate` peaks a second, `seconds`, and for each channel `channels` one
    byte a peak (0..255, of full scale) in base64. Memory is bounded whatever the file's length.

    Raises:
        StageError: the disk is full.
    """
    return storage.write_json(path, of(sound))


def of(sound: str | Path) -> dict[str, Any]:
    """What `write` writes."""
    import numpy as np
    import soundfile

    with soundfile.SoundFile(sound) as file:
        step = step_of(file.frames, file.samplerate)
        block = max(step, int(BLOCK_SECONDS * file.samplerate) // step * step)
        rows = [
            np.maximum.reduceat(np.abs(piece.astype(np.int32)), range(0, len(piece), step), axis=0)
            for piece in file.blocks(block, dtype="int16", always_2d=True)
            if len(piece)
        ]
        peaks = np.concatenate(rows) if rows else np.zeros((0, file.channels), np.int32)
        scaled = np.minimum(255, (peaks + 127) // 128).astype(np.uint8)
        return {
            "rate": file.samplerate / step,
            "seconds": file.frames / file.samplerate,
            "channels": [base64.b64encode(column.tobytes()).decode() for column in scaled.T],
        }


def step_of(frames: int, rate: int) -> int:
    """Samples that one peak stands for."""
    return max(1, rate // RATE, math.ceil(frames / MOST))
