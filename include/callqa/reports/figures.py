"""Shares and means with how sure they are, by the number of calls that they are measured on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from qc_rules.scorecards.agents import CONFIDENCE, student_t, wilson

FULL = 100.0
"""The best score."""


@dataclass(frozen=True)
class Estimate:
    """A measured value with the interval that holds the true one with 95 % confidence."""

    value: float | None = None
    """None: there is nothing to measure it on."""
    low: float | None = None
    high: float | None = None
    n: int = 0
    """On how many it is measured."""

    def below(self, usual: float | None) -> bool:
        """Whether it is surely less."""
        return usual is not None and self.high is not None and self.high < usual

    def above(self, usual: float | None) -> bool:
        """Whether it is surely more."""
        return usual is not None and self.low is not None and self.low > usual


def share(hits: int, n: int) -> Estimate:
    """A share with Wilson's interval, which holds for few cases and for shares near 0 and 1 too.

    More hits than n count as n: rows may be doubled on a day that somebody approved in spite of the gate.
    """
    hits = min(hits, n)
    interval = wilson(hits, n)
    return Estimate(hits / n, *interval, n) if interval else Estimate()


def share_among(hits: int, n: int, compared: int) -> Estimate:
    """The same, wide enough that of so many who are compared, and are all alike, none is outside with 95 % confidence.

    Bonferroni's correction; without it one in twenty would be called better or worse by chance alone.
    """
    if not n:
        return Estimate()
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / max(1, compared))
    value = hits / n
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return Estimate(value, max(0.0, centre - half), min(1.0, centre + half), n)


def mean_among(value: float, deviation: float | None, n: int, compared: int) -> Estimate:
    """The same of a mean of scores, by Student's t; of scores that are all equal, as a share of 100."""
    if n < 2 or deviation is None:
        return Estimate(value, None, None, n)
    if deviation == 0:
        found = share_among(round(value / FULL * n), n, compared)
        return Estimate(value, FULL * (found.low or 0), FULL * (found.high or 0), n)
    reach = student_t(1 - (1 - CONFIDENCE) / 2 / max(1, compared), n - 1) * deviation / math.sqrt(n)
    return Estimate(value, value - reach, value + reach, n)


def mean(value: float | None, deviation: float | None, n: int) -> Estimate:
    """A mean of scores from 0 to 100 with Student's interval; `deviation` is the sample's (n - 1).

    Of one score there is no interval. Scores that are all equal say nothing of how much scores vary: the interval is
    then Wilson's of the mean's share of 100, as scorecards have it.
    """
    if n == 0 or value is None:
        return Estimate()
    if n == 1 or deviation is None:
        return Estimate(value, None, None, n)
    if deviation == 0:
        low, high = wilson(value / FULL * n, n) or (0.0, 1.0)
        return Estimate(value, FULL * low, FULL * high, n)
    reach = student_t((1 + CONFIDENCE) / 2, n - 1) * deviation / math.sqrt(n)
    return Estimate(value, max(0.0, value - reach), min(FULL, value + reach), n)
