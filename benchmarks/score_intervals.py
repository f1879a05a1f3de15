"""How often the interval of an agent's mean score holds the true mean, beside a bootstrap's, on made-up scores.

    python -m benchmarks.score_intervals [--agents 1500] [--calls 2 3 5 10 20 50]

Scores are those of a card of eight items, each of which passes in nine calls of ten; in `failing` some calls also score
0, as where a critical item fails. An interval of 95 % should hold the mean in 95 % of the agents.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from statistics import fmean

from tabulate import tabulate

from qc_rules.scorecards.agents import CONFIDENCE, Interval, mean_interval

POINTS = (3, 2, 2, 1, 1, 1, 1, 1)
PASSING = 0.9
FAILING = 0.08
RESAMPLES = 400
TRUTH_FROM = 200_000
"""Scores whose mean is taken for the true one."""


def main() -> None:
    """Print a row for each kind of scores and number of calls."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=1500)
    parser.add_argument("--calls", type=int, nargs="+", default=[2, 3, 5, 10, 20, 50])
    asked = parser.parse_args()
    numbers = random.Random(3)
    kinds: dict[str, Callable[[], float]] = {
        "items": lambda: _score(numbers),
        "failing": lambda: 0.0 if numbers.random() < FAILING else _score(numbers),
    }
    rows = [_row(name, make, n, asked.agents, numbers) for name, make in kinds.items() for n in asked.calls]
    print(tabulate(rows, headers=["scores", "calls", "held", "width", "bootstrap held", "width"], floatfmt=".2f"))


def _score(numbers: random.Random) -> float:
    return 100 * sum(points for points in POINTS if numbers.random() < PASSING) / sum(POINTS)


def _row(name: str, make: Callable[[], float], n: int, agents: int, numbers: random.Random) -> list[object]:
    mean = fmean(make() for _ in range(TRUTH_FROM))
    samples = [[make() for _ in range(n)] for _ in range(agents)]
    ours = [interval for scores in samples if (interval := mean_interval(scores)) is not None]
    theirs = [_bootstrap(scores, numbers) for scores in samples]
    return [name, n, *_held(ours, mean), *_held(theirs, mean)]


def _held(intervals: Sequence[Interval], mean: float) -> tuple[float, float]:
    return fmean(low <= mean <= high for low, high in intervals), fmean(high - low for low, high in intervals)


def _bootstrap(scores: Sequence[float], numbers: random.Random) -> Interval:
    means = sorted(fmean(numbers.choices(scores, k=len(scores))) for _ in range(RESAMPLES))
    tail = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    return means[tail], means[-1 - tail]


if __name__ == "__main__":
    main()
