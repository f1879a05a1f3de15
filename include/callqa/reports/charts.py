"""Charts as places and sizes, which templates draw as SVG: no script, no network, legible on paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 6.0, 10.0, 22.0
"""Around the place of the bars, for the labels of the axes."""
TICKS = 4


@dataclass(frozen=True)
class Bar:
    """A rectangle; `kind` is its CSS class."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Columns:
    """Stacked columns."""

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str], ...]
    """Middle of a column and what stands below it; "" where there is no room."""
    ticks: tuple[tuple[float, float], ...]
    """Height and number of each line of the grid."""
    width: float = WIDTH
    height: float = HEIGHT


def columns(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    titles: Sequence[str],
    *,
    height: float = HEIGHT,
) -> Columns:
    """Columns of series (a CSS class and a value a column), stacked; `titles` are shown on them."""
    sums = [sum(values[i] for _, values in series) for i in range(len(labels))]
    top = nice(max(sums, default=0))
    room = height - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    wide = min(44.0, step * 0.72)
    bars = []
    for i, title in enumerate(titles):
        x, y = LEFT + step * (i + 0.5) - wide / 2, height - BOTTOM
        for kind, values in series:
            size = room * values[i] / top
            y -= size
            if size > 0:
                bars.append(Bar(round(x, 2), round(y, 2), round(wide, 2), round(size, 2), kind, title))
    every = max(1, math.ceil(len(labels) / 16))
    shown = tuple((round(LEFT + step * (i + 0.5), 2), one if i % every == 0 else "") for i, one in enumerate(labels))
    ticks = tuple((round(height - BOTTOM - room * n / TICKS, 2), top * n / TICKS) for n in range(TICKS + 1))
    return Columns(tuple(bars), shown, ticks, height=height)


def nice(most: float) -> float:
    """The least round number from `most` on that TICKS divide evenly into readable ones."""
    if most <= TICKS:
        return float(TICKS)
    power = 10.0 ** math.floor(math.log10(most / TICKS))
    return next(TICKS * m * power for m in (1, 2, 2.5, 5, 10) if TICKS * m * power >= most and (m * power) % 1 == 0)


def line(values: Sequence[float | None], width: float = 96.0, height: float = 24.0) -> str:
    """The points of a small line, for SVG's `points`; values that are not known are left out."""
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    if len(known) < 3:
        return ""  # two points are no course
    least, most = min(value for _, value in known), max(value for _, value in known)
    spread, steps = (most - least) or 1.0, max(1, len(values) - 1)
    return " ".join(
        f"{3 + (width - 6) * i / steps:.1f},{height - 3 - (height - 6) * (value - least) / spread:.1f}"
        for i, value in known
    )


def stack(counts: Mapping[str, int], order: Sequence[str]) -> list[tuple[str, float, float, int]]:
    """A bar of shares: kind, where it begins, how wide it is (per cent) and its count."""
    total = sum(counts.values())
    found, at = [], 0.0
    for kind in order:
        if n := counts.get(kind, 0):
            found.append((kind, round(at, 3), round(100 * n / total, 3), n))
            at += 100 * n / total
    return found
