"""Is a rule class declared as one? Asked once for each class, when its pack is loaded."""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
from typing import TYPE_CHECKING, Any

from qc_rules.errors import is_storable
from qc_rules.options import check_defaults
from qc_rules.rule import Rule
from qc_rules.sentences import check as check_sentences
from qc_rules.vocabulary import SEVERITIES, did_you_mean

if TYPE_CHECKING:
    from qc_rules.operators import Operator

_ATTRIBUTES = (
    "id", "version", "name", "severity", "score", "category", "flags", "applies_to", "actions", "pages", "texts",
)  # fmt: skip


def check_declaration(rule: type[Rule]) -> None:
    """Refuse a class that would not do what its author meant.

    Raises:
        ValueError, TypeError, NameError: says which attribute or option is wrong.
    """
    _check_dataclass(rule)
    _check_id(rule)
    _check_attributes(rule)
    if rule.check is Rule.check:
        raise ValueError("it has no check(call)")
    check_defaults(rule)
    rule()  # an option's default that the rule itself refuses is the author's mistake, not the operator's


def _check_dataclass(rule: type[Rule]) -> None:
    own = set(vars(rule).get("__annotations__", {}))
    shadowed = own & set(_ATTRIBUTES) & {field.name for field in dataclasses.fields(rule)}
    if shadowed:
        name = min(shadowed)
        raise ValueError(f"{name} is annotated, which makes it an option: write `{name} = ...` without a type")
    if own and "__dataclass_fields__" not in vars(rule):
        raise ValueError("it is no dataclass of its own: put @dataclass(frozen=True) above it")


def _check_id(rule: type[Rule]) -> None:
    found: Any = getattr(rule, "id", None)
    if not isinstance(found, str) or not re.fullmatch(r"[A-Z]{2}[0-9]{2}", found):
        raise ValueError(f"id is {found!r}: two capital letters and two digits, for example AC01")


def _check_attributes(rule: type[Rule]) -> None:
    if type(rule.version) is not int or rule.version < 1:
        raise ValueError(f"version is {rule.version!r}: a whole number from 1")
    if rule.severity not in SEVERITIES:
        raise ValueError(f"severity is {rule.severity!r}{did_you_mean(str(rule.severity), SEVERITIES)}")
    if isinstance(rule.score, bool) or not isinstance(rule.score, (int, float)) or not math.isfinite(rule.score):
        raise ValueError(f"score is {rule.score!r}: a number of points")
    if rule.score > 0:
        raise ValueError(f"score is {rule.score!r}: points that a hit takes off, so negative or 0")
    if not isinstance(rule.name, dict) or not _are_words([*rule.name, *rule.name.values()]):
        raise ValueError(f'name is {rule.name!r}: names by language, for example {{"en": "High-risk call"}}')
    if not isinstance(rule.category, str) or not is_storable(rule.category):
        raise ValueError(f"category is {rule.category!r}: a word")
    for name in ("flags", "actions"):
        if not isinstance(getattr(rule, name), (list, tuple)) or not _are_words(getattr(rule, name)):
            raise ValueError(f'{name} is {getattr(rule, name)!r}: a list of words, for example ["risk"]')
    if not isinstance(rule.pages, dict) or not _are_words([*rule.pages, *rule.pages.values()]):
        raise ValueError(f'pages is {rule.pages!r}: the rule\'s page by language, for example {{"zh": "…"}}')
    _check_filter(rule)
    check_sentences(rule.texts)


def _check_filter(rule: type[Rule]) -> None:
    from qc_rules.language.metadata_filter import check

    if not isinstance(rule.applies_to, str):
        raise ValueError(f"applies_to is {rule.applies_to!r}: a filter, for example \"queue == 'claims'\"")
    try:
        check(rule.applies_to)
    except ValueError as error:
        raise ValueError(f"applies_to: {error}") from error


def check_operator(operator: type[Operator]) -> None:
    """Refuse an operator class that conditions could not be written with.

    Raises:
        ValueError: says which attribute or parameter is wrong.
    """
    from qc_rules.language.document import CONDITION_KEYS

    name: Any = getattr(operator, "name", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"name is {name!r}: a word in small letters, for example acme_greeting")
    if name in CONDITION_KEYS:
        raise ValueError(f"name is {name!r}, as a key of every condition is: for example acme_{name}")
    if inspect.isabstract(operator):
        missing = ", ".join(sorted(operator.__abstractmethods__))
        raise ValueError(f"it has no {missing}")
    if "__dataclass_fields__" not in vars(operator) and vars(operator).get("__annotations__"):
        raise ValueError("it is no dataclass of its own: put @dataclass(frozen=True) above it")
    fields = {field.name for field in dataclasses.fields(operator)}
    if operator.shorthand and operator.shorthand not in fields:
        raise ValueError(f"shorthand is {operator.shorthand!r}{did_you_mean(operator.shorthand, fields)}")
    shadowed = fields & {"name", "shorthand", "has_places"}
    if shadowed:
        raise ValueError(f"{min(shadowed)} is a parameter: annotate it as ClassVar, or give it no type")


def _are_words(values: Any) -> bool:
    return all(isinstance(value, str) and value and is_storable(value) for value in values)
