"""From which day to which, and what is no range of an archive."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from callqa import pipeline
from callqa.errors import UsageError

FIRST_DAY = dt.date(2000, 1, 1)
"""An earlier day is a mistyped year."""
LONGEST_RANGE = 3_700
"""Days: ten years."""


@dataclass(frozen=True)
class Span:
    """Business days from the first to the last, both included."""

    first: dt.date
    last: dt.date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def days(self) -> list[dt.date]:
        """Every day, oldest first."""
        return [self.first + dt.timedelta(days=number) for number in range(len(self))]


def span_of(first: str, last: str, timezone: str, *, now: dt.datetime | None = None) -> Span:
    """The range between two days that are written as YYYY-MM-DD.

    Raises:
        UsageError: one is no date, or they are no range of days that are over.
    """
    return checked(Span(pipeline.parse_day(first), pipeline.parse_day(last)), timezone, now=now)


def checked(span: Span, timezone: str, *, now: dt.datetime | None = None) -> Span:
    """The range, if it is one of days that are over in this time zone.

    Raises:
        UsageError: it is empty, too long, before any archive, or not over yet.
    """
    first, last = span.first, span.last
    if last < first:
        raise UsageError(f"from {first} to {last} there is no day", remedy="give the earlier day first")
    if first < FIRST_DAY:
        raise UsageError(f"{first} is before {FIRST_DAY}", remedy="check the year")
    today = (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(timezone)).date()
    if last >= today:
        yesterday = today - dt.timedelta(days=1)
        raise UsageError(
            f"{last} is not over in {timezone}, where it is {today}",
            remedy=f"end with {yesterday} at the latest; the schedule runs each day after its midnight",
        )
    if len(span) > LONGEST_RANGE:
        raise UsageError(f"from {first} to {last} are {len(span)} days", remedy="take at most ten years at once")
    return span
