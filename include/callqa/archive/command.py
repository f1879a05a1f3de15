"""How Airflow is told to run the days of a range: its own backfill, with moments that mean these days."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from typing import Any
from zoneinfo import ZoneInfo

from callqa import dag_ids
from callqa.archive.span import Span


def bounds(span: Span, timezone: str) -> tuple[dt.datetime, dt.datetime]:
    """`from_date` and `to_date` of the backfill: the first and the last day's midnight in the contact centre's zone.

    Airflow makes a run of every interval that begins between the two. A date without a zone is a midnight of UTC to it:
    in Asia/Shanghai the first day has begun by then, and would be left out.
    """
    zone = ZoneInfo(timezone)
    return dt.datetime.combine(span.first, dt.time(), zone), dt.datetime.combine(span.last, dt.time(), zone)


def conf(
    *, source: str | None = None, lake: str | None = None, notify: bool = False, again: bool = False
) -> dict[str, Any]:
    """What each run of the backfill is given: only what differs from the settings, and nobody is told unless asked."""
    given = {"source": source, "lake": lake, "notify": notify, "again": again}
    return {name: value for name, value in given.items() if value}


def commands(span: Span, timezone: str, days_at_once: int, given: dict[str, Any]) -> dict[str, str]:
    """The shell's commands: `backfill` starts it, `report` has the report written once the last day is done."""
    first, last = (moment.isoformat(timespec="minutes") for moment in bounds(span, timezone))
    start = ["airflow", "backfill", "create", "--dag-id", dag_ids.DAILY, "--from-date", first, "--to-date", last]
    start += ["--max-active-runs", str(days_at_once), "--reprocess-behavior", "failed"]
    about = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    if lake := given.get("lake"):
        about["lake"] = lake
    if given:
        start += ["--dag-run-conf", json.dumps(given, ensure_ascii=False)]
    write = ["airflow", "dags", "trigger", dag_ids.ARCHIVE_REPORT, "--conf", json.dumps(about, ensure_ascii=False)]
    return {"backfill": shlex.join(start), "report": shlex.join(write)}
