"""Conditions on what is said, asked of a few turns."""

from __future__ import annotations

from collections.abc import Iterable

from qc_rules import Call, Turn
from qc_rules.conditions import Answer, Condition, Scope
from qc_rules.matching import Scanner
from qc_rules.operators import Operator

ROLES = {"a": "agent", "c": "customer", "u": "unknown"}


def spoken(*lines: str, badly: Iterable[int] = (), **fields: object) -> Call:
    """`c:我要投诉`: a turn of the customer. Those numbered in `badly` were recognised with a confidence of 0.2."""
    turns = []
    for number, line in enumerate(lines):
        role, text = line.split(":", 1)
        sure = 0.2 if number in badly else 1.0
        turns.append(
            Turn(turn=number, start=number, end=number + 0.8, text=text, role=ROLES[role], confidence=sure, **fields)  # type: ignore[arg-type]
        )
    return Call(call_id="c1", duration=len(turns), turns=tuple(turns))


def asked(operator: Operator, call: Call, **scope: object) -> Answer:
    """The operator's answer on a call, in a scope."""
    condition = Condition("it", operator, Scope(**scope))  # type: ignore[arg-type]
    return condition.answer(call, Scanner(operator.words()).scan(call), {}.__getitem__)


def heard(answer: Answer) -> list[str]:
    """The texts of its matches."""
    return [piece.text for match in answer.matches for piece in match.evidence]


CUSTOMER = {"role": "customer"}
CAREFUL = {"min_confidence": 0.5}
