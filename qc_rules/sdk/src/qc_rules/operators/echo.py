"""Saying back what the other said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turn, reasons
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.kleene import Truth, any_of
from qc_rules.matching.digits import Number, numbers_in
from qc_rules.operators.base import Operator
from qc_rules.operators.parameters import at_least
from qc_rules.operators.parties import if_in_scope, same_party
from qc_rules.operators.regex import Regex, compiled
from qc_rules.text import fold, simplified

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.conditions.view import Seen, View

_MASKED = "what turn {} says stands masked"


@dataclass(frozen=True)
class Echo(Operator):
    """What somebody in scope says of a form, a number or a name, the other side says back.

    Parameters: `pattern` is a regular expression (RE2) with one group: what is to be said back; without a group, all of
    it. The echo is looked for in the turns of the other side among the next `within` turns of the call (default 4),
    also in pieces over several of them; spaces, punctuation, width, case, and digits written or spoken make no
    difference. `said_back: false` finds what is not said back. `at_least` is their number (default 1). The evidence is
    the turn in scope.

    Unknown: where what was said, or what may be its echo, stands masked, as telephone and card numbers do; where a
    turn's side is not known or its text proves nothing.

    ```yaml
    unconfirmed: {role: customer, echo: {pattern: "订单号?(?:是|：)?([0-9]{4,6})", said_back: false}}
    ```
    """

    name: ClassVar[str] = "echo"
    shorthand: ClassVar[str] = "pattern"

    pattern: str
    within: int = 4
    said_back: bool = True
    at_least: int = 1

    def __post_init__(self) -> None:
        Regex(pattern=self.pattern)  # refuses what is no pattern
        if compiled(self.pattern).groups > 1:
            raise ValueError(
                f"pattern {self.pattern!r} has several groups; one is said back, write (?:…) for the others"
            )
        at_least("within", self.within, 1)
        at_least("at_least", self.at_least, 1)

    def look(self, view: View) -> Answer:
        """Look for the echo of each thing said."""
        return counted(self._matches(view), self.at_least)

    def _matches(self, view: View) -> Iterator[Match]:
        for seen in view.seen:
            if seen.unread:
                yield of_turn(seen.turn, unsure=seen.unsure)
                continue
            said = self._said(seen.turn)
            for text in said:
                yield from self._fired(seen, text, view)
            if not said and seen.turn.entities:
                yield of_turn(seen.turn, unsure=reasons([seen.doubt, _MASKED.format(seen.turn.turn)]))

    def _said(self, turn: Turn) -> list[str]:
        found = compiled(self.pattern).finditer(turn.text)
        texts = (one.group(1 if compiled(self.pattern).groups else 0) for one in found)
        return list(dict.fromkeys(text for text in texts if text and plain(text)))

    def _fired(self, seen: Seen, text: str, view: View) -> Iterator[Match]:
        echoed, why = self._echoed(if_in_scope(seen.turn, view), text, view)
        if echoed is None or echoed == self.said_back:
            yield of_turn(seen.turn, text, reasons([seen.doubt, why if echoed is None else ""]))

    def _echoed(self, turn: Turn, text: str, view: View) -> tuple[Truth, str]:
        """Is it said back, and if that cannot be told, why?"""
        after = [later for later in view.call.turns if later.turn > turn.turn][: self.within]
        sides = [(later, same_party(turn, later)) for later in after]
        others = [later for later, same in sides if same is False]
        perhaps = [later for later, same in sides if same is not True]
        unread = {seen.turn.turn: seen.unread for seen in view.seen}
        lacks = [_MASKED.format(later.turn) for later in perhaps if later.entities]
        lacks += [unread.get(later.turn, "") for later in perhaps]
        sure, possible = _is_said(text, others), _is_said(text, perhaps)
        maybe = None if possible and not sure else False
        truth = any_of([sure, maybe, None if reasons(lacks) else False])
        return truth, reasons([ROLES_UNKNOWN if maybe is None else "", *lacks])


def plain(text: str) -> str:
    """Letters, ideographs and digits, folded, without what is between them."""
    return "".join(one for one in simplified(fold(text)) if one.isalnum())


def _is_said(text: str, turns: list[Turn]) -> bool:
    """Is it said in these turns, one after another without what is between?"""
    if plain(text) in plain("".join(turn.text for turn in turns)):
        return True
    if not re.fullmatch(r"[0-9]+", plain(text)):
        return False
    digits = "".join(one.digits for turn in turns for one in _apart(turn.text))
    return plain(text) in digits


def _apart(text: str) -> Iterator[Number]:
    """The numbers in a text, in order, each place once: of several readings the longest."""
    end = 0
    for one in sorted(numbers_in(text), key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            end = one.end
            yield one
