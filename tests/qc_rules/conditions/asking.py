"""A call in a line of text, conditions on single letters, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from qc_rules import Call, Event, Turn
from qc_rules.conditions import Answer, Condition, Scope, Seen, View, of_span, of_turns, unknown, yes_or_no
from qc_rules.matching import Scanner
from qc_rules.operators import Operator, TurnOperator

ROLES = {"a": "agent", "c": "customer", "u": "unknown"}


@dataclass(frozen=True)
class Has(TurnOperator):
    """The turn's text has this piece."""

    name: ClassVar[str] = "has"
    piece: str = ""

    def hears(self, seen: Seen, view: View) -> str | None:
        return self.piece if self.piece in seen.turn.text else None


@dataclass(frozen=True)
class Pair(Operator):
    """Two turns in a row have this piece."""

    name: ClassVar[str] = "pair"
    piece: str = ""

    def look(self, view: View) -> Answer:
        turns = [seen.turn for seen in view.seen]
        found = [pair for pair in pairwise(turns) if all(self.piece in turn.text for turn in pair)]
        return yes_or_no(bool(found), [of_turns(pair) for pair in found])


@dataclass(frozen=True)
class Never(Operator):
    """No turn in scope has this piece."""

    name: ClassVar[str] = "never"
    piece: str = ""

    def look(self, view: View) -> Answer:
        said = Has(piece=self.piece).look(view)
        if said.truth is None:
            return unknown(said.reason)
        return yes_or_no(not said.truth, [of_span(view.window)])


@dataclass(frozen=True)
class Coughs(Operator):
    """There is a cough in the window."""

    name: ClassVar[str] = "coughs"

    def look(self, view: View) -> Answer:
        heard = view.events(["cough"])
        return yes_or_no(bool(heard), [of_span(one.event.span, unsure=one.unsure) for one in heard])


def call(line: str, *, events: tuple[Event, ...] = (), confidence: dict[int, float] | None = None) -> Call:
    """`a:hello c:x u:y`: turn n lasts from 10n to 10n + 8 s; the call ends 10 s after the last one began."""
    turns = []
    for number, piece in enumerate(line.split()):
        role, text = piece.split(":")
        sure = (confidence or {}).get(number, 1.0)
        start = 10.0 * number
        turns.append(Turn(turn=number, start=start, end=start + 8, text=text, role=ROLES[role], confidence=sure))
    return Call(call_id="c1", duration=10.0 * len(turns), turns=tuple(turns), events=events)


def ask(a_call: Call, *conditions: Condition) -> Answer:
    """The answer of the last condition; the others are those that it may be anchored to."""
    words = Scanner().scan(a_call)
    known = {condition.name: condition for condition in conditions}

    def answer(name: str) -> Answer:
        return known[name].answer(a_call, words, answer)

    return answer(conditions[-1].name)


def turns_of(answer: Answer) -> list[int]:
    """The first turns of its matches."""
    return [match.turns[0] for match in answer.matches if match.turns]


def x(**scope: object) -> Condition:
    """`x` is said in this scope."""
    return Condition("x", Has(piece="x"), Scope(**scope))  # type: ignore[arg-type]
