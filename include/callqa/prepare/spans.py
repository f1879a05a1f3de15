"""Arithmetic of spans: (start, end) in seconds. Lists of spans are sorted and do not overlap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Span = tuple[float, float]


def of_mask(mask: npt.NDArray[np.bool_], step: float) -> list[Span]:
    """The runs of True in a mask of frames of `step` seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(float(a) * step, float(b) * step) for a, b in edges.reshape(-1, 2)]


def joined(spans: Iterable[Span], gap: float = 0.0) -> list[Span]:
    """The spans in order, those at most `gap` seconds apart made one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start - out[-1][1] <= gap:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of the spans outside the holes."""
    left = list(spans)
    for a, b in holes:
        left = [piece for span in left for piece in _outside(span, a, b)]
    return left


def _outside(span: Span, a: float, b: float) -> list[Span]:
    start, end = span
    if b <= start or a >= end:
        return [span]
    return [piece for piece in ((start, a), (b, end)) if piece[1] > piece[0]]


def total(spans: Iterable[Span]) -> float:
    """Seconds covered by spans, which may overlap."""
    return sum((end - start for start, end in joined(spans)), 0.0)


def overlap(spans: Iterable[Span], start: float, end: float) -> float:
    """Seconds of [start, end) that the spans cover."""
    return sum((max(0.0, min(b, end) - max(a, start)) for a, b in spans), 0.0)


def distance(one: Span, other: Span) -> float:
    """Seconds between two spans, 0 where they touch."""
    return max(0.0, other[0] - one[1], one[0] - other[1])
