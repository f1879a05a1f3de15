"""`applies_to`: which calls a rule is for, by their metadata: `queue in ['claims'] && direction == 'inbound'`.

    field == 'text'   !=   <   <=   >   >=   field in ['a', 'b']   field not in [1, 2]   && || ! ( )

Values are text in quotes, numbers, true, false, dates (2026-01-01) and moments (2026-01-01T09:30:00, with Z or +08:00
where the zone matters); only numbers, dates and moments can be ordered. A field that the call does not have, or whose
value is of another type, makes the comparison unknown, never false.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qc_rules.call import Call, Fact
from qc_rules.conditions.answer import reasons
from qc_rules.errors import Unknown
from qc_rules.kleene import Truth
from qc_rules.language.expression import Atom, Expression, Parser
from qc_rules.language.syntax import Token
from qc_rules.vocabulary import did_you_mean

Value = str | int | float | bool | date
"""What a field is compared with; a moment is a `datetime`, which is a `date`."""

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"==": operator.eq, "!=": operator.ne, **ORDERED}
MEMBERSHIPS = ("in", "not in")


@dataclass(frozen=True)
class Comparison(Atom):
    """One field compared with a value, or (`in`, `not in`) with several."""

    field: str
    operator: str
    value: Value | tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {_written(self.value)}"

    def holds(self, metadata: Mapping[str, Fact]) -> bool:
        """Does it hold of these metadata?

        Raises:
            Unknown: they lack the field, or its value is of another type; the reason names the field.
        """
        fact = metadata.get(self.field)
        if fact is None:
            raise Unknown(_lacking(self.field, frozenset(metadata)))
        try:
            return compare(fact, self.operator, self.value)
        except Unknown as lack:
            raise Unknown(f"{self.field} {lack}") from None


def parse_filter(text: str) -> Expression:
    """The expression of a rule's `applies_to`.

    Raises:
        ExpressionError: it cannot be read; with the column and a caret under it.
    """
    return Parser(text, _comparison).parse()


def check(text: str) -> None:
    """Refuse what is no filter; an empty one is for all calls.

    Raises:
        ExpressionError: as `parse_filter`.
    """
    if text:
        _parsed(text)


def applies(text: str, call: Call) -> Truth:
    """Is what has this filter for calls like this one? None where the call lacks a field that decides it."""
    return applicability(text, call)[0]


def applicability(text: str, call: Call) -> tuple[Truth, str]:
    """As `applies`, and the reason where that cannot be told, else an empty text. An empty filter applies always.

    Raises:
        ExpressionError: as `parse_filter`.
    """
    return evaluated(_parsed(text), call.metadata) if text else (True, "")


def evaluated(expression: Expression, metadata: Mapping[str, Fact]) -> tuple[Truth, str]:
    """What a filter says of metadata, and the reason where that cannot be told."""
    lacks: dict[Atom, str] = {}

    def of(atom: Atom) -> Truth:
        assert isinstance(atom, Comparison)
        try:
            return atom.holds(metadata)
        except Unknown as lack:
            lacks[atom] = str(lack)
            return None

    truth = expression.truth(of)
    return truth, reasons(lacks[atom] for atom in expression.open(of)) if truth is None else ""


_parsed = functools.lru_cache(maxsize=1024)(parse_filter)


def compare(fact: Value, sign: str, value: Value | tuple[Value, ...]) -> bool:
    """A field's value compared: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`.

    A date is compared with a moment by the moment's day; text that is a date in ISO form counts as one.

    Raises:
        Unknown: of different types; the reason goes on after the field's name.
    """
    if isinstance(value, tuple):
        found = any(operator.eq(*_alike(fact, one)) for one in value)
        return found if sign == "in" else not found
    return COMPARISONS[sign](*_alike(fact, value))


def _alike(fact: Any, value: Any) -> tuple[Any, Any]:
    """The two as values of one type."""
    if isinstance(value, date) and isinstance(fact, str):
        fact = _from_iso(fact)
    if isinstance(value, datetime) and isinstance(fact, datetime):
        return _in_one_zone(fact, value)
    if isinstance(value, date) and not isinstance(value, datetime) and isinstance(fact, datetime):
        return fact.date(), value
    if _kind(fact) != _kind(value) or fact != fact:
        raise Unknown(f"is {fact!r}, which cannot be compared with {_written(value)}")
    return fact, value


def _from_iso(text: str) -> date | str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _in_one_zone(fact: datetime, value: datetime) -> tuple[datetime, datetime]:
    """A moment without a zone means the clock on the wall where the call was."""
    if value.tzinfo is None:
        return fact.replace(tzinfo=None), value
    if fact.tzinfo is None:
        raise Unknown(f"is {fact.isoformat()}, of no known zone, which cannot be compared with {_written(value)}")
    return fact, value


def _kind(value: object) -> str:
    for kind, types in _KINDS.items():
        if isinstance(value, types):
            return kind
    return type(value).__name__


_KINDS: dict[str, Any] = {
    "true or false": bool,
    "a number": (int, float),
    "text": str,
    "a moment": datetime,
    "a date": date,
}


@functools.lru_cache(maxsize=1024)
def _lacking(field: str, known: frozenset[str]) -> str:
    if field in known:
        return f"{field} is not known of this call"
    return f"this call's metadata have no {field}{did_you_mean(field, known)}"


def _comparison(parser: Parser) -> Comparison:
    field = parser.next()
    if field.kind != "name" or field.text.lower() in ("and", "or", "not", "in", "true", "false"):
        raise parser.unexpected(field, "the name of a metadata field")
    sign = _sign(parser)
    at = parser.ahead
    value: Value | tuple[Value, ...] = _list(parser) if sign in MEMBERSHIPS else _literal(parser)
    if sign in ORDERED and (isinstance(value, (str, bool))):
        raise parser.error(
            f"{_written(value)} has no order; {sign} is for numbers and dates (2026-01-01, unquoted)", at
        )
    return Comparison(field.text, sign, value)


def _sign(parser: Parser) -> str:
    token = parser.next()
    if token.text == "in" and token.kind == "name":
        return "in"
    if token.text == "not" and token.kind == "name" and parser.takes("in"):
        return "not in"
    if token.kind == "symbol" and token.text in COMPARISONS:
        return token.text
    raise parser.unexpected(token, f"one of {', '.join([*COMPARISONS, *MEMBERSHIPS])}")


def _list(parser: Parser) -> tuple[Value, ...]:
    opening = parser.ahead
    if not parser.takes("["):
        raise parser.unexpected(opening, "a list such as ['a', 'b']")
    found = [_literal(parser)]
    while parser.takes(","):
        found.append(_literal(parser))
    if not parser.takes("]"):
        raise parser.unexpected(parser.ahead, ", or ]")
    if len({_kind(one) for one in found}) > 1:
        raise parser.error("a list of values of different types", opening)
    return tuple(found)


def _literal(parser: Parser) -> Value:
    token = parser.next()
    if token.kind == "text":
        return _unquoted(token.text)
    if token.kind == "name" and token.text in ("true", "false"):
        return token.text == "true"
    if token.kind == "number":
        return _number(parser, token)
    if token.kind == "date":
        return _date(parser, token)
    hint = f"; text needs quotes: '{token.text}'" if token.kind == "name" else ""
    raise parser.error(f"{token} stands where a value is expected{hint}", token)


def _number(parser: Parser, token: Token) -> int | float:
    if token.text.lstrip("-").isdigit():
        if len(token.text) > 18:
            raise parser.error("too large a number", token)
        return int(token.text)
    value = float(token.text)
    if value in (float("inf"), float("-inf")):
        raise parser.error("too large a number", token)
    return value


def _date(parser: Parser, token: Token) -> date:
    try:
        return datetime.fromisoformat(token.text) if "T" in token.text else date.fromisoformat(token.text)
    except ValueError as error:
        raise parser.error(f"{token.text} is no date: {error}", token) from None


def _unquoted(text: str) -> str:
    inner, found, escaped = text[1:-1], "", False
    for character in inner:
        if character == "\\" and not escaped:
            escaped = True
            continue
        found, escaped = found + character, False
    return found


def _written(value: Value | tuple[Value, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value)
