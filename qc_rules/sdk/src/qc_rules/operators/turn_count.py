"""How many turns there are, and how much is said in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, reasons, unknown
from qc_rules.kleene import Truth, all_of
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.moods import long_enough
from qc_rules.operators.parameters import at_least
from qc_rules.operators.stretches import classes_of, undetected
from qc_rules.spans import intersect
from qc_rules.text import count_chars

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class TurnCount(Operator):
    """So many turns are in scope, and so many characters are said in them.

    Parameters: `turns` is a bound for the number of turns, `characters` one for the letters, ideographs, syllables and
    digits in all of them together; where both are given, both must hold. `min_chars` leaves out turns with fewer
    characters. `without` leaves out turns during which one of these events is heard on the same channel.

    Unknown: where turns that may not be in scope, or whose text proves nothing, could tip the answer; and where an
    event to be left out is one that no installed detector reports.

    ```yaml
    wordless: {turn_count: {characters: {below: 10}}}
    clean: {turn_count: {turns: {at_least: 2}, min_chars: 1, without: [bgm]}}
    ```
    """

    name: ClassVar[str] = "turn_count"
    has_places: ClassVar[bool] = False

    turns: Bound | None = None
    characters: Bound | None = None
    min_chars: int = 0
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.turns and not self.characters:
            raise ValueError("one of turns and characters is needed")
        at_least("min_chars", self.min_chars, 0)

    def look(self, view: View) -> Answer:
        """Count the turns that are there for certain, and those that may be."""
        counting = [(seen, self._counts(seen, view)) for seen in view.seen]
        sure = [seen for seen, counts in counting if counts]
        possible = [seen for seen, counts in counting if counts is not False]
        truth = all_of([self._turns(sure, possible), self._characters(sure, possible)])
        if truth is None:
            lacks = [seen.unsure for seen in possible]
            return unknown(reasons([*lacks, undetected(view, classes_of(self.without))]))
        return Answer(True) if truth else NO

    def _turns(self, sure: list[Seen], possible: list[Seen]) -> Truth:
        return True if self.turns is None else self.turns.between(len(sure), len(possible))

    def _characters(self, sure: list[Seen], possible: list[Seen]) -> Truth:
        if self.characters is None:
            return True
        least = sum(count_chars(seen.turn.text) for seen in sure if not seen.unread)
        most = sum(math.inf if seen.unread else count_chars(seen.turn.text) for seen in possible)
        return self.characters.between(least, most)

    def _counts(self, seen: Seen, view: View) -> Truth:
        belongs = None if seen.doubt else True
        return all_of([belongs, long_enough(seen, self.min_chars), self._is_clean(seen, view)])

    def _is_clean(self, seen: Seen, view: View) -> Truth:
        """Is nothing heard in it that leaves it out?"""
        classes = classes_of(self.without)
        events = [event for event in view.call.events if event.channel == seen.turn.channel]
        there = [event.span for event in events if event.class_ in classes]
        if set(classes) & set(seen.turn.event_tags) or intersect([seen.turn.span], there):
            return False
        return None if undetected(view, classes) else True
