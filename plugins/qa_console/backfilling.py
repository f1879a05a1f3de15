"""Backfills of `daily_call_qa`, started and steered through Airflow's own API as the person who is logged in."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.requests import Request

from callqa import archive, dag_ids
from callqa.archive import Span
from callqa.errors import UsageError
from qa_console.airflow_api import AirflowError, Answer, call, checked

SHOWN = 10
"""Backfills of the list, newest first."""
START_SECONDS = 600.0
"""Airflow makes every day's run at once: about 20 ms each."""
BUSY_SECONDS = 60.0
"""How long a backfill is asked for again while Airflow's database is locked."""
MOST_ON_SQLITE = 100
"""Days: 13 ms of CPU each in one transaction, and whoever else writes to SQLite waits, a minute at most."""
PAGE = 100
MOST_RUNS = 1000
"""Of one state whose days are named."""
Verb = Literal["pause", "unpause", "cancel"]
STATES = ("success", "running", "failed", "queued")
ENDED = ("success", "failed")


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """A backfill as Airflow has it."""

    id: int
    span: Span
    created_at: dt.datetime
    completed_at: dt.datetime | None
    is_paused: bool
    days_at_once: int
    conf: Mapping[str, Any]

    @property
    def active(self) -> bool:
        """Whether a run of it may still begin or is at work."""
        return self.completed_at is None


def newest(request: Request, timezone: str) -> list[Backfill]:
    """The newest backfills, newest first.

    Raises:
        AirflowError: this person may not see them.
    """
    given = call(request, "GET", "/backfills", dag_id=dag_ids.DAILY, order_by="-id", limit=SHOWN)
    return [_backfill(one, timezone) for one in checked(given, "the list of backfills")["backfills"]]


def one(request: Request, number: int, timezone: str) -> Backfill | None:
    """A backfill of the DAG; None where there is none of this number.

    Raises:
        AirflowError: this person may not see it.
    """
    given = call(request, "GET", f"/backfills/{number}")
    if given.status == 404:
        return None
    body = checked(given, f"backfill {number}")
    return _backfill(body, timezone) if body["dag_id"] == dag_ids.DAILY else None


def is_switched_on(request: Request) -> bool:
    """Whether the DAG's runs begin at all: those of a paused DAG only queue.

    Raises:
        AirflowError: this person may not see the DAG, or Airflow does not know it.
    """
    return not checked(call(request, "GET", f"/dags/{dag_ids.DAILY}"), dag_ids.DAILY)["is_paused"]


def start(request: Request, span: Span, timezone: str, days_at_once: int, conf: Mapping[str, Any]) -> Backfill:
    """Start a backfill, and the run that writes the report at its end.

    Raises:
        UsageError: Airflow's database is SQLite, and would be held for too long.
        AirflowError: this person may not, another backfill is at work, or the range has no day to run.
    """
    _refuse_to_hold_sqlite(span)
    first, last = archive.bounds(span, timezone)
    body = {
        "dag_id": dag_ids.DAILY,
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "dag_run_conf": dict(conf),
        # What ended well is left alone, what failed, or was cancelled before it began, is run again.
        "reprocess_behavior": "failed",
        "max_active_runs": days_at_once,
    }
    begun = _backfill(checked(_begun(request, body), "the backfill was not started"), timezone)
    _start_report(request, begun)
    return begun


def _begun(request: Request, body: Mapping[str, Any]) -> Answer:
    """Airflow's answer to a backfill. It says 503, and leaves nothing behind, while somebody else writes to SQLite."""
    last = time.monotonic() + BUSY_SECONDS
    while (given := call(request, "POST", "/backfills", body, seconds=START_SECONDS)).status == 503:
        if time.monotonic() > last:
            break
        time.sleep(1)
    return given


def _refuse_to_hold_sqlite(span: Span) -> None:
    """Airflow makes all runs in one transaction, and SQLite has one writer: the scheduler waits, and gives up."""
    from airflow.configuration import conf

    if len(span) > MOST_ON_SQLITE and conf.get("database", "sql_alchemy_conn").startswith("sqlite"):
        raise UsageError(
            f"{len(span)} days at once are too many while Airflow's database is SQLite",
            remedy=f"start at most {MOST_ON_SQLITE} days, one backfill after another, or give Airflow a Postgres",
        )


def _start_report(request: Request, begun: Backfill) -> None:
    """The report can be had at any time: that it is not written by itself must not undo a backfill that has begun."""
    days = {"from": begun.span.first.isoformat(), "to": begun.span.last.isoformat()}
    body = {"dag_run_id": f"backfill-{begun.id}", "logical_date": None, "conf": days}
    try:
        checked(call(request, "POST", f"/dags/{dag_ids.ARCHIVE_REPORT}/dagRuns", body), "the report's run")
    except AirflowError as error:
        from qa_console.airflow_api import log

        log.warning("the report of backfill %d will not be written by itself: %s", begun.id, error.message)


def steer(request: Request, number: int, verb: Verb) -> None:
    """Pause a backfill (runs that began go on), let it go on, or end it: days that did not begin are marked as failed.

    Raises:
        AirflowError: this person may not, or it is over.
    """
    checked(call(request, "PUT", f"/backfills/{number}/{verb}"), f"backfill {number}")


def counts(request: Request, backfill: Backfill, timezone: str) -> dict[str, int]:
    """Runs of the backfill's days by state.

    Raises:
        AirflowError: this person may not see them.
    """
    return {state: _runs(request, backfill, timezone, state, limit=1)["total_entries"] for state in STATES}


def ended_since_it_began(request: Request, backfill: Backfill, timezone: str) -> int:
    """Runs of its days that ended since it began: those that a backfill before it did say nothing of its pace.

    Raises:
        AirflowError: this person may not see them.
    """
    began = backfill.created_at.isoformat()
    return sum(
        _runs(request, backfill, timezone, state, limit=1, end_date_gte=began)["total_entries"] for state in ENDED
    )


def end_of(backfill: Backfill, ended: int, left: int, now: dt.datetime) -> dt.datetime | None:
    """When its last day will be done if those that are left take as long as the ended ones; None where none ended."""
    return now + (now - backfill.created_at) / ended * left if ended else None


def days_in(request: Request, backfill: Backfill, timezone: str, state: str) -> list[dt.date]:
    """The days whose run is in a state, oldest first, at most `MOST_RUNS`.

    Raises:
        AirflowError: this person may not see them.
    """
    zone = ZoneInfo(timezone)
    moments = (run["logical_date"] for run in _every(request, backfill, timezone, state))
    return sorted({dt.datetime.fromisoformat(moment).astimezone(zone).date() for moment in moments})


def _every(request: Request, backfill: Backfill, timezone: str, state: str) -> Iterator[Mapping[str, Any]]:
    for offset in range(0, MOST_RUNS, PAGE):
        page = _runs(request, backfill, timezone, state, limit=PAGE, offset=offset)
        yield from page["dag_runs"]
        if offset + PAGE >= page["total_entries"]:
            return


def _runs(
    request: Request, backfill: Backfill, timezone: str, state: str, *, limit: int, offset: int = 0, **more: Any
) -> Mapping[str, Any]:
    first, last = archive.bounds(backfill.span, timezone)
    given = call(
        request, "GET", f"/dags/{dag_ids.DAILY}/dagRuns", state=state, limit=limit, offset=offset,
        order_by="logical_date", run_type="backfill", logical_date_gte=first.isoformat(),
        logical_date_lte=last.isoformat(), **more,
    )  # fmt: skip
    return checked(given, "the backfill's runs")


def _backfill(body: Mapping[str, Any], timezone: str) -> Backfill:
    zone = ZoneInfo(timezone)
    first, last = (dt.datetime.fromisoformat(body[name]).astimezone(zone) for name in ("from_date", "to_date"))
    if first.time() != dt.time():  # somebody began it in the middle of a day, or at another zone's midnight
        first += dt.timedelta(days=1)
    completed = body["completed_at"]
    return Backfill(
        id=body["id"],
        span=Span(first.date(), max(first, last).date()),
        created_at=dt.datetime.fromisoformat(body["created_at"]),
        completed_at=dt.datetime.fromisoformat(completed) if completed else None,
        is_paused=bool(body["is_paused"]),
        days_at_once=body["max_active_runs"],
        conf=body["dag_run_conf"] or {},
    )
