"""How sure a share, a mean or an agreement is, by the number of calls that it is measured on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from qc_rules.scorecards.agents import CONFIDENCE, student_t, wilson

Z95 = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Standard deviations on either side of a normal distribution's middle that hold 95 % of it."""
FULL = 100.0
"""The best score."""


@dataclass(frozen=True)
class Estimate:
    """A measured value with the interval that holds the true one with 95 % confidence."""

    value: float | None
    """None: there is nothing to measure it on."""
    low: float | None
    high: float | None
    n: int
    """On how many it is measured."""


NOTHING = Estimate(None, None, None, 0)


def share(hits: int, n: int) -> Estimate:
    """A share with Wilson's interval, which holds for few cases and for shares near 0 and 1 too."""
    interval = wilson(hits, n)
    return Estimate(hits / n, *interval, n) if interval else NOTHING


def mean(value: float | None, deviation: float | None, n: int) -> Estimate:
    """A mean of scores from 0 to 100 with Student's interval; `deviation` is the sample's (n - 1).

    Of one score there is no interval. Scores that are all equal say nothing of how much scores vary: the interval is
    then Wilson's of the mean's share of 100, as scorecards have it.
    """
    if n == 0 or value is None:
        return NOTHING
    if n == 1 or deviation is None:
        return Estimate(value, None, None, n)
    if deviation == 0:
        low, high = wilson(value / FULL * n, n) or (0.0, 1.0)
        return Estimate(value, FULL * low, FULL * high, n)
    reach = student_t((1 + CONFIDENCE) / 2, n - 1) * deviation / math.sqrt(n)
    return Estimate(value, max(0.0, value - reach), min(FULL, value + reach), n)


def kappa(pairs: Mapping[tuple[str, str], int]) -> Estimate:
    """Cohen's kappa (1960) of two reviewers: `pairs` counts the cases by what the one said and what the other said.

    The interval is the large-sample one of Fleiss, Cohen and Everitt (1969). Where both always said the same one thing,
    chance alone explains the agreement and there is no kappa.
    """
    n = sum(pairs.values())
    names = {name for pair in pairs for name in pair}
    first = {name: sum(k for (a, _), k in pairs.items() if a == name) / max(1, n) for name in names}
    second = {name: sum(k for (_, b), k in pairs.items() if b == name) / max(1, n) for name in names}
    expected = sum(first[name] * second[name] for name in names)
    if n == 0 or expected >= 1:
        return Estimate(None, None, None, n)
    observed = sum(k for (a, b), k in pairs.items() if a == b) / n
    value = (observed - expected) / (1 - expected)
    reach = Z95 * math.sqrt(max(0.0, _variance(pairs, n, first, second, value, expected)))
    return Estimate(value, max(-1.0, value - reach), min(1.0, value + reach), n)


def _variance(
    pairs: Mapping[tuple[str, str], int],
    n: int,
    first: Mapping[str, float],
    second: Mapping[str, float],
    value: float,
    expected: float,
) -> float:
    """Equation 13 of Fleiss, Cohen and Everitt, "Large sample standard errors of kappa and weighted kappa"."""
    same = different = 0.0
    for (a, b), count in pairs.items():
        p = count / n
        if a == b:
            same += p * (1 - (first[a] + second[a]) * (1 - value)) ** 2
        else:
            different += p * (second[a] + first[b]) ** 2
    extra = (value - expected * (1 - value)) ** 2
    return (same + (1 - value) ** 2 * different - extra) / (n * (1 - expected) ** 2)
