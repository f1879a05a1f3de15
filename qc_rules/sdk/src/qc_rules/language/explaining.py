"""A rule in words: what each condition looks for, and where."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qc_rules.conditions.condition import Condition
from qc_rules.language.document import RuleDocument
from qc_rules.language.printing import on_one_line
from qc_rules.language.scopes import in_words


@dataclass(frozen=True)
class ExplainedCondition:
    """One condition."""

    name: str
    operator: str
    """Its name."""
    about: str
    """What the operator looks for: the first line of its page."""
    given: str
    """What it is given, as in the file."""
    scope: str
    """Which part of the call, in words."""
    when_missing: str
    """What it counts as where it cannot be told: pass, fail or unknown."""
    written: str
    """The whole condition, as in the file."""


@dataclass(frozen=True)
class Explained:
    """A rule."""

    when: str
    applies_to: str
    """Which calls; empty: all."""
    conditions: tuple[ExplainedCondition, ...]


def explained(document: RuleDocument, conditions: Mapping[str, Condition]) -> Explained:
    """The rule of a document, its conditions in the order of the file."""
    return Explained(
        when=str(document.when),
        applies_to="" if document.applies_to is None else str(document.applies_to),
        conditions=tuple(_condition(document.conditions[name], built) for name, built in conditions.items()),
    )


def _condition(keys: Mapping[str, Any], built: Condition) -> ExplainedCondition:
    operator = built.operator
    return ExplainedCondition(
        name=built.name,
        operator=operator.name,
        about=(inspect.getdoc(type(operator)) or "").partition("\n")[0],
        given=on_one_line(keys[operator.name]),
        scope=in_words(built.scope) or "the whole call",
        when_missing=built.when_missing,
        written=on_one_line(keys),
    )
