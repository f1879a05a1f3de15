"""A rule's options: the dataclass fields of its class, set from qa.toml or from any other plain values."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from qc_rules.rule import Rule
from qc_rules.vocabulary import did_you_mean


def defaults(rule: type[Rule]) -> dict[str, Any]:
    """The options of a rule and the values that they have where nobody sets them."""
    return {field.name: _default(field) for field in dataclasses.fields(rule)}


def configure(rule: type[Rule], values: Mapping[str, Any]) -> Rule:
    """The rule with these options set; lists become tuples where the option is one.

    Raises:
        ValueError: an option that the rule does not have, a value of the wrong type, or one that the rule refuses.
    """
    known = {field.name for field in dataclasses.fields(rule)}
    for name in values:
        if name not in known:
            raise ValueError(f"unknown option {name}{did_you_mean(name, known)}")
    hints = typing.get_type_hints(rule)
    return rule(**{name: _fit(name, hints[name], value) for name, value in values.items()})


def check_defaults(rule: type[Rule]) -> None:
    """Refuse a rule whose options have no default, or one that is not of the option's type.

    Raises:
        ValueError: names the option.
    """
    hints = typing.get_type_hints(rule)
    for field in dataclasses.fields(rule):
        value = _default(field)
        if value is dataclasses.MISSING:
            raise ValueError(f"option {field.name} has no default")
        fitted = _fit(field.name, hints[field.name], value)
        if type(fitted) is not type(value) and not isinstance(fitted, float):
            raise ValueError(f"option {field.name} = {value!r} is not {_spell(hints[field.name])}")


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


class _UnfitError(Exception):
    """The value is not of the option's type."""


def _fit(name: str, hint: Any, value: Any) -> Any:
    try:
        return _as(hint, value)
    except _UnfitError:
        raise ValueError(f"option {name} = {value!r} is not {_spell(hint)}") from None


def _as(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _as_one_of(arguments, value)
    if origin is typing.Literal:
        return _keep(value, any(value == known and type(value) is type(known) for known in arguments))
    if origin in (tuple, list, frozenset):
        return _as_collection(origin, arguments, value)
    return _as_scalar(hint, value)


def _as_scalar(hint: Any, value: Any) -> Any:
    if hint is float:
        # NaN would make every comparison of the rule false, silently.
        return float(_keep(value, isinstance(value, (int, float)) and not isinstance(value, bool) and value == value))
    if hint in (str, int, bool):
        return _keep(value, type(value) is hint)
    if hint in (None, type(None)):
        return _keep(value, value is None)
    return value if hint is Any else _keep(value, isinstance(hint, type) and isinstance(value, hint))


def _as_one_of(hints: tuple[Any, ...], value: Any) -> Any:
    for hint in hints:
        try:
            return _as(hint, value)
        except _UnfitError:
            continue
    raise _UnfitError


def _as_collection(kind: Callable[[list[Any]], Any], arguments: tuple[Any, ...], value: Any) -> Any:
    """`tuple[str, ...]`, `list[float]`, `frozenset[str]`: of one type of item each."""
    _keep(value, isinstance(value, (list, tuple, set, frozenset)))
    return kind([_as(arguments[0], item) for item in value]) if arguments else kind(list(value))


def _keep(value: Any, fits: bool) -> Any:
    if not fits:
        raise _UnfitError
    return value


def _spell(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)
