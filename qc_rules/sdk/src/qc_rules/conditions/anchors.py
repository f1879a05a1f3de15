"""Windows around other conditions' matches: `after`, `before` and `around` in a scope."""

from __future__ import annotations

from dataclasses import dataclass

from qc_rules.call import Call, Turn
from qc_rules.conditions.answer import Answer, Match
from qc_rules.conditions.view import View
from qc_rules.spans import Span

SIDES = ("after", "before", "around")
WHICH = ("any", "each", "first", "last")


@dataclass(frozen=True)
class Anchor:
    """A window at another condition's matches.

    `after` is what follows a match's last turn, `before` what precedes its first, `around` both and the match itself;
    a match that is made of no turn (an event, a silence) divides by time: turns that begin after its end, or end before
    its start.
    """

    side: str
    """One of SIDES."""
    condition: str
    turns: int | None = None
    """At most so many turns away, whoever speaks them."""
    seconds: float | None = None
    """At most so many seconds away: where the turn begins (after) or ends (before)."""
    which: str | int = "any"
    """`any` match will do; the condition must hold at `each`; only at the `first`, the `last`, or the n-th (from 1)."""


@dataclass(frozen=True)
class Place:
    """One match's window: the turns (by number) and the stretch of time in it."""

    match: Match
    numbers: frozenset[int]
    window: Span


def places(anchor: Anchor, answer: Answer, call: Call) -> list[Place]:
    """The windows of an anchor, one a match of its condition (unsure ones too), in time order."""
    return [_place(anchor, match, call) for match in answer.matches]


def narrowed(view: View, place: Place) -> View:
    """The part of a view that lies in one window."""
    start, end = max(view.window[0], place.window[0]), min(view.window[1], place.window[1])
    seen = tuple(one for one in view.seen if one.turn.turn in place.numbers)
    return view.narrowed(seen, (start, max(start, end)))


def _place(anchor: Anchor, match: Match, call: Call) -> Place:
    after = _after(anchor, [turn for turn in call.turns if _follows(turn, match)], match)
    before = _before(anchor, [turn for turn in call.turns if _precedes(turn, match)], match)
    inside = [turn for turn in call.turns if not _follows(turn, match) and not _precedes(turn, match)]
    chosen = {"after": after, "before": before, "around": [*before, *inside, *after]}[anchor.side]
    return Place(match, frozenset(turn.turn for turn in chosen), _window(anchor, match, before, after, call.duration))


def _follows(turn: Turn, match: Match) -> bool:
    return turn.turn > match.turns[1] if match.turns else turn.start >= match.end


def _precedes(turn: Turn, match: Match) -> bool:
    return turn.turn < match.turns[0] if match.turns else turn.end <= match.start


def _after(anchor: Anchor, turns: list[Turn], match: Match) -> list[Turn]:
    if anchor.turns is not None:
        turns = turns[: anchor.turns]
    return [turn for turn in turns if anchor.seconds is None or turn.start <= match.end + anchor.seconds]


def _before(anchor: Anchor, turns: list[Turn], match: Match) -> list[Turn]:
    if anchor.turns is not None:
        turns = turns[max(0, len(turns) - anchor.turns) :]
    return [turn for turn in turns if anchor.seconds is None or turn.end >= match.start - anchor.seconds]


def _window(anchor: Anchor, match: Match, before: list[Turn], after: list[Turn], duration: float) -> Span:
    """In which events and silences count: to the end of the last turn of so many, or so many seconds."""
    start, end = 0.0, duration
    if anchor.turns is not None and len(before) >= anchor.turns:
        start = min((turn.start for turn in before), default=match.start)
    if anchor.turns is not None and len(after) >= anchor.turns:
        end = max((turn.end for turn in after), default=match.end)
    if anchor.seconds is not None:
        start, end = max(start, match.start - anchor.seconds), min(end, match.end + anchor.seconds)
    if anchor.side == "after":
        start = match.end
    if anchor.side == "before":
        end = match.start
    return start, max(start, end)
