"""A slow evaluator of conditions that is plainly right: two truth values, every definition written out.

It knows only calls of which everything is known. A call of which something is not known stands for all the calls that it
may be (`worlds`): the roles that are not known, one way and the other; the words of a turn that cannot be relied on, said
and not said. What the rule engine calls true must be true in all of them, what it calls false in none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qc_rules import Call, Turn
from qc_rules.conditions import Anchor, Condition, Scope
from tests.qc_rules.conditions.asking import Has, Never

LETTERS = "hx"


@dataclass(frozen=True)
class Place:
    """Where a condition holds: turns from `first` to `last`."""

    first: int
    last: int


def holds(condition: Condition, call: Call, others: dict[str, Condition]) -> tuple[bool, list[Place]]:
    """Does the condition hold, and in which turns?"""
    return _within(condition, condition.scope.anchors, _in_scope(condition.scope, call), call, others)


def _within(
    condition: Condition, anchors: tuple[Anchor, ...], turns: list[Turn], call: Call, others: dict[str, Condition]
) -> tuple[bool, list[Place]]:
    if not anchors:
        return _ask(condition.operator, turns)
    anchor = anchors[0]
    holds_there, at = holds(others[anchor.condition], call, others)
    if not holds_there or not at:
        return False, []
    answers = []
    for place in at:
        near = [turn for turn in turns if _is_near(turn, anchor, place, call)]
        answers.append(_within(condition, anchors[1:], near, call, others))
    return _which(anchor.which, answers)


def _which(which: str | int, answers: list[tuple[bool, list[Place]]]) -> tuple[bool, list[Place]]:
    if which == "each":
        true = all(truth for truth, _ in answers)
    elif which == "any":
        true = any(truth for truth, _ in answers)
    else:
        index = {"first": 0, "last": len(answers) - 1}.get(str(which), which - 1 if isinstance(which, int) else 0)
        if index >= len(answers):
            return False, []
        answers = [answers[index]]
        true = answers[0][0]
    places = {(place.first, place.last): place for truth, found in answers if truth for place in found}
    return (True, [places[key] for key in sorted(places)]) if true else (False, [])


def _ask(operator: object, turns: list[Turn]) -> tuple[bool, list[Place]]:
    if isinstance(operator, Has):
        found = [Place(turn.turn, turn.turn) for turn in turns if operator.piece in turn.text]
        return len(found) >= operator.at_least, found
    assert isinstance(operator, Never)
    return not any(operator.piece in turn.text for turn in turns), []


def _in_scope(scope: Scope, call: Call) -> list[Turn]:
    turns = [turn for turn in call.turns if scope.role in ("any", turn.role)]
    chosen = {turn.turn for turn in turns}
    if scope.first and scope.first.turns is not None:
        chosen &= {turn.turn for turn in turns[: scope.first.turns]}
    if scope.last and scope.last.turns is not None:
        chosen &= {turn.turn for turn in turns[::-1][: scope.last.turns]}
    if scope.first and scope.first.seconds is not None:
        chosen &= {turn.turn for turn in turns if turn.start < scope.first.seconds}
    if scope.last and scope.last.seconds is not None:
        chosen &= {turn.turn for turn in turns if turn.end > call.duration - scope.last.seconds}
    if scope.span:
        low, high = (point.value * (call.duration if point.share else 1) for point in scope.span)
        chosen &= {turn.turn for turn in turns if low <= turn.start < high}
    return [turn for turn in turns if turn.turn in chosen]


def _is_near(turn: Turn, anchor: Anchor, place: Place, call: Call) -> bool:
    first, last = call.turns[place.first], call.turns[place.last]
    after = turn.turn - last.turn
    before = first.turn - turn.turn
    far = after if after > 0 else before if before > 0 else 0
    if (anchor.side == "after" and after <= 0) or (anchor.side == "before" and before <= 0):
        return False
    if anchor.turns is not None and far > anchor.turns:
        return False
    if anchor.seconds is None or far == 0:
        return True
    return turn.start <= last.end + anchor.seconds if after > 0 else turn.end >= first.start - anchor.seconds


def worlds(call: Call, least: float) -> Iterator[Call]:
    """Every call that this one may be, where turns of a confidence under `least` may have said anything."""
    choices = [list(_turns(turn, least)) for turn in call.turns]
    for turns in itertools.product(*choices):
        yield replace(call, turns=turns)


def _turns(turn: Turn, least: float) -> Iterator[Turn]:
    roles = ("agent", "customer") if turn.role == "unknown" else (turn.role,)
    texts = ["", "h", "x", "hx"] if turn.confidence < least else [turn.text]
    for role, text in itertools.product(roles, texts):
        yield replace(turn, role=role, text=text)
