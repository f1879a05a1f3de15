"""Which calls are asked for: from a query string and to one, checked, and as SQL with parameters."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from callqa import contracts
from qa_console.data.errors import FilterError
from qa_console.data.session import is_text

LONGEST = 200
"""Characters of a value."""
MOST = 50
"""Values of one filter."""

Pairs = Iterable[tuple[str, str]]
Condition = tuple[str, list[Any]]
"""SQL with `?`, and what they stand for."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Calls that meet all of these; of a tuple's values any one, and an empty one asks for nothing."""

    first_day: date | None = None
    last_day: date | None = None
    agent: tuple[str, ...] = ()
    """Agent ids."""
    team: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    """Rules that were hit."""
    unknown: tuple[str, ...] = ()
    """Rules of which it could not be told."""
    flag: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    """Why the recording was rejected."""
    call_state: tuple[str, ...] = ()
    mood_start: tuple[str, ...] = ()
    mood_end: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    least_score: float | None = None
    most_score: float | None = None
    least_seconds: float | None = None
    """Of the recording's duration."""
    most_seconds: float | None = None
    call: str = ""
    """With what the call's id or the customer's number, as it is kept, begins."""
    said: str = ""
    """In any turn, as text for matching: half-width, lower case, simplified."""

    def __post_init__(self) -> None:
        for low, high in (("first_day", "last_day"), ("least_score", "most_score"), ("least_seconds", "most_seconds")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise FilterError(
                    f"{KEYS[low]} = {least} lies after {KEYS[high]} = {most}", remedy="exchange them", field=KEYS[low]
                )

    @classmethod
    def of(cls, pairs: Pairs, others: Collection[str] = ()) -> Filters:
        """From the pairs of a query string. Blank values are none: forms send them. `others` are keys of the page.

        Raises:
            FilterError: a key or a value is none.
        """
        given: dict[str, list[str]] = {}
        for key, value in pairs:
            if key in others:
                continue
            if key not in FIELDS:
                raise _unknown(key)
            if value.strip():
                given.setdefault(FIELDS[key], []).append(_bounded(key, value.strip()))
        return cls(**{name: _read(name, values) for name, values in given.items()})

    def pairs(self) -> list[tuple[str, str]]:
        """What `of` reads, always in the same order; filters that ask for nothing are left out."""
        return [(KEYS[name], text) for name in KEYS for text in _texts(getattr(self, name))]

    def replace(self, **changes: Any) -> Filters:
        """These with other values."""
        return dataclasses.replace(self, **changes)

    def condition(self) -> Condition:
        """SQL over the view `calls`; `said` is not in it, see `heard`."""
        parts = [part for name, make in CONDITIONS.items() if (part := make(getattr(self, name))) is not None]
        sql = " and ".join(text for text, _ in parts)
        return sql or "true", [value for _, values in parts for value in values]


KEYS = {
    "first_day": "from", "last_day": "to", "least_score": "score_from", "most_score": "score_to",
    "least_seconds": "seconds_from", "most_seconds": "seconds_to",
    **{name: name for name in (
        "agent", "team", "queue", "rule", "unknown", "flag", "status", "reason", "call_state", "mood_start", "mood_end",
        "language", "direction", "call", "said",
    )},
}  # fmt: skip
"""Keys of the query string, by field."""
FIELDS = {key: name for name, key in KEYS.items()}
KNOWN = {
    "status": contracts.STATUSES, "reason": contracts.REJECT_REASONS, "call_state": contracts.CALL_STATES,
    "mood_start": contracts.EMOTIONS, "mood_end": contracts.EMOTIONS, "language": contracts.LANGUAGES,
    "direction": contracts.DIRECTIONS,
}  # fmt: skip
"""Values of a filter, where they are a closed set."""
DAYS = ("first_day", "last_day")
NUMBERS = ("least_score", "most_score", "least_seconds", "most_seconds")
TEXTS = ("call", "said")


def _any(column: str) -> Callable[[tuple[str, ...]], Condition | None]:
    return lambda values: (f"{column} in ({', '.join('?' * len(values))})", list(values)) if values else None


def _in_list(column: str) -> Callable[[tuple[str, ...]], Condition | None]:
    # Three times as fast as list_has_any.
    one = f"list_contains({column}, ?)"
    return lambda values: (f"({' or '.join([one] * len(values))})", list(values)) if values else None


def _compared(sql: str) -> Callable[[Any], Condition | None]:
    return lambda value: None if value is None else (sql, [value])


def _begins(text: str) -> Condition | None:
    return ("(starts_with(call_id, ?) or starts_with(customer_number, ?))", [text, text]) if text else None


CONDITIONS: dict[str, Callable[[Any], Condition | None]] = {
    "first_day": _compared("call_date >= ?"),
    "last_day": _compared("call_date <= ?"),
    "agent": _any("agent_id"),
    "team": _any("team"),
    "queue": _any("queue"),
    "rule": _in_list("rules_hit"),
    "unknown": _in_list("rules_unknown"),
    "flag": _in_list("flags"),
    "status": _any("status"),
    "reason": _any("reject_reason"),
    "call_state": _any("call_state"),
    "mood_start": _any("emotion_start"),
    "mood_end": _any("emotion_end"),
    "language": _any("language"),
    "direction": _any("direction"),
    "least_score": _compared("score >= ?"),
    "most_score": _compared("score <= ?"),
    "least_seconds": _compared("duration >= ?"),
    "most_seconds": _compared("duration <= ?"),
    "call": _begins,
}


def _read(name: str, values: list[str]) -> Any:
    if name in DAYS:
        return _day(KEYS[name], values[-1])
    if name in NUMBERS:
        return _number(KEYS[name], values[-1])
    if name in TEXTS:
        return values[-1]
    return _several(KEYS[name], tuple(dict.fromkeys(values)), KNOWN.get(name))


def _day(key: str, text: str) -> date:
    try:
        if len(text) == len("2026-01-05"):
            return date.fromisoformat(text)
    except ValueError:
        pass  # refused below, like a text of another form
    raise FilterError(f"{key} = {text!r} is no date", remedy="write it as YYYY-MM-DD", field=key)


def _number(key: str, text: str) -> float:
    try:
        if math.isfinite(number := float(text)):
            return number
    except ValueError:
        pass  # refused below, like what is not finite
    raise FilterError(f"{key} = {text!r} is no number", remedy="write it with digits, for example 60", field=key)


def _several(key: str, values: tuple[str, ...], known: Collection[str] | None) -> tuple[str, ...]:
    for value in values:
        if known is not None and value not in known:
            near = difflib.get_close_matches(value, known, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
            raise FilterError(f"{key} = {value!r} is not known", remedy=remedy, field=key)
    if len(values) > MOST:
        raise FilterError(f"{key}: {len(values)} values", remedy=f"choose at most {MOST}", field=key)
    return values


def _bounded(key: str, value: str) -> str:
    if len(value) > LONGEST or "\0" in value or not is_text(value):
        raise FilterError(f"{key}: {value[:20]!r}… cannot be looked for", remedy="shorten it", field=key)
    return value


def _unknown(key: str) -> FilterError:
    near = difflib.get_close_matches(key, FIELDS, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(FIELDS)}"
    return FilterError(f"there is no filter {key[:40]!r}", remedy=remedy, field=key[:40])


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return [f"{value:.10g}" if isinstance(value, float) else str(value)]
