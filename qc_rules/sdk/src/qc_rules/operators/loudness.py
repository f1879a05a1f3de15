"""How loud somebody speaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, of_turns, reasons, unknown
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.parameters import given

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.conditions.view import Seen, View

LOUDEST = 0.0
"""dBFS: full scale, which no speech reaches; a turn with this level or more was not measured."""


@dataclass(frozen=True)
class Loudness(Operator):
    """The turns in scope are so loud: the loudest of them, all of them compared, or one compared with the one before.

    Levels are RMS levels of turns in dBFS: 0 is full scale, speech lies around -30 to -20, and a line's gain moves all
    of them; a jump and a range do not depend on it.

    Parameters: one of three bounds. `max` is for the level of the loudest turn, dBFS; `range` for the loudest less the
    quietest, dB; `jump` for the greatest rise from one turn in scope to the next, dB.

    Unknown: where turns that may not be in scope, or whose level was not measured, could tip the answer. One turn has a
    range of 0 dB; with no turn, or with one and `jump`, it is false.

    ```yaml
    shouts: {role: customer, loudness: {jump: {above: 12}}}
    ```
    """

    name: ClassVar[str] = "loudness"

    max: Bound | None = None
    range: Bound | None = None
    jump: Bound | None = None

    def __post_init__(self) -> None:
        given(self, ("max", "range", "jump"))

    def look(self, view: View) -> Answer:
        """Measure what is certain, and what could be."""
        unmeasured = reasons(_unmeasured(seen.turn) for seen in view.seen)
        if unmeasured:
            return unknown(unmeasured)
        if self.max:
            return _compared(self.max, view.seen, *_loudest(view.seen))
        if self.range:
            return _compared(self.range, view.seen, *_widest(view.seen))
        return _compared(self.jump, view.seen, *_steepest(view.seen)) if self.jump else NO


Measured = tuple[float | None, float | None, Sequence["Turn"]]
"""The value of what is certain, the greatest that is possible (None: there is none), and the turns that have it."""


def _compared(
    bound: Bound, seen: Sequence[Seen], least: float | None, greatest: float | None, turns: Sequence[Turn]
) -> Answer:
    if greatest is None:
        return NO
    truth = bound.between(-math.inf if least is None else least, greatest)
    if truth is None or (truth and least is None):
        return unknown(reasons(one.doubt for one in seen))
    if truth and least is not None:
        return Answer(True, (of_turns(turns),) if turns else ())
    return NO


def _loudest(seen: Sequence[Seen]) -> Measured:
    sure, possible = _levels(seen)
    turns = [max(sure, key=_level)] if sure else []
    return _level(turns[0]) if turns else None, max(map(_level, possible), default=None), turns


def _widest(seen: Sequence[Seen]) -> Measured:
    sure, possible = _levels(seen)
    return _range(sure), _range(possible), _ends(sure)


def _steepest(seen: Sequence[Seen]) -> Measured:
    """Rises between neighbours; a turn that may not be in scope may be passed over."""
    rises: list[tuple[float, Turn, Turn]] = []
    possible: list[float] = []
    for at, later in enumerate(seen):
        for earlier in reversed(seen[:at]):
            rise = _level(later.turn) - _level(earlier.turn)
            possible.append(rise)
            if earlier is seen[at - 1] and not later.doubt and not earlier.doubt:
                rises.append((rise, earlier.turn, later.turn))
            if not earlier.doubt:
                break
    steepest = max(rises, key=lambda rise: rise[0], default=None)
    return steepest and steepest[0], max(possible, default=None), steepest[1:] if steepest else ()


def _levels(seen: Sequence[Seen]) -> tuple[list[Turn], list[Turn]]:
    return [one.turn for one in seen if not one.doubt], [one.turn for one in seen]


def _range(turns: Sequence[Turn]) -> float | None:
    levels = [_level(turn) for turn in turns]
    return max(levels) - min(levels) if levels else None


def _ends(turns: Sequence[Turn]) -> list[Turn]:
    """The quietest and the loudest, in time order."""
    if not turns:
        return []
    ends = {turn.turn: turn for turn in (min(turns, key=_level), max(turns, key=_level))}
    return [ends[number] for number in sorted(ends)]


def _level(turn: Turn) -> float:
    return turn.loudness


def _unmeasured(turn: Turn) -> str:
    measured = math.isfinite(turn.loudness) and turn.loudness < LOUDEST
    return "" if measured else f"the level of turn {turn.turn} is not known"
