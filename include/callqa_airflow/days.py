"""Which business day a run is about: the one place that decides.

Airflow's entry points disagree. A scheduled or backfilled run is dated the day it covers. For a run by hand Airflow
derives an interval that ends before the date given, so that whoever asks for the 5th would get the 4th; and a run by
hand from the command line gets yesterday's interval whatever date it is given. So the interval counts only for runs
that the scheduler makes, and a person's date means that date.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from callqa.errors import UsageError

OF_THE_SCHEDULER = ("scheduled", "backfill")
"""Run types whose data interval is the day: from its midnight to the next, in the contact centre's zone."""


def business_day(
    day: str | None,
    *,
    run_type: str,
    logical_date: dt.datetime | None,
    data_interval_start: dt.datetime | None,
    timezone: str,
) -> dt.date:
    """The business day of a run.

    In this order: the parameter `day`; the data interval of a scheduled or backfilled run; of a run by hand its
    logical date where that is a date (midnight, in UTC or in `timezone`), else the last day complete at that moment.

    Raises:
        UsageError: `day` is not a date, or a run without dates does not name it.
    """
    if day:
        return _parse(day)
    zone = ZoneInfo(timezone)
    if data_interval_start is not None and run_type in OF_THE_SCHEDULER:
        return data_interval_start.astimezone(zone).date()
    if logical_date is None:
        raise UsageError(
            "this run has no date and does not name its day",
            remedy='trigger it with the parameter {"day": "2026-01-05"}',
        )
    return _of_a_person(logical_date, zone)


def _of_a_person(logical_date: dt.datetime, zone: ZoneInfo) -> dt.date:
    for there in (logical_date.astimezone(dt.UTC), logical_date.astimezone(zone)):
        if there.time() == dt.time.min:
            return there.date()
    return logical_date.astimezone(zone).date() - dt.timedelta(days=1)


def _parse(day: str) -> dt.date:
    try:
        return dt.datetime.strptime(day, "%Y-%m-%d").date()
    except ValueError as error:
        raise UsageError(
            f"day = {day!r} is not a date", remedy="write it as YYYY-MM-DD, for example 2026-01-05"
        ) from error
