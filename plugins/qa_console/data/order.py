"""How a list of calls is ordered, and how a place in it is written: by a column, then by day and id.

A place is the key of a call, not a number of rows (keyset paging): a deep page costs what the first one does, and a day
that is published between two pages neither repeats nor hides a call. The number that goes with it is only shown.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qa_console.data.errors import FilterError
from qa_console.data.filters import Condition
from qa_console.data.session import Row

Key = tuple[Any, date, str]
"""A call's value of the column, its day and its id."""

SORTS: Mapping[str, tuple[str, str]] = {
    "started_at": ("started_at", "timestamptz"), "day": ("call_date", "date"), "call": ("call_id", "varchar"),
    "agent": ("agent_id", "varchar"), "agent_name": ("agent_name", "varchar"), "team": ("team", "varchar"),
    "queue": ("queue", "varchar"), "direction": ("direction", "varchar"), "status": ("status", "varchar"),
    "call_state": ("call_state", "varchar"), "language": ("language", "varchar"),
    "mood_start": ("emotion_start", "varchar"), "mood_end": ("emotion_end", "varchar"),
    "duration": ("duration", "double"), "score": ("score", "double"), "hits": ("len(rules_hit)", "bigint"),
    "unknown": ("len(rules_unknown)", "bigint"), "flags": ("len(flags)", "bigint"), "turns": ("turn_count", "bigint"),
    "silence": ("silence_seconds", "double"), "overlap": ("overlap_seconds", "double"),
    "talk_agent": ("talk_agent", "double"), "talk_customer": ("talk_customer", "double"),
    "confidence": ("mean_confidence", "double"), "satisfaction": ("satisfaction", "double"),
    "customer_number": ("customer_number", "varchar"),
}  # fmt: skip
"""What a list can be sorted by: SQL and its type, by the name in the query string."""


@dataclass(frozen=True)
class Sort:
    """By which column, and whether the greatest come first; calls without a value come last either way."""

    column: str = "started_at"
    descending: bool = True

    def __post_init__(self) -> None:
        if self.column not in SORTS:
            raise FilterError(
                f"calls cannot be sorted by {self.column[:40]!r}", remedy=f"by {', '.join(SORTS)}", field="sort"
            )

    @classmethod
    def of(cls, text: str | None) -> Sort:
        """From `score`, or `-score` for descending; empty: the newest first."""
        return cls(text.removeprefix("-"), text.startswith("-")) if text else cls()

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


def order(sort: Sort, *, backwards: bool = False) -> str:
    """SQL to order by; `backwards` for the end of the list first."""
    way = "desc" if sort.descending != backwards else "asc"
    return f"{SORTS[sort.column][0]} {way} nulls {'first' if backwards else 'last'}, call_date {way}, call_id {way}"


def beyond(sort: Sort, key: Key, *, backwards: bool) -> Condition:
    """What comes after a key in the list's order, or before it: by the column, then by day and id."""
    value, day, call_id = key
    sql, kind = SORTS[sort.column]
    than = "<" if sort.descending != backwards else ">"
    later = f"(call_date {than} ? or (call_date = ? and call_id {than} ?))"
    ties = [day, day, call_id]
    if value is None:  # among the last; all calls with a value come before it
        return (f"({sql} is not null or {later})" if backwards else f"({sql} is null and {later})"), ties
    typed = f"cast(? as {kind})"
    unset = "" if backwards else f" or {sql} is null"
    return f"({sql} {than} {typed} or ({sql} = {typed} and {later}){unset})", [value, value, *ties]


def key_of(row: Row) -> Key:
    """Of a row whose value of the column is called `sorted`."""
    return row["sorted"], row["call_date"], row["call_id"]


def place_of(sort: Sort, row: Row, number: int) -> str:
    """A row's place in a list, of which it is the `number`th, for a query string."""
    value, day, call_id = key_of(row)
    value = value.isoformat() if isinstance(value, (date, datetime)) else value
    plain = [str(sort), value, day.isoformat(), call_id, number]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def read_place(sort: Sort, text: str | None) -> tuple[Key, int] | None:
    """What `place_of` wrote of the same sort, key and number; None of an empty one.

    Raises:
        FilterError: it is something else.
    """
    if not text:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        of, value, day, call_id, number = _checked(plain)
        if of == str(sort):
            return (_value(sort, value), date.fromisoformat(day), call_id), number
    except (ValueError, TypeError):
        pass  # refused below, like a place in a list that is sorted otherwise
    raise FilterError("this is no place in this list", remedy="begin at the first page", field="after")


def _checked(plain: Any) -> Sequence[Any]:
    if not (isinstance(plain, list) and [type(one) for one in plain[2:]] == [str, str, int] and plain[4] > 0):
        raise ValueError
    return plain


def _value(sort: Sort, value: Any) -> Any:
    """A place's value as what its column holds."""
    kind = SORTS[sort.column][1]
    if value is None:
        return None
    if kind == "timestamptz":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    return str(value) if kind == "varchar" else (int(value) if kind == "bigint" else float(value))
