"""The days that a report is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from callqa.errors import UsageError

Kind = Literal["day", "week", "month"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Period:
    """A day, a week from Monday to Sunday, or a calendar month."""

    kind: Kind
    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, day: dt.date, kind: str = "day") -> Period:
        """The period of a kind that a day lies in.

        Raises:
            UsageError: there is no such kind.
        """
        if kind == "day":
            return cls("day", day, day)
        if kind == "week":
            monday = day - dt.timedelta(days=day.weekday())
            return cls("week", monday, monday + dt.timedelta(days=6))
        if kind == "month":
            return cls("month", day.replace(day=1), _last_of_month(day))
        raise UsageError(f"{kind!r} is no period", remedy=f"give one of {', '.join(KINDS)}")

    @property
    def before(self) -> Period:
        """The one before it."""
        return Period.of(self.first - dt.timedelta(days=1), self.kind)

    def days(self) -> Iterator[dt.date]:
        """Each day of it."""
        return (self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def has(self, day: dt.date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


def _last_of_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
