"""Personal data in a call's turns: where numbers, licence plates and e-mail addresses are said.

Numbers are looked for in what a speaker says over consecutive turns, for people read a card number out in groups. What
is found in one place is then found again wherever a piece of it is repeated: the agent says it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callqa.contracts import Turn
from callqa.parse.personal import addresses, numbers
from callqa.parse.personal.context import Context
from callqa.parse.personal.digits import flat
from callqa.parse.personal.groups import Group, Run, runs
from callqa.parse.personal.reading import Found, read

_SOLID = re.compile(r"(?<!\d)(?:\d{11,19}x?|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?!\d)")
ECHO_DIGITS = 4
"""Digits from which a group that is a piece of what was found repeats it, wherever in the call it is said."""
NEARBY = (-1, -2, 1)
"""Turns from a repetition to what it repeats, however short that is."""


@dataclass(frozen=True, order=True)
class Span:
    """Characters [start, end) of a turn (by its place in the list) that are personal data."""

    turn: int
    start: int
    end: int
    kind: str


def find(turns: Sequence[Turn]) -> list[Span]:
    """Personal data in the turns of one call, in order; no two spans of a turn overlap."""
    context = Context(turns)
    spoken = [run for speaker in _speakers(turns) for run in runs(turns, speaker)]
    found = [piece for run in spoken for piece in read(run, context)]
    spans = [span for piece in found for span in _spans(piece)]
    spans += [Span(echo.turn, echo.start, echo.end, kind) for echo, kind in _echoes(spoken, found)]
    for place, turn in enumerate(turns):
        spans += [Span(place, *span) for span in (*addresses.find(turn.text, turn.language), *_solid(turn))]
    return _apart(spans)


def _speakers(turns: Sequence[Turn]) -> list[list[int]]:
    """The places of each speaker's turns."""
    by_speaker: dict[str, list[int]] = {}
    for place, turn in enumerate(turns):
        by_speaker.setdefault(turn.speaker, []).append(place)
    return list(by_speaker.values())


def _spans(found: Found) -> Iterable[Span]:
    for turn in dict.fromkeys(group.turn for group in found.groups):
        groups = [group for group in found.groups if group.turn == turn]
        yield Span(turn, groups[0].start, groups[-1].end, found.kind)


def _echoes(spoken: Iterable[Run], found: Sequence[Found]) -> Iterable[tuple[Group, str]]:
    """Groups that repeat what was found: a piece of it that is long enough, or just what was said beside this turn."""
    known = {id(group) for piece in found for group in piece.groups}
    said = {(group.turn, group.value): piece.kind for piece in found for group in piece.groups}
    for group in (group for run in spoken for group in run.groups):
        if id(group) in known or group.counted or numbers.is_known_hotline(group.value):
            continue
        kinds = [said.get((group.turn + step, group.value)) for step in NEARBY]
        if len(group.value) >= ECHO_DIGITS:
            kinds += [piece.kind for piece in found if group.value in piece.value]
        kind = next(filter(None, kinds), None)
        if kind:
            yield group, kind


def _solid(turn: Turn) -> Iterable[tuple[int, int, str]]:
    """What is proven as it is written, whatever digits are said beside it and whatever it is called."""
    for match in _SOLID.finditer(flat(turn.text)):
        value = re.sub(r"[ -]", "", match.group()).upper()
        kind = numbers.certain(value, turn.language)
        if kind:
            yield match.start(), match.end(), kind


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one, of the kind of the longest."""
    apart: list[Span] = []
    for span in sorted(spans):
        last = apart[-1] if apart else None
        if last is None or last.turn != span.turn or last.end <= span.start:
            apart.append(span)
            continue
        kind = max((last, span), key=lambda one: one.end - one.start).kind
        apart[-1] = Span(last.turn, last.start, max(last.end, span.end), kind)
    return apart
