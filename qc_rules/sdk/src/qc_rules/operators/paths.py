"""One thing after another: the ways through a list that take its steps in order."""

from __future__ import annotations

from collections.abc import Callable

Path = tuple[int, ...]
"""Places in a list, one for each step, in order."""


def paths(places: int, steps: int, fits: Callable[[int, int], bool], near: Callable[[int, int], bool]) -> list[Path]:
    """The paths that take `steps` in order through the places 0 … `places` - 1, one after another, the earliest first.

    `fits(place, step)`: can the step be taken there? `near(first, last)`: may a path go from the one to the other?
    Each path begins as late as it can for its end, and the next one begins after it.
    """
    found: list[Path] = []
    latest: list[Path | None] = [None] * steps
    for place in range(places):
        for step in reversed(range(steps)):
            longer = _longer(latest, step, place) if fits(place, step) else None
            if longer is None or not near(longer[0], place):
                continue
            if step == steps - 1:
                found.append(longer)
                latest = [None] * steps
                break
            latest[step] = longer
    return found


def _longer(latest: list[Path | None], step: int, place: int) -> Path | None:
    """The path so far and this place; of several paths so far, the list holds the one that begins last."""
    before = () if step == 0 else latest[step - 1]
    return None if before is None else (*before, place)
