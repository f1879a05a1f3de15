"""A rule as its YAML document says it: checked for form, not yet made of operators."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from qc_rules.conditions.condition import WHEN_MISSING
from qc_rules.language import message as messages
from qc_rules.language.expression import RESERVED, Expression, parse_when
from qc_rules.language.faults import Fault
from qc_rules.language.metadata_filter import parse_filter
from qc_rules.language.scopes import SCOPE_KEYS
from qc_rules.language.syntax import ExpressionError
from qc_rules.language.values import as_parameters, shown
from qc_rules.operators.base import Operator
from qc_rules.vocabulary import SEVERITIES, did_you_mean

KEYS = (
    "id", "version", "name", "description", "severity", "score", "category", "applies_to", "options", "conditions",
    "when", "message", "flags", "actions",
)  # fmt: skip
"""Of a rule, in the order in which they are printed."""
CONDITION_KEYS = (*SCOPE_KEYS, "when_missing")
"""Of a condition, beside its operator."""
IDENTIFIER = re.compile(r"[^\W\d]\w*")
"""What a condition or an option may be called: letters of any script, digits and _, no digit first."""
MAX_CONDITIONS = 100
"""Of one rule: more were not written by anybody."""
_ID = re.compile(r"[A-Z]{2}[0-9]{2}")

Operators = Mapping[str, type[Operator]]
Read = TypeVar("Read")


@dataclass(frozen=True)
class RuleDocument:
    """One rule. Conditions are plain values in canonical form: keys in order, short forms where there are any."""

    id: str
    when: Expression
    conditions: Mapping[str, Mapping[str, Any]]
    version: int = 1
    name: Mapping[str, str] = field(default_factory=dict)
    description: str | Mapping[str, str] = ""
    """What it is for, as its page shows it; a text alone is in English."""
    severity: str = "minor"
    score: float = 0
    category: str = ""
    applies_to: Expression | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """With their defaults."""
    message: str | Mapping[str, str] = ""
    flags: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    def messages(self) -> Mapping[str, str]:
        """By language; a text alone is the English one."""
        return {"en": self.message} if isinstance(self.message, str) else self.message

    def descriptions(self) -> Mapping[str, str]:
        """By language; a text alone is the English one."""
        return {"en": self.description} if isinstance(self.description, str) else self.description


def document_of(plain: Any, operators: Operators) -> RuleDocument:
    """The rule that plain values say.

    Raises:
        Fault: they say none; names the key, the value and what is expected.
    """
    given = _mapping(plain, "a rule: a mapping with id, conditions and when")
    for key in given:
        if key not in KEYS:
            raise Fault(f"unknown key {key}{did_you_mean(key, KEYS)}", (key,), "correct the key, or take it out")
    conditions = _conditions(_required(given, "conditions", "what it looks for, by name"), operators)
    return RuleDocument(
        id=_id(given.get("id")),
        when=_expression("when", _required(given, "when", "an expression of the conditions"), conditions),
        conditions=conditions,
        version=_at("version", given.get("version", 1), _version),
        name=_at("name", given.get("name", {}), _by_language),
        description=_at("description", given.get("description", ""), _description),
        severity=_at("severity", given.get("severity", "minor"), _severity),
        score=_at("score", given.get("score", 0), _score),
        category=_at("category", given.get("category", ""), _text),
        applies_to=_filter(given["applies_to"]) if "applies_to" in given else None,
        options=_at("options", given.get("options", {}), _options),
        message=_message(given.get("message", ""), conditions),
        flags=_words(given.get("flags", []), "flags"),
        actions=_words(given.get("actions", []), "actions"),
    )


def _at(key: str, value: Any, read: Callable[[Any], Read]) -> Read:
    try:
        return read(value)
    except Fault as fault:
        raise fault.within((key,)) from None


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault(f"{shown(value)} is not {what}")
    return value


def _required(given: Mapping[str, Any], key: str, what: str) -> Any:
    if given.get(key) is None:
        raise Fault(f"{key} is missing", (key,) if key in given else (), f"add {key}: {what}")
    return given[key]


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        what = "id is missing" if value is None else f"{shown(value)} is no id"
        raise Fault(what, ("id",), "two capital letters and two digits, for example AC01")
    return value


def _version(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise Fault(f"{shown(value)} is no version: a whole number from 1")
    return value


def _severity(value: Any) -> str:
    if value not in SEVERITIES:
        raise Fault(f"{shown(value)} is no severity{did_you_mean(str(value), SEVERITIES)}")
    return str(value)


def _score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Fault(f"{shown(value)} is not a number of points")
    if value > 0:
        raise Fault(f"{shown(value)} is above 0: a hit takes points off", remedy=f"write -{shown(value)}, or 0")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault(f"{shown(value)} is not text", remedy='put it in quotes: "…"' if value is not None else "")
    return value


def _description(value: Any) -> str | dict[str, str]:
    return _by_language(value) if isinstance(value, dict) else _text(value)


def _by_language(value: Any) -> dict[str, str]:
    found = _mapping(value, 'names by language, such as {en: High-risk call, zh: "高风险预警"}')
    for language, text in found.items():
        if not isinstance(text, str) or not text or not language:
            raise Fault(f"{shown(text)} is not text", (language,))
    return found


def _words(value: Any, key: str) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise Fault(f"{shown(value)} is not a list of words", (key,), f"write {key}: [risk]")
    return tuple(found)


def _expression(key: str, value: Any, conditions: Collection[str]) -> Expression:
    try:
        return parse_when(_at(key, value, _text), conditions)
    except ExpressionError as error:
        raise Fault(str(error), (key,), "conditions are joined by &&, || and !, with ( )") from None


def _filter(value: Any) -> Expression:
    try:
        return parse_filter(_at("applies_to", value, _text))
    except ExpressionError as error:
        remedy = "for example queue in ['claims'] && direction == 'inbound'"
        raise Fault(str(error), ("applies_to",), remedy) from None


def _message(value: Any, conditions: Collection[str]) -> str | dict[str, str]:
    if isinstance(value, str):
        messages.check(value, conditions, ("message",))
        return value
    found = _at("message", value, _by_language)
    for language, text in found.items():
        messages.check(text, conditions, ("message", language))
    if not found:
        raise Fault("it has no text", ("message",))
    return found


def _options(value: Any) -> dict[str, Any]:
    found = _mapping(value, "options with their defaults, such as {share: 0.3}")
    for name, default in found.items():
        if not IDENTIFIER.fullmatch(name):
            raise Fault(f"{name!r} is no name of an option", (name,), "letters, digits and _, a letter first")
        items = default if isinstance(default, list) else [default]
        if not all(isinstance(item, (str, int, float)) for item in items):
            raise Fault(
                f"{shown(default)} is no default of an option", (name,), "text, a number, true, false, or a list"
            )
    return found


def _conditions(value: Any, operators: Operators) -> dict[str, Mapping[str, Any]]:
    found = _at("conditions", value, lambda given: _mapping(given, "conditions by name"))
    if not found:
        raise Fault("there are no conditions", ("conditions",), "add one: complains: {keyword: [投诉]}")
    if len(found) > MAX_CONDITIONS:
        raise Fault(f"{len(found)} conditions, more than {MAX_CONDITIONS}", ("conditions",), "make several rules")
    return {name: _condition(name, keys, operators) for name, keys in found.items()}


def _condition(name: str, value: Any, operators: Operators) -> Mapping[str, Any]:
    """In canonical form. Which operator it is, and what that takes, is for whoever builds it."""
    path = ("conditions", name)
    if not IDENTIFIER.fullmatch(name) or name.lower() in RESERVED:
        raise Fault(
            f"{name!r} is no name of a condition", path, "letters, digits and _, a letter first, no and, or, not"
        )
    if not isinstance(value, dict):
        raise Fault(f"{shown(value)} is no condition", path, "write an operator, for example {keyword: [投诉]}")
    order = [*SCOPE_KEYS, *(key for key in value if key not in CONDITION_KEYS), "when_missing"]
    if "when_missing" in value and value["when_missing"] not in WHEN_MISSING and not _is_option(value["when_missing"]):
        known = did_you_mean(str(value["when_missing"]), WHEN_MISSING)
        raise Fault(f"{shown(value['when_missing'])} is no answer{known}", (*path, "when_missing"))
    return {key: _short(key, value[key], operators) for key in order if key in value}


def _is_option(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("${")


def _short(key: str, value: Any, operators: Operators) -> Any:
    """The same in its shortest form."""
    if key in ("after", "before", "around") and isinstance(value, dict) and set(value) == {"condition"}:
        return value["condition"] if isinstance(value["condition"], str) else value
    if key not in operators:
        return value
    shorthand = operators[key].shorthand
    given = as_parameters(operators[key], value)
    if given is None or not shorthand or set(given) != {shorthand}:
        return {} if value is None else value
    bare = given[shorthand]
    if bare is None or (isinstance(bare, dict) and as_parameters(operators[key], bare) != given):
        return dict(given)
    return bare
