"""Speech of a channel on which several people speak, divided among them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from callqa.prepare.slicing.cuts import quietest
from callqa.prepare.sounds.levels import Levels
from callqa.prepare.spans import Cover, Span, distance

Voiced = tuple[Span, str | None]
"""A stretch of speech and whose it is; None where the channel is one party's."""
REACH = 0.5
"""Seconds between a change of speaker, as diarisation tells it, and the pause that is taken for it: diarisation
judges windows of a second or more and moves changes into pauses itself."""
UNSURE = 0.3
"""Seconds around a change in which the weakest moment is taken for it where there is no pause."""


def divided(speech: list[Span], speakers: Sequence[tuple[Span, str]], levels: Levels) -> list[Voiced]:
    """Stretches of speech, each of one speaker: cut where the speaker changes, in the pause nearest to that.

    Args:
        speech: of the channel.
        speakers: who speaks when; need not cover all speech: what it leaves out is its neighbour's in time.
        levels: of the channel.
    """
    if not speakers:
        return [(span, None) for span in speech]
    places = [_place(at, speech, levels) for at in _changes(speakers)]
    pieces = _cut_at(speech, sorted(places))
    covers = {name: Cover(span for span, who in speakers if who == name) for _, name in speakers}
    return [(piece, _speaker(piece, covers, speakers)) for piece in pieces]


def _changes(speakers: Sequence[tuple[Span, str]]) -> list[float]:
    ordered = pairwise(sorted(speakers))
    return [(before[1] + after[0]) / 2 for (before, one), (after, other) in ordered if one != other]


def _place(at: float, speech: list[Span], levels: Levels) -> float:
    """Where to cut for a change of speaker: in the middle of the nearest pause, or at the weakest moment beside it."""
    index = bisect_left(speech, (at, at))
    near = speech[max(0, index - 2) : index + 2]
    pauses = [(a[1], b[0]) for a, b in pairwise(near) if distance((a[1], b[0]), (at, at)) <= REACH]
    if pauses:
        pause = min(pauses, key=lambda pause: distance(pause, (at, at)))
        return (pause[0] + pause[1]) / 2
    inside = next((span for span in near if span[0] < at < span[1]), None)
    if inside is None:
        return at
    return quietest(levels, max(inside[0], at - UNSURE), min(inside[1], at + UNSURE))[0]


def _cut_at(speech: list[Span], places: list[float]) -> list[Span]:
    out: list[Span] = []
    first = 0
    for start, end in speech:
        while first < len(places) and places[first] <= start:
            first += 1
        while first < len(places) and places[first] < end:
            out.append((start, places[first]))
            start = places[first]
            first += 1
        out.append((start, end))
    return out


def _speaker(piece: Span, covers: dict[str, Cover], speakers: Sequence[tuple[Span, str]]) -> str:
    name = max(covers, key=lambda who: (covers[who].seconds(*piece), who))
    if covers[name].seconds(*piece) > 0:
        return name
    return min(speakers, key=lambda one: distance(one[0], piece))[1]
