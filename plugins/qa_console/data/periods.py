"""Stretches of days that answers are about, and calls counted by day or week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from qa_console.data.console import Page
from qa_console.data.errors import FilterError
from qa_console.data.session import Row
from qa_console.data.statistics import Estimate, mean, share

Every = Literal["day", "week"]
USUAL_DAYS = 28


@dataclass(frozen=True)
class Span:
    """From one day to another, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise FilterError(f"from {self.first} to {self.last} there is no day", remedy="exchange them", field="from")


FIGURES = """
    count(*) as calls, count(*) filter (where status = 'analysed') as analysed,
    count(*) filter (where status <> 'rejected') as heard,
    count(*) filter (where list_contains(flags, 'risk')) as risk,
    count(*) filter (where status = 'analysed' and emotion_end = 'angry') as angry,
    avg(score) as mean_score, stddev_samp(score) as deviation, count(score) as scored,
    avg(duration) filter (where status = 'analysed') as mean_seconds
"""
"""What `figures` reads."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Some calls in numbers, each with how sure it is."""

    calls: int
    analysed: int
    score: Estimate
    """Mean, 0..100."""
    risk: Estimate
    """Share of the calls heard that a rule flags as a risk."""
    angry_at_end: Estimate
    """Share of the analysed calls."""
    mean_seconds: float | None
    """Of the analysed calls."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A day or a week of them."""

    start: date
    """Of a week its Monday; its other days may lie outside of what was asked for."""
    figures: Figures


def figures(row: Row) -> Figures:
    """Of a row of `FIGURES`."""
    return Figures(
        calls=row["calls"],
        analysed=row["analysed"],
        score=mean(row["mean_score"], row["deviation"], row["scored"]),
        risk=share(row["risk"], row["heard"]),
        angry_at_end=share(row["angry"], row["analysed"]),
        mean_seconds=row["mean_seconds"],
    )


def usual(page: Page) -> Span | None:
    """The last four weeks that are published; None where nothing is."""
    last = page.days[-1] if page.days else None
    return Span(last - timedelta(days=USUAL_DAYS - 1), last) if last else None


def start_of(every: Every) -> str:
    """SQL: the first day of a call's day or week."""
    return "call_date" if every == "day" else "cast(date_trunc('week', call_date) as date)"
