"""What a check of the gate is: one of those in `expectations/`.

A check measures one number and says between what it may lie; Great Expectations judges it. What is measured is SQL
(DuckDB's) over the day's files, so that a day of any size is counted where it lies and nothing is loaded whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["blocking", "warning"]


@dataclass(frozen=True, kw_only=True)
class NoRow:
    """No row of the table is at fault. Measured: how many are."""

    fault: str
    """SQL: whether a row is at fault. Of what is unknown (NULL) nothing is held against it."""
    of: str = "true"
    """SQL: the rows that are looked at."""
    value: str = "null"
    """SQL: what a sample shows of a row at fault; never what was said."""
    wanted: dict[str, Any]
    """For readers of the result: `value_set`, or `min_value` and `max_value`."""


@dataclass(frozen=True, kw_only=True)
class Within:
    """A fact about the whole day lies between two numbers (None: no bound). No fact, nothing to check."""

    value: str
    """SQL: a scalar, over the tables of the day and `outcomes`."""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class LikeHistory:
    """A measure of `callqa.profile` is as on the days published before, in each of its parts."""

    measure: str
    kind: Literal["amount", "share"]
    """An amount is compared by its ratio to what is usual, a share by the difference."""
    least_change: float
    """A smaller change (of an amount: relative, of a share: absolute) is none, however regular the days were."""
    same_weekday: bool = False
    counted: bool = False
    """The amount is a number of calls, which chance alone varies by its square root."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is looked at, what is asked for, and what that protects."""

    id: str
    table: str
    """The table whose rows are at fault; `day` for facts about the whole day, `history` for comparisons with it."""
    severity: Severity = "blocking"
    sentence: str
    """What it protects, in English."""
    zh: str
    """The same in Chinese."""
    expects: NoRow | Within | LikeHistory


def in_set(column: str, values: Sequence[str]) -> NoRow:
    """The column's value, where there is one, is one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return NoRow(
        fault=f"{column} not in ({listed})",
        of=f"{column} is not null",
        value=f"left(cast({column} as varchar), 40)",
        wanted={"value_set": list(values)},
    )


def between(column: str, low: float, high: float | None) -> NoRow:
    """The column's value, where there is one, is a number in the range; NaN is in none, `high` None: finite."""
    inside = f"{column} between {low} and {high}" if high is not None else f"{column} >= {low} and isfinite({column})"
    return NoRow(
        fault=f"not ({inside})",
        of=f"{column} is not null",
        value=f"cast({column} as varchar)",
        wanted={"min_value": low, "max_value": high},
    )


def never(fault: str, value: str = "null", of: str = "true") -> NoRow:
    """No row is so; where the condition cannot be told, it counts as if it were."""
    return NoRow(fault=f"coalesce({fault}, true)", of=of, value=value, wanted={"value_set": [True]})
