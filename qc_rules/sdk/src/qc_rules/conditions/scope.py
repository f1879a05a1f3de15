"""Which part of a call a condition is about: whose turns, from where to where, how sure."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from qc_rules.call import Call, Turn
from qc_rules.conditions.anchors import Anchor
from qc_rules.conditions.answer import reasons
from qc_rules.conditions.view import ROLES_UNKNOWN, Seen, View
from qc_rules.matching import CallWords
from qc_rules.spans import Span

Counted = dict[int, str]
"""Turns that are, or may be, among the first (the last) so many: by number, with the reason for doubt or none."""


@dataclass(frozen=True)
class Extent:
    """So many turns, or so many seconds; one of the two."""

    turns: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Point:
    """A moment of a call: seconds from its start, or a share of its duration."""

    value: float
    """Seconds, or 0..1."""
    share: bool = False

    def at(self, duration: float) -> float:
        """In seconds."""
        return self.value * duration if self.share else self.value


@dataclass(frozen=True)
class Scope:
    """All that narrows a condition; with nothing set, the whole call.

    A turn is in scope where every part says so. Where one cannot tell, the turn may be in scope: what it would decide
    is unknown.
    """

    role: str = "any"
    """agent, customer or any."""
    first: Extent | None = None
    """Only the role's first turns, or turns that begin in the call's first seconds; what is measured in time,
    to the end of those turns or seconds."""
    last: Extent | None = None
    """Only the role's last turns, or turns that end in the call's last seconds."""
    span: tuple[Point, Point] | None = None
    """Only turns that begin between these moments of the call (the first included, the second not)."""
    anchors: tuple[Anchor, ...] = ()
    """Only near where other conditions hold."""
    min_confidence: float = 0.0
    """A turn recognised with less says nothing, neither that something was said nor that it was not."""
    exclude_announcements: bool = False
    """Leave out turns that the telephone system speaks."""

    def view(self, call: Call, words: CallWords) -> View:
        """The part of the call in scope, anchors aside; what many conditions have in common is made once."""
        view: View | None = words.memo.get(self._own)
        if view is None or view.call is not call:
            view = words.memo[self._own] = self._made(call, words)
        return view

    @functools.cached_property
    def _own(self) -> Scope:
        """Without anchors."""
        return replace(self, anchors=()) if self.anchors else self

    def _made(self, call: Call, words: CallWords) -> View:
        candidates = [Seen(turn, self._doubt(turn)) for turn in call.turns if self._may_belong(turn)]
        firsts = _first(candidates, self.first.turns) if self.first and self.first.turns is not None else None
        lasts = _first(candidates[::-1], self.last.turns) if self.last and self.last.turns is not None else None
        counted = [found for found in (firsts, lasts) if found is not None]
        seen = tuple(self._narrowed(candidates, counted, call.duration))
        start, end = self._window(call.duration)
        if firsts is not None:
            end = min(end, max((one.turn.end for one in candidates if one.turn.turn in firsts), default=start))
        if lasts is not None:
            start = max(start, min((one.turn.start for one in candidates if one.turn.turn in lasts), default=end))
        return View(call, seen, (start, max(start, end)), words, self.role, _blur(candidates, counted))

    def _narrowed(self, candidates: list[Seen], counted: list[Counted], duration: float) -> Iterator[Seen]:
        if not self.first and not self.last and not self.span and not self.min_confidence:
            yield from candidates  # most conditions: nothing to look at turn by turn
            return
        for seen in candidates:
            number = seen.turn.turn
            if all(number in found for found in counted) and self._in_time(seen.turn, duration):
                doubt = reasons([seen.doubt, *(found[number] for found in counted)])
                yield Seen(seen.turn, doubt, _unread(seen.turn, self.min_confidence))

    def _may_belong(self, turn: Turn) -> bool:
        if self.exclude_announcements and turn.announcement:
            return False
        return self.role == "any" or turn.role in (self.role, "unknown")

    def _doubt(self, turn: Turn) -> str:
        return ROLES_UNKNOWN if self.role != "any" and turn.role == "unknown" else ""

    def _in_time(self, turn: Turn, duration: float) -> bool:
        if self.first and self.first.seconds is not None and turn.start >= self.first.seconds:
            return False
        if self.last and self.last.seconds is not None and turn.end <= duration - self.last.seconds:
            return False
        if self.span:
            return self.span[0].at(duration) <= turn.start < self.span[1].at(duration)
        return True

    def _window(self, duration: float) -> Span:
        """The stretch of time that `first`, `last` (in seconds) and `span` leave; empty ones are (x, x)."""
        start, end = 0.0, duration
        if self.first and self.first.seconds is not None:
            end = min(end, self.first.seconds)
        if self.last and self.last.seconds is not None:
            start = max(start, duration - self.last.seconds)
        if self.span:
            start, end = max(start, self.span[0].at(duration)), min(end, self.span[1].at(duration))
        return start, max(start, end)


def _blur(candidates: list[Seen], counted: list[Counted]) -> str:
    """Why it is not known how far so many turns reach; empty where it is, or where no turns are counted."""
    doubts = {seen.turn.turn: seen.doubt for seen in candidates}
    return reasons(text for found in counted for number, doubt in found.items() for text in (doubt, doubts[number]))


def _first(candidates: Iterable[Seen], count: int) -> Counted:
    """Those of the candidates that are, or may be, among the first `count`."""
    sure = 0
    found: Counted = {}
    for possible, seen in enumerate(candidates):
        if sure >= count:
            break
        found[seen.turn.turn] = "" if possible < count else ROLES_UNKNOWN
        sure += not seen.doubt
    return found


def _unread(turn: Turn, least: float) -> str:
    if turn.confidence >= least:
        return ""
    return f"turn {turn.turn} was recognised with a confidence of {turn.confidence:.2f}, under {least:g}"
