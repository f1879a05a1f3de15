"""Which of what was heard belongs to which reference of a recording."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from callqa.contracts import Turn
from callqa.evaluate import text
from callqa.evaluate.listening import Listened
from callqa.evaluate.manifest import Reference

TOLERANCE = 0.5
"""Seconds outside a reference's times within which a word still is its own: people mark times no better."""
NOTHING = "nothing"
"""The language and emotion of a reference in which nobody was heard."""


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """What was heard where a reference is."""

    text: str
    language: str = NOTHING
    """Of most seconds."""
    emotion: str = NOTHING
    events: frozenset[str] = frozenset()
    snr: float | None = None
    """Measured, dB."""
    codec: str | None = None
    missing: str | None = None
    """Why nothing could be heard; the text is then empty, and every word of the reference counts as lost."""


Window = tuple[float, float]


def match(references: Sequence[Reference], heard: Listened) -> tuple[list[Hypothesis], str]:
    """A hypothesis for each reference of a recording, in their order; and the text that lies in none of them.

    A word goes to the reference of its channel that its middle is in, else to the nearest within TOLERANCE.
    """
    prepared = heard.prepared
    windows = [_window(reference, prepared.duration) for reference in references]
    words: dict[int, list[str]] = defaultdict(list)
    for turn in sorted(heard.turns, key=lambda turn: (turn.start, turn.channel, turn.turn)):
        for owner, said in _shares(turn, references, windows):
            words[owner].append(said)
    found = [
        _hypothesis(reference, window, heard, " ".join(words[number]))
        for number, (reference, window) in enumerate(zip(references, windows, strict=True))
    ]
    return found, " ".join(words[_NOBODY])


_NOBODY = -1


def _window(reference: Reference, duration: float | None) -> Window:
    end = reference.end if reference.end is not None else max(duration or 0.0, reference.start or 0.0)
    return reference.start or 0.0, end


def _shares(turn: Turn, references: Sequence[Reference], windows: Sequence[Window]) -> list[tuple[int, str]]:
    """A turn's text by reference: as it was written where all of it is one's, else word by word."""
    pieces = _pieces(turn)
    owners = [_owner(turn.channel, middle, references, windows) for _, middle in pieces]
    if len(set(owners)) == 1:
        return [(owners[0], turn.text)]
    return [(owner, word) for owner, (word, _) in zip(owners, pieces, strict=True)]


def _pieces(turn: Turn) -> list[tuple[str, float]]:
    """The words with the middle of each, seconds; evenly over the turn where the engine gives no times."""
    if turn.words:
        return [(word.text, (word.start + word.end) / 2) for word in turn.words]
    words = text.words(turn.text)
    step = (turn.end - turn.start) / max(1, len(words))
    return [(word, turn.start + (place + 0.5) * step) for place, word in enumerate(words)]


def _owner(channel: int, middle: float, references: Sequence[Reference], windows: Sequence[Window]) -> int:
    distances = [
        (max(0.0, start - middle, middle - end), number)
        for number, (reference, (start, end)) in enumerate(zip(references, windows, strict=True))
        if reference.channel in (None, channel)
    ]
    distance, number = min(distances, default=(math.inf, _NOBODY))
    return number if distance <= TOLERANCE else _NOBODY


def _hypothesis(reference: Reference, window: Window, heard: Listened, said: str) -> Hypothesis:
    prepared = heard.prepared
    missing = _missing(reference, heard)
    if missing:
        return Hypothesis(text="", missing=missing, codec=prepared.codec)
    turns = [turn for turn in heard.turns if reference.channel in (None, turn.channel)]
    events = [event for event in heard.events if reference.channel in (None, event.channel)]
    qualities = [own.snr_db for own in prepared.quality if reference.channel in (None, own.channel)]
    measured = [snr for snr in qualities if snr is not None]
    return Hypothesis(
        text=said,
        language=_longest(turns, window, "language"),
        emotion=_longest(turns, window, "emotion"),
        events=frozenset(e.class_ for e in events if _common((e.start, e.end), window) > 0),
        snr=min(measured, default=None),
        codec=prepared.codec,
    )


def _missing(reference: Reference, heard: Listened) -> str | None:
    prepared = heard.prepared
    if prepared.reject_reason:
        return f"{prepared.reject_reason}: {prepared.reject_detail or 'no more is known'}"
    if reference.channel is not None and reference.channel >= (prepared.channels or 0):
        return f"channel = {reference.channel}, but the recording has {prepared.channels}; count channels from 0"
    if reference.start is not None and reference.start >= (prepared.duration or 0.0):
        return f"start = {reference.start}, but the recording lasts {prepared.duration} s"
    return None


def _longest(turns: Sequence[Turn], window: Window, name: str) -> str:
    seconds: dict[str, float] = defaultdict(float)
    for turn in turns:
        common = _common((turn.start, turn.end), window)
        if common > 0:
            seconds[getattr(turn, name)] += common
    return max(sorted(seconds), key=lambda value: seconds[value], default=NOTHING)


def _common(one: Window, other: Window) -> float:
    return min(one[1], other[1]) - max(one[0], other[0])
