"""Crosstalk: what is heard in one channel only because it is loud in another."""

from __future__ import annotations

import numpy as np

from callqa.prepare.sounds.levels import Levels, frame
from callqa.prepare.spans import Span

QUIETER = 20.0
"""dB that a bleeding voice lies below the channel it comes from."""
ALIKE = 0.6
"""Correlation of the two level curves."""
LATEST = 30
"""Frames (0.3 s) that an echo comes after its source."""
SHORTEST = 20


def without_bleed(spans: list[Span], own: Levels, others: list[Levels]) -> list[Span]:
    """The spans of a channel that are not the faint echo of another one."""
    return [span for span in spans if not any(_bleeds(span, own, other) for other in others)]


def _bleeds(span: Span, own: Levels, other: Levels) -> bool:
    first, last = frame(span[0]), min(frame(span[1]), len(own))
    if last - first < SHORTEST or np.median(other[first:last] - own[first:last]) < QUIETER:
        return False
    return any(_alike(own[first:last], other[first - lag : last - lag]) for lag in range(min(LATEST, first) + 1))


def _alike(one: Levels, other: Levels) -> bool:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return size > 0 and float((one * other).sum()) / size >= ALIKE
