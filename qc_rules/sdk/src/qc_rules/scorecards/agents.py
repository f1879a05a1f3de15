"""Many calls of one agent (a team, a queue) on one scorecard: what they come to, and how sure that is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median, stdev

from qc_rules.scorecards.card import FULL
from qc_rules.scorecards.scoring import DECIMALS, CardResult

CONFIDENCE = 0.95
"""Of the intervals."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class SectionMean:
    """A section over an agent's calls."""

    name: str
    n: int
    """Calls in which something of it could be scored."""
    mean: float


@dataclass(frozen=True)
class AgentResult:
    """An agent's calls on one version of a card. Scores are 0..100, shares 0..1, intervals at 95 %."""

    card: str
    version: int
    calls: int
    """Scored or not."""
    scored: int
    not_scored: int
    """Nothing, or too little, of the card could be told of them."""
    mean: float | None
    """None without a scored call, as all that follow from scores."""
    median: float | None
    interval: Interval | None
    """In which the agent's mean over ever more calls like these lies; None of fewer than two calls."""
    judged: int
    """Calls of which it is known whether they pass."""
    passed: int
    share_passed: float | None
    """`passed` of `judged`."""
    share_interval: Interval | None
    coverage: float | None
    """Mean over all calls: how much of the card could be told."""
    sections: tuple[SectionMean, ...] = ()
    critical_failures: tuple[tuple[str, int], ...] = ()
    """Calls by rule, most first."""


def score_agent(results: Iterable[CardResult]) -> AgentResult:
    """What an agent's calls come to on one version of one card.

    Raises:
        ValueError: no results, or of several cards or versions, whose scores do not compare.
    """
    given = list(results)
    cards = sorted({(result.card, result.version) for result in given})
    if len(cards) != 1:
        shown = ", ".join(f"{card} {version}" for card, version in cards)
        raise ValueError(f"results of one version of one scorecard are wanted, not of {shown or 'none'}")
    scores = [result.score for result in given if result.score is not None]
    judged = [result.passed for result in given if result.passed is not None]
    return AgentResult(
        *cards[0],
        calls=len(given),
        scored=len(scores),
        not_scored=len(given) - len(scores),
        mean=_rounded(fmean(scores)) if scores else None,
        median=_rounded(median(scores)) if scores else None,
        interval=mean_interval(scores),
        judged=len(judged),
        passed=sum(judged),
        share_passed=_rounded(sum(judged) / len(judged)) if judged else None,
        share_interval=wilson(sum(judged), len(judged)),
        coverage=_rounded(fmean(result.coverage for result in given)),
        sections=_sections(given),
        critical_failures=_failures(given),
    )


def _sections(results: Sequence[CardResult]) -> tuple[SectionMean, ...]:
    """In the card's order."""
    scores: dict[str, list[float]] = {}
    for result in results:
        for section in result.sections:
            scores.setdefault(section.name, []).extend([] if section.score is None else [section.score])
    return tuple(SectionMean(name, len(found), _rounded(fmean(found))) for name, found in scores.items() if found)


def _failures(results: Sequence[CardResult]) -> tuple[tuple[str, int], ...]:
    counts = Counter(rule for result in results for rule in result.critical_failures)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def wilson(successes: float, n: int) -> Interval | None:
    """The score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); None of no trials."""
    if not n:
        return None
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return _rounded(max(0.0, centre - half)), _rounded(min(1.0, centre + half))


def mean_interval(scores: Sequence[float]) -> Interval | None:
    """Of the mean of scores from 0 to 100: Student's t. None of fewer than two.

    Where all scores are equal they say nothing of how much scores vary. The interval is then Wilson's of the mean's
    share of 100, which is wide enough: no score between 0 and 100 varies more than one that is only ever 0 or 100.
    """
    n = len(scores)
    if n < 2:
        return None
    mean, deviation = fmean(scores), stdev(scores)
    if deviation == 0:
        low, high = wilson(mean / FULL * n, n) or (0.0, 1.0)
        return _rounded(FULL * low), _rounded(FULL * high)
    half = student_t((1 + CONFIDENCE) / 2, n - 1) * deviation / math.sqrt(n)
    return _rounded(max(0.0, mean - half)), _rounded(min(FULL, mean + half))


def student_t(probability: float, degrees: int) -> float:
    """The quantile of Student's t for a probability above 1/2, by Hill's Algorithm 396 (doi:10.1145/355598.355600).

    Exact for 1 and 2 degrees of freedom, to five digits or more from 3 on.
    """
    p = 2 * (1 - probability)
    if degrees == 1:
        return 1 / math.tan(p * math.pi / 2)
    if degrees == 2:
        return math.sqrt(2 / (p * (2 - p)) - 2)
    return _hill(p, float(degrees))


def _hill(p: float, n: float) -> float:
    """Two-tailed probability `p`, `n` degrees of freedom; the names are the algorithm's."""
    a = 1 / (n - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x * x
        if n < 5:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (
            n + 2
        ) + 1 / y
    return math.sqrt(n * y)


def _rounded(value: float) -> float:
    return round(value, DECIMALS)
