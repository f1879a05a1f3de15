"""What is known of a rule, an operator or a parameter, in words; for `explain` and for the pages."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import json
import textwrap
import types
import typing
from collections.abc import Iterator
from typing import Any

from qc_rules import Rule
from qc_rules.language import DeclaredRule
from qc_rules.language.explaining import Explained
from qc_rules.language.printing import on_one_line
from qc_rules.language.values import spell
from qc_rules.operators import Operator

COUNTS = {"pass": "as not holding", "fail": "as holding"}
"""What `when_missing` makes of a condition that cannot be told."""
_SHOWN_ITEMS = 12
"""Of a list of words, in words."""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of an operator, or an option of a rule."""

    name: str
    """As it is written in YAML."""
    type: str
    """In words."""
    default: str
    """As YAML; empty: it must be given."""
    note: str
    """What stands below it in the source."""


def names(rule: Rule | type[Rule]) -> str:
    """Its names in all languages, the English one first."""
    return " · ".join(dict.fromkeys([rule.title(), *rule.name.values()]))


def explained(rule: Rule) -> Explained | None:
    """The conditions of a rule that is written in YAML."""
    return rule.explain() if isinstance(rule, DeclaredRule) else None


def page(kind: type) -> str:
    """What its author says of it: the docstring, or the YAML rule's description."""
    return inspect.getdoc(kind) or ""


def about(kind: type) -> str:
    """The first paragraph of that, on one line."""
    return " ".join(page(kind).partition("\n\n")[0].split())


def unknown(text: str) -> str:
    """The paragraph of a page that says when the answer cannot be told; empty where none does."""
    found = [part for part in text.split("\n\n") if part.startswith(("Unknown", "Never unknown"))]
    return " ".join(found[0].split()) if found else ""


def parameters(kind: type) -> list[Parameter]:
    """The fields of an operator, of a parameter object or of a rule, in order."""
    hints = typing.get_type_hints(kind)
    notes = _notes(kind)
    return [
        Parameter(field.name.rstrip("_"), _type(hints[field.name]), _default(field), notes.get(field.name, ""))
        for field in dataclasses.fields(kind)
    ]


def asked(rule: Rule, condition: str) -> str:
    """What a condition of a YAML rule asks, with its options set: `keyword: any: 投诉, 举报; fuzzy: pinyin`."""
    if not isinstance(rule, DeclaredRule):
        raise TypeError(f"{rule.id} is not written in YAML")
    return _operator(rule.plan.conditions[condition].operator)


def _operator(operator: Operator) -> str:
    """Its parameters that have not their default."""
    set_ = [
        f"{field.name.rstrip('_')}: {_value(getattr(operator, field.name))}"
        for field in dataclasses.fields(operator)
        if getattr(operator, field.name) != field.default
    ]
    return f"{operator.name}: {'; '.join(set_)}" if set_ else operator.name


def _value(value: Any) -> str:
    if isinstance(value, Operator):
        return f"({_operator(value)})"
    if isinstance(value, tuple):
        shown = ", ".join(_value(item) for item in value[:_SHOWN_ITEMS])
        return f"{shown}, … ({len(value)} in all)" if len(value) > _SHOWN_ITEMS else shown
    return str(value)


def plain(value: Any) -> str:
    """A value as YAML on one line; parameter objects as their fields that are set."""
    return on_one_line(_plain(value))


def setting(value: Any) -> str:
    """A value as qa.toml takes it: what JSON and TOML write alike."""
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(item) for name, item in vars(value).items() if item is not None}
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _type(hint: Any) -> str:
    """A type in words; a parameter object by its keys."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in arguments if one is not type(None))
    if typing.get_origin(hint) is tuple and Ellipsis in arguments and arguments[0] is not str:
        return f"a list, each {_type(arguments[0])}"
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and not issubclass(hint, Operator):
        return f"{{{', '.join(one.name for one in parameters(hint))}}}"
    return spell(hint)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return plain(field.default_factory())
    return "" if field.default is dataclasses.MISSING else plain(field.default)


def _notes(kind: type) -> dict[str, str]:
    """The text below each field, of its base classes too; options of a YAML rule have none."""
    if issubclass(kind, DeclaredRule):
        return {}
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if dataclasses.is_dataclass(one):
            found.update(_own_notes(one))
    return found


@functools.cache
def _own_notes(kind: type) -> dict[str, str]:
    return dict(_notes_in(kind))


def _notes_in(kind: type) -> Iterator[tuple[str, str]]:
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):  # made while running, or shipped without its source
        return
    [body] = (node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    for field, below in itertools.pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            yield field.target.id, " ".join(below.value.value.split())
