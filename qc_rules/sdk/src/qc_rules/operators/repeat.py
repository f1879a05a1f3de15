"""Saying the same again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turns, reasons
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.kleene import Truth, all_of
from qc_rules.kleene import at_least as enough
from qc_rules.operators.base import Operator
from qc_rules.operators.likeness import alike, letters
from qc_rules.operators.parameters import at_least, within
from qc_rules.operators.parties import if_in_scope, same_party

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class Repeat(Operator):
    """One side says the same, or nearly the same, again.

    Parameters: `times` is how often it is said in all (default 2), `within` the greatest number of turns of the call,
    whoever speaks, from the first time to the last (default 10). `similarity`, from 0 to 100, is that of two turns'
    letters (the share that need not be inserted or deleted; default 80). `min_chars`: shorter turns do not count
    (default 4): everybody says "yes" twice. A turn belongs to one repetition only.

    Unknown: where it is not known whether two turns are of one side, where what is masked in both decides whether they
    are alike, or where a turn's text proves nothing.

    ```yaml
    insists: {role: customer, repeat: {times: 3, within: 12}}
    ```
    """

    name: ClassVar[str] = "repeat"
    shorthand: ClassVar[str] = "times"

    times: int = 2
    within: int = 10
    similarity: float = 80.0
    min_chars: int = 4

    def __post_init__(self) -> None:
        at_least("times", self.times, 2)
        at_least("within", self.within, self.times - 1)
        at_least("min_chars", self.min_chars, 1)
        within("similarity", self.similarity, 1, 100)

    def look(self, view: View) -> Answer:
        """From each turn that begins none yet, gather those like it."""
        seen = [replace(one, turn=if_in_scope(one.turn, view)) for one in view.seen if self._is_long(one)]
        return counted(self._matches(seen))

    def _is_long(self, seen: Seen) -> bool:
        return bool(seen.unread) or len(letters(seen.turn)) >= self.min_chars

    def _matches(self, candidates: list[Seen]) -> Iterator[Match]:
        used: set[int] = set()
        for at, first in enumerate(candidates):
            if first.turn.turn in used:
                continue
            later = [seen for seen in candidates[at + 1 :] if seen.turn.turn - first.turn.turn <= self.within]
            again = [(seen, self._is_again(first, seen)) for seen in later]
            said = [seen for seen, truth in again if truth]
            possible = [seen for seen, truth in again if truth is not False]
            truth = enough(self.times, bool(said or not first.unsure) + len(said), 1 + len(possible))
            if truth:
                used |= {seen.turn.turn for seen in said}
                yield of_turns([first.turn, *(seen.turn for seen in said)])
            elif truth is None:
                turns = [first.turn, *(seen.turn for seen in possible)]
                yield of_turns(turns, self._why(first, possible))

    def _is_again(self, first: Seen, later: Seen) -> Truth:
        unsure = None if first.unsure or later.unsure else True
        return all_of([unsure, same_party(first.turn, later.turn), self._is_alike(first, later)])

    def _is_alike(self, first: Seen, later: Seen) -> Truth:
        if first.unread or later.unread:
            return None
        least, most = alike(first.turn, later.turn)
        return True if least >= self.similarity else None if most >= self.similarity else False

    def _why(self, first: Seen, later: list[Seen]) -> str:
        lacks = [seen.unsure for seen in (first, *later)]
        for seen in later:
            lacks.append(ROLES_UNKNOWN if same_party(first.turn, seen.turn) is None else "")
            lacks.append(_masked(first.turn, seen.turn))
        return reasons(lacks)


def _masked(one: Turn, other: Turn) -> str:
    both = one.entities and other.entities
    return f"parts of turns {one.turn} and {other.turn} stand masked" if both else ""
