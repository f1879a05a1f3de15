"""How loud a channel is, frame by frame, and where it is louder than its own noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from callqa.prepare.intake.decode import Samples
from callqa.prepare.spans import Span, joined, of_mask

Levels = npt.NDArray[np.float32]

STEP = 0.01
"""Seconds of a frame."""
SILENCE = -100.0
"""dBFS of digital silence."""
MARGIN = 9.0
"""dB above the noise floor from which a frame is sound: noise of one floor varies by 2-3 dB in 10 ms."""
QUIET_SHARE = 10
"""Percentile of the frames that counts as the noise floor: a party is silent for more than a tenth of a call."""
STEADY = 3.0
"""dB between that percentile and the median: below, the channel is steady noise, above, something goes on in it."""
LOUDEST_FLOOR = -45.0
"""dBFS: a channel never quieter than this and not steady (music all along) has no silence to take for its floor."""
MIN_FRAMES = 50
GAP = 0.2
SHORTEST = 0.05
_FRAMES_A_BLOCK = 6_000


def levels_of(samples: Samples, rate: int) -> Levels:
    """RMS of each 10 ms in dBFS (0 = a square wave of full scale), without the offset of the line."""
    count = len(samples) * 100 // rate
    edges = np.arange(count + 1) * rate // 100
    out = np.full(count, SILENCE, np.float32)
    for first in range(0, count, _FRAMES_A_BLOCK):
        last = min(count, first + _FRAMES_A_BLOCK)
        out[first:last] = _block_levels(samples[edges[first] : edges[last]], edges[first : last + 1])
    return out


def _block_levels(samples: Samples, edges: npt.NDArray[np.int64]) -> Levels:
    values = samples.astype(np.float64) / 32768.0
    starts, lengths = edges[:-1] - edges[0], np.diff(edges)
    power = np.add.reduceat(values**2, starts) / lengths
    offset = np.add.reduceat(values, starts) / lengths
    return (10 * np.log10(np.maximum(power - offset**2, 10 ** (SILENCE / 10)))).astype(np.float32)


def mean_level(levels: Levels, start: float, end: float) -> float:
    """RMS level of [start, end) in dBFS."""
    piece = levels[frame(start) : max(frame(end), frame(start) + 1)]
    return float(10 * np.log10(np.mean(10.0 ** (piece.astype(np.float64) / 10)))) if len(piece) else SILENCE


def frame(at: float) -> int:
    """The frame of a time."""
    return round(at / STEP)


def mask_of(spans: list[Span], count: int) -> npt.NDArray[np.bool_]:
    """Frames that the spans cover."""
    mask = np.zeros(count, np.bool_)
    for start, end in spans:
        mask[max(0, frame(start)) : max(0, frame(end))] = True
    return mask


def sounds_of(levels: Levels, known: list[Span], floor_dbfs: float) -> list[Span]:
    """Where a channel is above its noise floor and above `floor_dbfs`.

    `known` (speech, tones) is no noise and does not count for the noise floor.
    """
    threshold = sound_threshold(levels[~mask_of(known, len(levels))], floor_dbfs)
    loud = levels > threshold
    # By what is loud in it: two clicks with a pause between them are no sound of that length.
    spans = joined(of_mask(loud, STEP), GAP)
    return [(start, end) for start, end in spans if loud[frame(start) : frame(end)].sum() * STEP >= SHORTEST]


def sound_threshold(levels: Levels, floor_dbfs: float) -> float:
    """The level in dBFS from which a frame is sound, given the frames that may be noise."""
    if len(levels) < MIN_FRAMES:
        return max(floor_dbfs, LOUDEST_FLOOR)
    quiet, middle = np.percentile(levels, [QUIET_SHARE, 50])
    if quiet > LOUDEST_FLOOR and middle - quiet > STEADY:
        return max(floor_dbfs, LOUDEST_FLOOR)
    return max(floor_dbfs, float(quiet) + MARGIN)
