"""Where a copy is silent, and how it gets there: by short fades outside of the spans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Span = tuple[float, float]
"""Seconds."""
Samples = npt.NDArray[np.int16]

FADE_SECONDS = 0.01
"""A voice that stops between two samples clicks."""
ALIKE = 0.35
"""Correlation of the level curves of two channels from which one is taken to be heard in the other. Two people who talk
independently stay below it in most spans; where they do not, a few seconds too many are silent."""
FRAME_SECONDS = 0.02
MIN_FRAMES = 5
"""Shorter spans cannot be compared, and are silent everywhere."""
LATEST_FRAMES = 15
"""An echo comes at most 0.3 s after its source."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that touch as one."""
    together: list[Span] = []
    for start, end in sorted(spans):
        if together and start <= together[-1][1]:
            together[-1] = (together[-1][0], max(together[-1][1], end))
        elif end > start:
            together.append((start, end))
    return together


def gain(first: int, length: int, spans: Sequence[Span], rate: int) -> npt.NDArray[np.float32]:
    """What the samples [first, first + length) of a channel are multiplied with: 0 in the spans, 1 away from them."""
    factor = np.ones(length, np.float32)
    fade = max(1, round(FADE_SECONDS * rate))
    for start, end in spans:
        low, high = int(np.floor(start * rate)), int(np.ceil(end * rate))
        if high + fade <= first or low - fade >= first + length:
            continue
        place = np.arange(first, first + length)
        outside = np.maximum(low - place, place - (high - 1))
        factor = np.minimum(factor, np.clip(outside / fade, 0.0, 1.0).astype(np.float32))
    return factor


def everywhere(spans: Sequence[Sequence[Span]], channels: Sequence[Samples], rate: int) -> list[list[Span]]:
    """The spans of each channel, and those of others that can be heard there too, with the time that an echo takes."""
    late = LATEST_FRAMES * FRAME_SECONDS
    own = [merged(found) for found in spans]

    def overheard(here: int) -> Iterator[Span]:
        for there in range(len(own)):
            if there != here:
                heard = (span for span in own[there] if heard_in(span, channels[there], channels[here], rate))
                yield from ((start, end + late) for start, end in heard)

    return [merged([*own[here], *overheard(here)]) for here in range(len(own))]


def heard_in(span: Span, source: Samples, other: Samples, rate: int) -> bool:
    """Whether what is said on one channel in a span can be heard on another one: echo, or the same mix on both."""
    start = max(0, int(span[0] * rate))
    one = _levels(source[start : int(span[1] * rate)], rate)
    if len(one) < MIN_FRAMES:
        return True
    late = round(LATEST_FRAMES * FRAME_SECONDS * rate)
    two = _levels(other[start : int(span[1] * rate) + late], rate)
    return any(_alike(one, two[lag : lag + len(one)]) for lag in range(LATEST_FRAMES + 1))


def _levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """RMS of each frame, in dB above one step of the samples."""
    frame = max(1, round(FRAME_SECONDS * rate))
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    return np.array([10 * np.log10(1.0 + np.mean(piece.astype(np.float64) ** 2)) for piece in frames])


def _alike(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> bool:
    if len(two) < MIN_FRAMES:
        return False
    one = one[: len(two)] - one[: len(two)].mean()
    two = two - two.mean()
    size = float(np.sqrt((one**2).sum() * (two**2).sum()))
    return size > 0 and float((one * two).sum()) / size >= ALIKE


def steps(length: int, block: int) -> Iterable[tuple[int, int]]:
    """[start, end) of each block of a length."""
    return pairwise([*range(0, length, block), length])
