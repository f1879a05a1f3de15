"""What a rule's answers depend on, as text: so that a changed lexicon or operator is noticed like a changed rule."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qc_rules.conditions.condition import Condition
from qc_rules.language.building import Kit
from qc_rules.language.document import RuleDocument
from qc_rules.operators.base import Operator


def source_of(document: RuleDocument, conditions: Mapping[str, Condition], kit: Kit) -> str:
    """The document, the lexicons that it names, and the operators' code by digest."""
    named = sorted({name for name in _names(dict(document.conditions)) if name in kit.lexicons})
    if any(_may_name_lexicons(default) for default in document.options.values()):
        named = sorted(kit.lexicons)  # the settings may name any of them
    used = {type(operator) for condition in conditions.values() for operator in operators_in(condition.operator)}
    lines = [repr(document)]  # printed as YAML it would say the same, at ten times the cost
    lines += [repr(kit.lexicons[name]) for name in named]
    lines += sorted(_digest(kind) for kind in used)
    return "\n".join(lines)


def operators_in(value: Any) -> Iterator[Operator]:
    """An operator, and those that stand in its parameters."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from operators_in(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Operator):
            yield value
        for field in dataclasses.fields(value):
            yield from operators_in(getattr(value, field.name))


def _may_name_lexicons(option: Any) -> bool:
    """Is it text, or a list that is empty or has text in it?"""
    if isinstance(option, list):
        return not option or any(isinstance(item, str) for item in option)
    return isinstance(option, str)


def _names(value: Any) -> Iterator[str]:
    """The lexicons that are named in a condition."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, str) and value.startswith("$"):
        yield value[1:]


@functools.cache
def _digest(kind: type[Operator]) -> str:
    try:
        digest = hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()
    except (OSError, TypeError):  # in a zip file, or shipped without sources
        digest = ""
    return f"{kind.__module__}.{kind.__qualname__} {digest}"
