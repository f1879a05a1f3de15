"""Operators within operators."""

from __future__ import annotations

from qc_rules.conditions.answer import Answer, unknown
from qc_rules.conditions.view import View
from qc_rules.errors import Unknown
from qc_rules.operators.base import Operator
from qc_rules.operators.keyword import Keyword

Looked = Operator | tuple[str, ...]
"""What is looked for: an operator, or simply words of which one is said."""


def operator_of(name: str, looked: Looked) -> Operator:
    """The operator; words are those of `keyword`.

    Raises:
        ValueError: its matches are no places in the call, so that nothing comes before or after them.
    """
    operator = looked if isinstance(looked, Operator) else Keyword(any=looked)
    if not operator.has_places:
        raise ValueError(f"{name}: {operator.name} says nothing of where; use an operator that finds places")
    return operator


def ask(operator: Operator, view: View) -> Answer:
    """The operator's answer; what it lacks makes it unknown."""
    try:
        return operator.look(view)
    except Unknown as lack:
        return unknown(str(lack))
