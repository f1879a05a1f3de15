"""Stretches of time, (start, end) in seconds, and how much of a call they cover."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[float, float]


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as stretches in order that do not touch; empty ones fall out."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def seconds(spans: Iterable[Span]) -> float:
    """How much time the stretches cover together; what several cover counts once."""
    return sum(end - start for start, end in merge(spans))


def intersect(left: Iterable[Span], right: Iterable[Span]) -> list[Span]:
    """The time that both cover."""
    ours, theirs = merge(left), merge(right)
    common: list[Span] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i][0], theirs[j][0]), min(ours[i][1], theirs[j][1])
        if start < end:
            common.append((start, end))
        if ours[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1
    return common
