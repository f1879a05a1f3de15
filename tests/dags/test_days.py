"""Every way to start a run, with the dates that Airflow 3.3 gives it (measured), and the day that it is about."""

from __future__ import annotations

import datetime as dt

import pytest

from callqa.errors import UsageError
from callqa_airflow.days import business_day

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def decide(day=None, *, run_type="manual", logical=None, start=None, timezone="Asia/Shanghai") -> str:
    decided = business_day(
        day,
        run_type=run_type,
        logical_date=at(logical) if logical else None,
        data_interval_start=at(start) if start else None,
        timezone=timezone,
    )
    return decided.isoformat()


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_run_of_the_scheduler_is_about_the_local_day_that_its_interval_covers(run_type):
    midnight = "2026-01-04T16:00:00+00:00"  # 5 January in Shanghai
    assert decide(run_type=run_type, logical=midnight, start=midnight) == "2026-01-05"


def test_west_of_greenwich_the_interval_starts_on_the_same_day_too():
    start = "2026-01-05T05:00:00+00:00"
    assert decide(run_type="scheduled", logical=start, start=start, timezone="America/New_York") == "2026-01-05"


def test_a_day_with_a_change_of_the_clock_is_still_that_day():
    start = "2026-03-28T23:00:00+00:00"
    assert decide(run_type="scheduled", logical=start, start=start, timezone="Europe/Berlin") == "2026-03-29"


def test_the_parameter_wins_over_every_date():
    midnight = "2026-01-04T16:00:00+00:00"
    assert decide("2026-02-01", run_type="scheduled", logical=midnight, start=midnight) == "2026-02-01"
    assert decide("2026-02-01") == "2026-02-01"


@pytest.mark.parametrize("logical", ["2026-01-05T00:00:00+00:00", "2026-01-05T00:00:00+08:00"])
def test_a_date_given_by_hand_means_that_date_although_airflow_derives_the_day_before(logical):
    # REST `logical_date` and `airflow dags test`: the interval ends where the date begins.
    assert decide(logical=logical, start="2026-01-03T16:00:00+00:00") == "2026-01-05"


def test_a_date_on_the_command_line_means_that_date_although_airflow_gives_yesterdays_interval():
    # `airflow dags trigger -l 2026-01-05`, run in November
    assert decide(logical="2026-01-05T00:00:00+00:00", start="2026-11-20T16:00:00+00:00") == "2026-01-05"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-06T01:30:00+00:00", "2026-01-05"),  # 09:30 on the 6th in Shanghai
        ("2026-01-05T15:59:00+00:00", "2026-01-04"),  # 23:59 on the 5th: that day is not over
        ("2026-01-05T16:00:01+00:00", "2026-01-05"),  # one second past midnight
    ],
)
def test_a_run_started_by_hand_now_is_about_the_last_day_that_is_over(moment, day):
    assert decide(logical=moment, start="2026-01-03T16:00:00+00:00") == day


def test_a_run_by_rest_or_from_the_command_line_without_any_date_is_refused_with_the_remedy():
    with pytest.raises(UsageError, match=r'(?s)does not name its day.*"day": "2026-01-05"'):
        decide()


@pytest.mark.parametrize("text", ["2026-13-01", "5 January", "2026-01-05T00:00:00", "20260105x"])
def test_a_day_that_is_no_date_is_refused(text):
    with pytest.raises(UsageError, match="is not a date"):
        decide(text)
