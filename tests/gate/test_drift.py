"""Whether a day is like the days before it."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

import pytest

from callqa.contracts import Measure
from callqa.gate import drift
from callqa.gate.check import LikeHistory
from callqa.settings import GateSettings
from tests.rows import DAY  # a Monday

VOLUME = LikeHistory(measure="volume", kind="amount", least_change=0.3, same_weekday=True, counted=True)
DURATION = LikeHistory(measure="duration", kind="amount", least_change=0.2)
LANGUAGE = LikeHistory(measure="language", kind="share", least_change=0.05)
HITS = LikeHistory(measure="hit_rate", kind="share", least_change=0.03)
SETTINGS = GateSettings()


def of(measure: str, value: float, back: int = 0, part: str = "", count: int = 1000, **more) -> Measure:
    return Measure(call_date=DAY - timedelta(days=back), measure=measure, part=part, value=value, count=count, **more)


def amounts(measure: str, today: float, *before: float) -> list[Measure]:
    """Today's number and those of the days before, yesterday's first."""
    return [of(measure, today), *(of(measure, value, back) for back, value in enumerate(before, 1))]


def drifted(expects: LikeHistory, rows: list[Measure], **settings) -> list[str] | None:
    found = drift.compare(expects, DAY, rows, GateSettings(**settings))
    return None if found is None else [part.part or expects.measure for part in found.parts if part.drifted]


USUAL = [60.0, 63.0, 58.0, 61.0, 64.0, 59.0, 62.0, 60.0, 57.0, 61.0]


@pytest.mark.parametrize(("today", "found"), [(61.0, []), (71.0, []), (90.0, ["duration"]), (30.0, ["duration"])])
def test_an_amount_far_from_the_days_before_drifts(today, found):
    assert drifted(DURATION, amounts("duration", today, *USUAL)) == found


def test_days_that_were_all_the_same_do_not_make_a_small_change_a_drift():
    assert drifted(DURATION, amounts("duration", 118.0, *[100.0] * 10)) == []
    assert drifted(DURATION, amounts("duration", 81.0, *[100.0] * 10)) == []
    assert drifted(DURATION, amounts("duration", 121.0, *[100.0] * 10)) == ["duration"]


def test_one_odd_day_in_the_history_hides_nothing():
    assert drifted(DURATION, amounts("duration", 90.0, 9000.0, *USUAL)) == ["duration"]


def test_with_fewer_days_than_needed_there_is_no_history():
    found = drift.compare(DURATION, DAY, amounts("duration", 900.0, *[60.0] * 4), SETTINGS)
    assert found == drift.Compared((), "no history: 4 comparable days (published) where 5 are needed")
    assert drifted(DURATION, amounts("duration", 900.0, *[60.0] * 4), drift_min_days=4) == ["duration"]


def test_a_day_without_the_measure_has_nothing_to_compare():
    assert drift.compare(DURATION, DAY, amounts("duration", 60.0, *USUAL)[1:], SETTINGS) is None


def weeks(today: float, weekday: float, sunday: float, count: int = 28) -> list[Measure]:
    rng = random.Random(1)
    days = [(back, sunday if (DAY - timedelta(days=back)).weekday() == 6 else weekday) for back in range(1, count + 1)]
    return [of("volume", today), *(of("volume", round(level * rng.uniform(0.95, 1.05)), back) for back, level in days)]


def test_call_volume_is_compared_with_the_same_weekday():
    sunday = [dataclasses.replace(m, call_date=m.call_date - timedelta(days=1)) for m in weeks(200, 1000, 200)]
    on = DAY - timedelta(days=1)
    shifted = [dataclasses.replace(m, value=200.0 if m.call_date.weekday() == 6 else 1000.0) for m in sunday]
    (part,) = drift.compare(VOLUME, on, shifted, SETTINGS).parts
    assert (part.drifted, round(part.usual), len(part.past)) == (False, 200, 4)
    assert drifted(VOLUME, weeks(200, 1000, 200)) == ["volume"]
    assert drifted(VOLUME, weeks(1000, 1000, 200)) == []


def test_three_days_of_the_same_weekday_are_a_history_of_the_volume():
    assert drift.compare(VOLUME, DAY, weeks(10, 1000, 200, 20), SETTINGS).parts == ()
    assert drifted(VOLUME, weeks(10, 1000, 200, 21)) == ["volume"]


def test_a_day_without_calls_is_compared_too():
    assert drifted(VOLUME, weeks(0, 1000, 200)) == ["volume"]
    assert drifted(dataclasses.replace(VOLUME, same_weekday=False), amounts("volume", 0, *[0.0] * 7)) == []


def test_a_count_of_few_calls_varies_by_chance():
    assert drifted(VOLUME, weeks(16, 30, 4)) == []
    assert drifted(VOLUME, weeks(16 * 100, 30 * 100, 4)) == ["volume"]


def mixes(today: dict[str, float], before: dict[str, float], count: int = 1000, days: int = 10) -> list[Measure]:
    return [
        *(of("language", share, 0, part, count) for part, share in today.items()),
        *(of("language", share, back, part, count) for back in range(1, days + 1) for part, share in before.items()),
    ]


def test_every_part_of_a_mix_is_compared_also_one_that_is_new_or_gone():
    usual = {"zh": 0.9, "en": 0.1}
    assert drifted(LANGUAGE, mixes(usual, usual)) == []
    assert drifted(LANGUAGE, mixes({"zh": 0.7, "en": 0.3}, usual)) == ["en", "zh"]
    assert drifted(LANGUAGE, mixes({"zh": 0.9, "ko": 0.1}, usual)) == ["en", "ko"]
    assert drifted(LANGUAGE, mixes({"zh": 0.86, "en": 0.14}, usual)) == []


def test_of_few_calls_a_share_says_little():
    usual, odd = {"zh": 0.9, "en": 0.1}, {"zh": 0.7, "en": 0.3}
    assert drifted(LANGUAGE, mixes(odd, usual, count=20)) == []
    assert drifted(LANGUAGE, mixes({"en": 1.0}, usual, count=20)) == ["en", "zh"]


def hits(
    today: float | None, before: list[float | None], version: int = 1, pack: str = "p 1", old: str = "p 1"
) -> list[Measure]:
    def day(rate: float | None, back: int, version: int, pack: str) -> list[Measure]:
        found = [] if rate is None else [of("hit_rate", rate, back, "R", rule_version=version, pack=pack)]
        return [*found, of("pack", 1.0, back, pack, pack=pack)]

    return [*day(today, 0, version, pack), *(m for b, rate in enumerate(before, 1) for m in day(rate, b, 1, old))]


def test_a_rule_that_stops_hitting_drifts_also_without_a_finding():
    assert drifted(HITS, hits(0.2, [0.2] * 6)) == []
    assert drifted(HITS, hits(0.0, [0.2] * 6)) == ["R"]
    assert drifted(HITS, hits(None, [0.2] * 6)) == ["R"]


def test_a_rule_that_never_hit_and_now_does_drifts():
    assert drifted(HITS, hits(0.3, [None] * 6)) == ["R"]


def test_a_rule_of_another_version_has_no_history_yet():
    found = drift.compare(HITS, DAY, hits(0.9, [0.2] * 6, version=2, pack="p 2"), SETTINGS)
    assert found == drift.Compared((), "no history for R: 0 comparable days (published) where 5 are needed")
    assert drift.compare(HITS, DAY, hits(0.9, [None] * 6, pack="p 2"), SETTINGS).parts == ()


def test_a_rule_that_stays_as_it_was_in_a_newer_pack_keeps_its_history():
    assert drifted(HITS, hits(0.9, [0.2] * 6, pack="p 2")) == ["R"]


def test_a_rule_that_is_no_longer_installed_is_not_missed():
    assert drift.compare(HITS, DAY, hits(None, [0.2] * 6, pack="q 1"), SETTINGS) is None


def test_a_day_on_which_nothing_was_judged_has_no_hit_rates():
    assert drift.compare(HITS, DAY, [of("volume", 0.0), *hits(None, [0.2] * 6)[1:]], SETTINGS) is None
