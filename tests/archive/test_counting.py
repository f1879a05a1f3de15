from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest

from callqa.archive.counting import Estimate, total
from callqa.archive.looking import spread

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(366)]


def calls(day: dt.date) -> float:
    return 100.0 if day.weekday() >= 5 else 1000.0


def test_the_sum_of_all_that_was_seen_is_exact():
    seen = {day: calls(day) for day in DAYS}
    assert total(DAYS, seen) == Estimate(*[sum(seen.values())] * 3, exact=True)


def test_working_days_and_weekends_are_estimated_apart():
    seen = {day: calls(day) for day in list(spread(DAYS))[:40]}
    found = total(DAYS, seen)
    assert found.value == pytest.approx(sum(map(calls, DAYS)))
    assert not found.exact


@pytest.mark.parametrize("seed", range(5))
def test_the_total_lies_in_the_interval_of_most_samples(seed):
    chance = random.Random(seed)
    truth = {day: calls(day) * chance.uniform(0.5, 1.5) for day in DAYS}
    inside = 0
    for _ in range(200):
        chosen = chance.sample(DAYS, 60)
        found = total(DAYS, {day: truth[day] for day in chosen})
        inside += found.low <= sum(truth.values()) <= found.high
    assert inside >= 180


def test_it_is_never_less_than_what_was_seen():
    seen = {DAYS[0]: 5000.0, DAYS[1]: 0.0, DAYS[2]: 0.0}
    assert total(DAYS[:30], seen).low >= 5000.0


def test_nothing_seen_is_nothing_known():
    assert total([], {}) == Estimate(0.0, 0.0, 0.0, exact=True)


def test_one_weekend_day_lends_from_the_others():
    saturday = dt.date(2024, 1, 6)
    found = total(DAYS, {saturday: 10.0, dt.date(2024, 1, 8): 20.0})
    assert found.value > 0
    assert found.low < found.value < found.high


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 365, 1000])
def test_every_day_comes_once_and_the_first_ones_cover_the_range(count):
    days = [dt.date(2016, 1, 1) + dt.timedelta(days=number) for number in range(count)]
    order = list(spread(days))
    assert sorted(order) == days
    if count >= 64:
        first = sorted(order[:16])
        gaps = [(b - a).days for a, b in itertools.pairwise(first)]
        assert max(gaps) <= count / 16 * 2
