"""What every operator is: one kind of question that a condition can ask about the part of a call in its scope."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turn
from qc_rules.errors import Unknown
from qc_rules.matching import Words

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class Operator(ABC):
    """A frozen dataclass: its fields are the parameters, written in YAML under the operator's name.

    A field whose name is a word of Python ends in an underscore, which YAML leaves out: `from_` is `from`. Every
    parameter that has no default must be given. `__post_init__` refuses values that make no sense (ValueError). A
    parameter of word lists (`tuple[str, ...]`) may name lexicons: `$complaints` stands for all its words.
    """

    name: ClassVar[str]
    """Its key in YAML."""
    shorthand: ClassVar[str] = ""
    """The parameter that a bare value is: `keyword: [投诉]` is `keyword: {any: [投诉]}`. Empty: none."""
    has_places: ClassVar[bool] = True
    """Whether its matches are places in the call, so that other conditions can be anchored to them."""

    @abstractmethod
    def look(self, view: View) -> Answer:
        """Does it hold in this part of the call, and where?

        Raises:
            Unknown: the call lacks what the operator needs; with this reason.
        """

    def words(self) -> Iterable[Words]:
        """The word lists that it looks for through `view.said`: scanned once for all rules."""
        return ()

    def needs(self) -> Iterable[Words] | None:
        """Where none of these words is said in the call, the condition is false for certain; None: no such list."""
        return None


@dataclass(frozen=True)
class TurnOperator(Operator):
    """An operator that asks every turn in scope the same question, and holds where enough of them say yes."""

    at_least: int = 1
    """Number of turns."""

    def __post_init__(self) -> None:
        if self.at_least < 1:
            raise ValueError(f"at_least = {self.at_least} is not a number of turns from 1")

    @abstractmethod
    def hears(self, seen: Seen, view: View) -> str | None:
        """What of this turn's text says yes (an empty text: the turn as such), or None: it does not.

        Raises:
            Unknown: this turn cannot be told.
        """

    def look(self, view: View) -> Answer:
        """Count the turns that say yes."""
        return counted(self._matches(view), self.at_least)

    def _matches(self, view: View) -> Iterator[Match]:
        for seen in view.seen:
            try:
                text = self.hears(seen, view)
            except Unknown as lack:
                yield of_turn(seen.turn, unsure=str(lack))
                continue
            if text is not None:
                yield of_turn(seen.turn, text or None, seen.unsure)
            elif seen.unread:
                yield of_turn(seen.turn, unsure=seen.unsure)
