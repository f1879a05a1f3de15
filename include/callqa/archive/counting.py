"""Totals of a range from the days of it that were looked at."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any

WEEKEND = 5
"""The first weekday of it, as `date.weekday` counts."""
NORMAL_95 = 1.96
"""Standard errors on either side of an estimate within which the total lies in 95 of 100 samples."""


@dataclass(frozen=True)
class Estimate:
    """A total, and between what it lies."""

    value: float
    low: float
    high: float
    exact: bool
    """Whether nothing was estimated."""

    def plain(self, digits: int = 0) -> dict[str, Any]:
        """For JSON; rounded."""
        rounded = {name: round(getattr(self, name), digits) for name in ("value", "low", "high")}
        if not digits:
            rounded = {name: int(value) for name, value in rounded.items()}
        return {**rounded, "exact": self.exact}

    def times(self, factor: float, *, exact: bool = False) -> Estimate:
        """Of something that goes with it; `exact`: the factor is."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.exact and exact)


def total(days: Sequence[dt.date], seen: Mapping[dt.date, float]) -> Estimate:
    """The sum over all days, from the values of those that were seen: working days and weekends apart, for archives
    are quiet on weekends.

    The interval is the usual one of a stratified sample without replacement (Cochran, Sampling Techniques, ch. 5); a
    stratum of which one day was seen, or none, lends from the other.
    """
    if all(day in seen for day in days):
        value = math.fsum(seen[day] for day in days)
        return Estimate(value, value, value, exact=True)
    value = spread = 0.0
    least = sum(seen.values())
    for of_stratum in (_working, _weekend):
        everything = [day for day in days if of_stratum(day)]
        values = [seen[day] for day in everything if day in seen]
        left = len(everything) - len(values)
        known = values if len(values) > 1 else list(seen.values())
        mean = fmean(known) if known else 0.0
        value += sum(values) + left * mean
        if left and len(known) > 1:
            share = len(values) / len(everything)
            spread += len(everything) ** 2 * (1 - share) * variance(known) / max(1, len(values))
    around = NORMAL_95 * math.sqrt(spread)
    return Estimate(value, max(least, value - around), value + around, exact=False)


def _weekend(day: dt.date) -> bool:
    return day.weekday() >= WEEKEND


def _working(day: dt.date) -> bool:
    return not _weekend(day)
