"""Arithmetic of spans: (start, end) in seconds. Lists of spans are sorted and do not overlap.

A call of hours has thousands of them: everything here takes time in proportion to their number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

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
    """What is left of the spans outside the holes; the holes may overlap."""
    apart = joined(holes)
    out: list[Span] = []
    first = 0
    for start, end in sorted(spans):
        while first < len(apart) and apart[first][1] <= start:
            first += 1
        for a, b in _until(apart, first, end):
            if a > start:
                out.append((start, a))
            start = b
        if start < end:
            out.append((start, end))
    return out


def _until(spans: list[Span], first: int, end: float) -> Iterable[Span]:
    """From the span of that index on, those that begin before `end`."""
    while first < len(spans) and spans[first][0] < end:
        yield spans[first]
        first += 1


def within(spans: list[Span], start: float, end: float) -> list[Span]:
    """Those of the spans that touch [start, end)."""
    first = bisect_right(spans, (start, np.inf))
    first -= 1 if first and spans[first - 1][1] > start else 0
    return spans[first : bisect_right(spans, (end, -np.inf))]


def total(spans: Iterable[Span]) -> float:
    """Seconds covered by spans, which may overlap."""
    return sum((end - start for start, end in joined(spans)), 0.0)


def overlap(spans: Iterable[Span], start: float, end: float) -> float:
    """Seconds of [start, end) that the spans cover."""
    return sum((max(0.0, min(b, end) - max(a, start)) for a, b in spans), 0.0)


class Cover:
    """Spans that are asked often how much of a stretch they cover."""

    def __init__(self, spans: Iterable[Span]) -> None:
        apart = joined(spans)
        self._starts = [start for start, _ in apart]
        self._ends = [end for _, end in apart]
        self._before = [0.0, *accumulate(end - start for start, end in apart)]

    def seconds(self, start: float, end: float) -> float:
        """Seconds of [start, end) that the spans cover."""
        return max(0.0, self._until(end) - self._until(start))

    def _until(self, at: float) -> float:
        count = bisect_right(self._starts, at)
        return self._before[count] - max(0.0, self._ends[count - 1] - at) if count else 0.0


def distance(one: Span, other: Span) -> float:
    """Seconds between two spans, 0 where they touch."""
    return max(0.0, other[0] - one[1], one[0] - other[1])
