"""How somebody sounds, turn by turn or over several in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import Answer, counted, of_turn, reasons
from qc_rules.kleene import Truth
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.moods import feels, long_enough, tells, why_not
from qc_rules.operators.parameters import at_least, one_of, within
from qc_rules.operators.runs import Item, overall, runs
from qc_rules.operators.stretches import undetected
from qc_rules.vocabulary import known_emotions

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

_ALL = Bound(at_least=1)
_POLICIES = ("undecided", "other", "leave_out")


@dataclass(frozen=True)
class Emotion(Operator):
    """Turns sound like one of these emotions, or a share of them does, over all turns in scope or so many in a row.

    Parameters: `any` are the emotions: happy, sad, angry, neutral, fearful, disgusted, surprised. Alone, it holds where
    `at_least` turns (default 1) have one of them. `in_a_row: 3` wants that of three turns in a row, `share` compares
    the share of the turns that have one with a bound: over all turns in scope, or, with `in_a_row`, over any so many in
    a row; runs are counted without overlap, and `at_least` is their number. `of: seconds` weighs turns by their length.
    `min_chars`: turns with fewer characters (hums) do not count at all. `min_score`: an emotion told with a lower score
    is not known. `unless_events`: a turn, or a run with a turn, during which one of these events is heard (on any
    channel) does not count as a match. `unknown` is what a turn counts as whose emotion is not known: `undecided` (the
    default), `other` (none of the emotions) or `leave_out` (no turn at all).

    Unknown: where turns whose emotion or role is not known could tip the answer, and where an event to be ruled out is
    one that no detector reports. Fewer turns than `in_a_row`, or a share of no turns, is false.

    ```yaml
    cold: {role: agent, emotion: {any: [happy], share: {below: 0.3}, in_a_row: 3, unless_events: [laughter, applause]}}
    ```
    """

    name: ClassVar[str] = "emotion"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...]
    at_least: int = 1
    share: Bound | None = None
    of: Literal["turns", "seconds"] = "turns"
    in_a_row: int | None = None
    min_chars: int = 0
    min_score: float = 0.0
    unless_events: tuple[str, ...] = ()
    unknown: Literal["undecided", "other", "leave_out"] = "undecided"

    def __post_init__(self) -> None:
        if not self.any:
            raise ValueError("any is empty: name an emotion")
        known_emotions(self.any)
        at_least("at_least", self.at_least, 1)
        at_least("in_a_row", self.in_a_row, 1)
        at_least("min_chars", self.min_chars, 0)
        within("min_score", self.min_score, 0, 1)
        one_of("of", self.of, ("turns", "seconds"))
        one_of("unknown", self.unknown, _POLICIES)
        if self.share and self.in_a_row is None and self.at_least > 1:
            raise ValueError(f"at_least = {self.at_least} counts turns or runs; a share of all turns is one")

    def look(self, view: View) -> Answer:
        """Count the runs (of one turn, by default), or measure the share of all."""
        items = list(self._items(view))
        if self.share and self.in_a_row is None:
            return overall(items, self.share)
        return counted(runs(items, self.in_a_row or 1, self.share or _ALL), self.at_least)

    def _items(self, view: View) -> Iterator[Item]:
        for seen in view.seen:
            long = long_enough(seen, self.min_chars)
            left_out = self.unknown == "leave_out" and not tells(seen, self.min_score)
            if long is not False and not left_out:
                yield self._item(seen, view, seen.unread if long is None else "")

    def _item(self, seen: Seen, view: View, maybe_short: str) -> Item:
        turn = seen.turn
        weight = 1.0 if self.of == "turns" else turn.end - turn.start
        truth = self._feels(seen)
        bars, lack = self._barred(seen, view)
        unsure = reasons([why_not(seen, self.min_score) if truth is None else "", lack])
        doubt = reasons([seen.doubt, maybe_short])
        return Item(of_turn(turn), weight, weight * (truth is True), weight * (truth is not False), doubt, unsure, bars)

    def _feels(self, seen: Seen) -> Truth:
        if self.unknown == "other" and not seen.unread and not tells(seen, self.min_score):
            return False
        return feels(seen, self.any, self.min_score)

    def _barred(self, seen: Seen, view: View) -> tuple[Truth, str]:
        """Is an event heard that rules the turn out, or, if that cannot be told, why?"""
        turn = seen.turn
        heard = (event for event in view.call.events if event.class_ in self.unless_events)
        if set(self.unless_events) & set(turn.event_tags) or any(
            event.start < turn.end and turn.start < event.end for event in heard
        ):
            return True, ""
        lack = undetected(view, self.unless_events)
        return (None, lack) if lack else (False, "")
