"""Plain values of a document as the values that operators are made of, by the types of their fields."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any

from qc_rules.errors import described, is_of_a_pack, said_by
from qc_rules.language.faults import Fault, Path
from qc_rules.operators.base import Operator
from qc_rules.vocabulary import did_you_mean

Expand = Callable[[tuple[str, ...]], tuple[str, ...]]
"""Puts a lexicon's words in the place of its `$name`."""


@functools.cache
def parameters(kind: type) -> dict[str, Any]:
    """The parameters of an operator or of a parameter object, as YAML writes them, with their types."""
    hints = typing.get_type_hints(kind)
    return {field.name.rstrip("_"): hints[field.name] for field in dataclasses.fields(kind) if field.init}


@functools.cache
def field_names(kind: type) -> dict[str, str]:
    """The dataclass field of each parameter: `from` is `from_`."""
    return {field.name.rstrip("_"): field.name for field in dataclasses.fields(kind) if field.init}


@functools.cache
def required(kind: type) -> tuple[str, ...]:
    """The parameters that have no default."""
    return tuple(
        field.name.rstrip("_")
        for field in dataclasses.fields(kind)
        if field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


@dataclasses.dataclass(frozen=True)
class Fitting:
    """How plain values become typed ones: with which operators, and which lexicons."""

    operators: Mapping[str, type[Operator]]
    """By name."""
    expand: Expand

    def fit(self, hint: Any, value: Any, path: Path) -> Any:
        """The value as the type wants it.

        Raises:
            Fault: it is none of the type; names the place below `path` and the form that is expected.
        """
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self._one_of(hint, arguments, value, path)
        if origin is typing.Literal:
            return _literal(arguments, value, path)
        if origin in (tuple, list, frozenset):
            return self._collection(hint, origin, arguments, value, path)
        if isinstance(hint, type) and issubclass(hint, Operator):
            return self._operator_like(hint, value, path)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._object(hint, value, path)
        return _scalar(hint, value, path)

    def operator(self, value: Any, path: Path) -> Operator:
        """A nested operator: `{keyword: …}`."""
        if not isinstance(value, dict):
            raise Fault(f"{shown(value)} is not an operator", path, "write an operator's name and what it is given")
        return self.operator_of(*self.only_operator(value, path), path)

    def _operator_like(self, kind: type[Operator], value: Any, path: Path) -> Operator:
        made = self.operator(value, path)
        if not isinstance(made, kind):
            known = sorted(name for name, one in self.operators.items() if issubclass(one, kind))
            raise Fault(f"{made.name} cannot stand here; known: {', '.join(known)}", path)
        return made

    def only_operator(self, value: Mapping[str, Any], path: Path, others: Collection[str] = ()) -> tuple[str, Any]:
        """The one key of a mapping that is an operator, and its value; `others` are what else may stand there.

        Raises:
            Fault: none, two, or a key that is nothing.
        """
        for key in value:
            if key not in self.operators and key not in others:
                known = {*self.operators, *others}
                raise Fault(f"unknown operator or key {key}{did_you_mean(key, known)}", (*path, key), _CORRECT)
        found = [key for key in value if key in self.operators]
        if not found:
            raise Fault(f"it has no operator; known: {', '.join(sorted(self.operators))}", path, "add one of them")
        if len(found) > 1:
            both = " and ".join(found)
            raise Fault(
                f"it has several operators: {both}", path, "write a condition for each, and join them in `when`"
            )
        return found[0], value[found[0]]

    def operator_of(self, name: str, value: Any, path: Path) -> Operator:
        """The operator of this name with what it is given."""
        kind = self.operators[name]
        given = as_parameters(kind, value)
        if given is None:
            remedy = f"write {name}: {{…}} with {', '.join(parameters(kind)) or 'nothing in it'}"
            raise Fault(f"{shown(value)} says not which parameter of {name} it is", (*path, name), remedy)
        made: Operator = self._made(kind, given, (*path, name), name)
        return made

    def _object(self, kind: type, value: Any, path: Path) -> Any:
        """A parameter object: a mapping, or the bare value of its shorthand."""
        if isinstance(value, kind):
            return value
        given = as_parameters(kind, value)
        if given is None:
            form = f"{{{', '.join(f'{name}: …' for name in parameters(kind))}}}"
            raise Fault(f"{shown(value)} is not of the form {form}", path)
        return self._made(kind, given, path, "it")

    def _made(self, kind: type, given: Mapping[str, Any], path: Path, name: str) -> Any:
        known = parameters(kind)
        for key in given:
            if key not in known:
                raise Fault(f"unknown parameter {key}{did_you_mean(key, known)}", (*path, key), _CORRECT)
        missing = [key for key in required(kind) if key not in given]
        if missing:
            raise Fault(f"{name} needs {' and '.join(missing)}", path, f"add {missing[0]}: {spell(known[missing[0]])}")
        fitted = {field_names(kind)[key]: self.fit(known[key], value, (*path, key)) for key, value in given.items()}
        try:
            return kind(**fitted)
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            raise Fault(said_by(error) or type(error).__name__, path) from error
        except BaseException as error:  # whatever an operator of a pack raises when it is made
            if not is_of_a_pack(error):
                raise
            raise Fault(described(error), path) from error

    def _one_of(self, hint: Any, hints: tuple[Any, ...], value: Any, path: Path) -> Any:
        """The nearest that fits; where none does, the fault that was found deepest."""
        if value is None and type(None) in hints:
            return None
        faults: list[Fault] = []
        for one in sorted(hints, key=lambda one: _nearness(one, value)):
            if one is type(None):
                continue
            try:
                return self.fit(one, value, path)
            except Fault as fault:
                faults.append(fault)
        if len(faults) == 1:
            raise faults[0]
        deepest = max(faults, key=lambda fault: len(fault.path))
        raise deepest if len(deepest.path) > len(path) else _unfit(hint, value, path)

    def _collection(self, hint: Any, kind: Any, arguments: tuple[Any, ...], value: Any, path: Path) -> Any:
        if kind is tuple and arguments and Ellipsis not in arguments:
            return self._fixed(hint, arguments, value, path)
        item = arguments[0] if arguments else Any
        if not isinstance(value, (list, tuple)):
            if item is not str or not isinstance(value, (str, int)) or isinstance(value, bool):
                raise _unfit(hint, value, path)
            value = [value]  # one word is a list of one
        fitted = tuple(self.fit(item, one, (*path, index)) for index, one in enumerate(value))
        return kind(self._expanded(fitted, path) if item is str else fitted)

    def _fixed(self, hint: Any, hints: tuple[Any, ...], value: Any, path: Path) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != len(hints):
            raise _unfit(hint, value, path)
        return tuple(
            self.fit(one, item, (*path, index)) for index, (one, item) in enumerate(zip(hints, value, strict=True))
        )

    def _expanded(self, words: tuple[str, ...], path: Path) -> tuple[str, ...]:
        if not any(word.startswith("$") for word in words):
            return words
        try:
            return tuple(self.expand(words))
        except (ValueError, LookupError) as error:
            raise Fault(str(error), path) from error


_CORRECT = "correct the name, or take it out"
_SCALARS: dict[Any, type] = {str: str, int: int, float: float, bool: bool, type(None): type(None)}


def _nearness(hint: Any, value: Any) -> int:
    """Types that a value has come before those that it can be turned into; text, which a number can be, last."""
    if _SCALARS.get(hint) is type(value):
        return 0
    return 2 if hint is str else 1


def as_parameters(kind: type, value: Any) -> Mapping[str, Any] | None:
    """What an operator (a parameter object) is given, by parameter; a bare value is that of its shorthand.

    None where the value is bare and there is no shorthand.
    """
    shorthand = str(getattr(kind, "shorthand", ""))
    if isinstance(value, dict):
        names_none = bool(value) and not set(value) & set(parameters(kind))
        return {shorthand: value} if shorthand and names_none and takes_mapping(kind, shorthand) else value
    if value is None:
        return {}
    return {shorthand: value} if shorthand else None


def takes_mapping(kind: type, parameter: str) -> bool:
    """Can the value of this parameter be a mapping: a nested operator, a parameter object?"""
    return _is_mapping(parameters(kind)[parameter])


def _is_mapping(hint: Any) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_is_mapping(one) for one in typing.get_args(hint))
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _literal(known: tuple[Any, ...], value: Any, path: Path) -> Any:
    if not any(value == one and type(value) is type(one) for one in known):
        words = [str(one) for one in known]
        hint = did_you_mean(value, words) if isinstance(value, str) else f"; known: {', '.join(words)}"
        raise Fault(f"{shown(value)} is none of the known words{hint}", path)
    return value


def _scalar(hint: Any, value: Any, path: Path) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is str and type(value) is int:
        return str(value)  # 12378 among words: digits that are said; the reader keeps 0123 as text
    wanted = _SCALARS.get(type(None) if hint is None else hint)
    if wanted is not None and type(value) is wanted:
        return value
    if wanted is None and isinstance(hint, type) and isinstance(value, hint):
        return value
    raise _unfit(hint, value, path)


def _unfit(hint: Any, value: Any, path: Path) -> Fault:
    remedy = 'put it in quotes: "…"' if hint is str and isinstance(value, (bool, float)) else ""
    return Fault(f"{shown(value)} is not {spell(hint)}", path, remedy)


def shown(value: Any) -> str:
    """A value as YAML would have it, not too long."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def spell(hint: Any) -> str:
    """A type in words: `a list of texts`."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(spell(one) for one in arguments if one is not type(None))
    if origin is typing.Literal:
        return " or ".join(str(one) for one in arguments)
    if origin in (tuple, list, frozenset):
        if origin is tuple and Ellipsis not in arguments:
            return f"a list of {len(arguments)}: {', '.join(spell(one) for one in arguments)}"
        return f"a list, each {spell(arguments[0])}" if arguments else "a list"
    if isinstance(hint, type) and issubclass(hint, Operator):
        return "an operator and what it is given, such as {keyword: [投诉]}"
    return _WORDS.get(type(None) if hint is None else hint) or str(getattr(hint, "__name__", hint))


_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "nothing",
}
