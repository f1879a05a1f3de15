"""Rules for calls in which insurance is sold: rules and word lists in YAML, and an operator of its own."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from qc_rules import hookimpl
from qc_rules.operators import Operator

_HERE = files("qc_rules_insurance")


@hookimpl
def register_rules() -> Iterable[Traversable]:
    """Three rules, written in YAML."""
    return [_HERE / "rules.yaml"]


@hookimpl
def register_operators() -> Iterable[type[Operator]]:
    """`days_said`, which no other pack has."""
    from qc_rules_insurance.days_said import DaysSaid

    return [DaysSaid]


@hookimpl
def register_lexicons() -> Iterable[Traversable]:
    """The words that its rules name with a $."""
    return [_HERE / "lexicons.yaml"]
