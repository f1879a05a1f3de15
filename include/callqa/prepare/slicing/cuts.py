"""A turn that is too long for a clip, cut where that costs least: in long pauses, else where the voice is weakest.

The cuts are chosen together (shortest path over the possible ones), so that none is forced into a word by an earlier
one that was taken too soon. Clips at a cut do not overlap: what lies in two clips would be written twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from callqa.prepare.sounds.levels import STEP, Levels, frame
from callqa.prepare.spans import Span, within, without

CLIP_COST = 1.0
"""Of each cut: few long clips rather than many short ones."""
SHORT = 2.0
"""Seconds; models write shorter clips badly …"""
SHORT_COST = 3.0
"""… so each second that is missing costs this."""
PAUSE_UNIT = 0.1
"""A pause of p seconds costs 1 / (p + this): 0.9 at 1 s, 5 at 0.1 s."""
SOUND_COST = 3.0
"""More for a pause in which there is no voice but sound: a breath, or a consonant that the detector missed."""
VOICE_COST = 6.0
"""More for a cut where there is no pause: it comes after all pauses …"""
DB_COST = 0.5
"""… and costs this for each dB that the level is above the deepest dip worth having."""
DEEPEST = 40.0
"""dB below the turn's own level."""
DIP_FRAMES = 12
"""Frames (120 ms) of a dip: longer than the closure of a stop consonant inside a word (50-90 ms)."""
DIP_EVERY = 0.5
"""Seconds of speech in which one dip is tried."""


@dataclass(frozen=True)
class Cut:
    """A place where a clip may end and the next begin; the silence between belongs to neither."""

    end: float
    start: float
    cost: float


def cut(turn: list[Span], longest: float, levels: Levels, voice: list[Span] | None = None) -> list[Span]:
    """A turn in pieces of at most `longest` seconds.

    Args:
        turn: stretches of speech with silence between them.
        longest: seconds, more than 2 * DIP_EVERY.
        levels: of the channel.
        voice: where the detector heard a voice; its pauses inside the stretches are the second choice.
    """
    start, end = turn[0][0], turn[-1][1]
    if end - start <= longest:
        return [(start, end)]
    places = sorted(_places(turn, longest, levels, voice or []), key=lambda place: (place.end, place.start))
    starts, ends = [start], []
    for place in _cheapest([Cut(start, start, 0.0), *places, Cut(end, end, 0.0)], longest):
        ends.append(place.end)
        starts.append(place.start)
    return list(zip(starts, [*ends, end], strict=True))


def _places(turn: list[Span], longest: float, levels: Levels, voice: list[Span]) -> Iterator[Cut]:
    for before, after in pairwise(turn):
        yield Cut(before[1], after[0], _pause_cost(after[0] - before[1]))
    for start, end in _gaps(turn, voice):
        at, _ = quietest(levels, start, end)
        yield Cut(at, at, _pause_cost(end - start) + SOUND_COST)
    usual = _usual_level(turn, levels)
    for span in turn:
        if span[1] - span[0] > longest:
            yield from _dips(span, usual, levels)


def _gaps(turn: list[Span], voice: list[Span]) -> list[Span]:
    """Pauses of the voice inside stretches of speech."""
    starts, ends = {start for start, _ in turn}, {end for _, end in turn}
    own = within(voice, turn[0][0], turn[-1][1])
    return [gap for gap in (without(turn, own) if own else []) if gap[0] not in starts and gap[1] not in ends]


def _pause_cost(seconds: float) -> float:
    return CLIP_COST + 1 / (seconds + PAUSE_UNIT)


def _usual_level(turn: list[Span], levels: Levels) -> float:
    heard = np.concatenate([levels[frame(start) : frame(end)] for start, end in turn])
    return float(np.median(heard)) if len(heard) else 0.0


def _dips(span: Span, usual: float, levels: Levels) -> Iterator[Cut]:
    count = int((span[1] - span[0]) / DIP_EVERY)
    for start, end in pairwise(np.linspace(*span, count + 1).tolist()):
        at, level = quietest(levels, start, end)
        above = max(0.0, level - usual + DEEPEST)
        yield Cut(at, at, CLIP_COST + 1 / PAUSE_UNIT + VOICE_COST + DB_COST * above)


def quietest(levels: Levels, start: float, end: float) -> tuple[float, float]:
    """The time between two times around which 120 ms are quietest, and their level in dBFS."""
    half = DIP_FRAMES // 2
    first, last = max(0, frame(start) - half), min(frame(end) + half, len(levels))
    if last - first <= DIP_FRAMES:
        return (start + end) / 2, float(levels[first:last].max(initial=-np.inf))
    power = 10.0 ** (levels[first:last].astype(np.float64) / 10)
    means = np.convolve(power, np.full(DIP_FRAMES, 1 / DIP_FRAMES), "valid")
    best = _middle_of_least(means)
    at = (first + best + half) * STEP
    return min(max(at, start), end), float(10 * np.log10(means[best]))


def _middle_of_least(values: npt.NDArray[np.float64]) -> int:
    """Index of the least value; of several equal ones (a long silence) the middle one."""
    least = np.flatnonzero(values <= values.min() * (1 + 1e-9))
    return int(least[len(least) // 2])


def _cheapest(places: list[Cut], longest: float) -> list[Cut]:
    """The places between the first and the last at which cutting costs least, no piece longer than `longest`."""
    costs, origins = [0.0], [0]
    for index in range(1, len(places)):
        costs.append(np.inf)
        origins.append(index - 1)
        for before in range(index - 1, -1, -1):
            length = places[index].end - places[before].start
            if length > longest:
                break
            cost = costs[before] + places[index].cost + SHORT_COST * max(0.0, SHORT - length)
            if cost < costs[index]:
                costs[index], origins[index] = cost, before
    path, at = [], origins[-1]
    while at:
        path.append(places[at])
        at = origins[at]
    return path[::-1]
