"""What a run of `daily_call_qa` does differently in a backfill, and how an archive's end is noticed.

A backfill's days wait for nobody: a refused day goes into the quarantine at once, where it can be decided about later;
a day that is published is left alone; a day without recordings, such as a weekend, is no failure. What became of each
day is kept in the lake (`callqa.archive.outcomes`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callqa import dag_ids

if TYPE_CHECKING:
    from callqa.settings import Settings

RUN_TYPE = "backfill"
AT_ONCE = 100
"""Days that Airflow is asked about in one request."""

log = logging.getLogger(__name__)

Result = dict[str, Any]
Context = Mapping[str, Any]
Count = Callable[..., int]


def is_backfill(dag_run: Any) -> bool:
    """Whether a run is one of a backfill."""
    return bool(dag_run.run_type == RUN_TYPE)  # an enumeration's member: as a text it is `DagRunType.BACKFILL`


def leave_published_alone(settings: Settings, day: dt.date, dag_run: Any) -> None:
    """End the run of a backfill whose day is published, before anything of it is read.

    `archive.published = "again"` in the settings, `{"again": true}` in the backfill's `dag_run_conf`, or a run that
    published the day itself and was cleared (by a person, or by the backfill's reprocess behaviour) has the day run all
    the same: from the caches, so that nothing is transcribed twice.

    Raises:
        AirflowSkipException: the day is published; the run ends green, and says so.
    """
    from callqa import warehouse

    if not is_backfill(dag_run) or again(settings, dag_run.conf):
        return
    for newest in warehouse.publications(settings.lake, day)[-1:]:
        if newest.run_id != dag_run.run_id or not getattr(dag_run, "clear_number", None):
            why = f"{day} is published (publication {newest.sequence}) and left alone"
            _skip(settings, day, dag_run, "done_before", why)


def again(settings: Settings, conf: Mapping[str, Any] | None) -> bool:
    """Whether a backfill's published days are run again."""
    return bool((conf or {}).get("again")) or settings.archive.published == "again"


def for_empty_days(settings: Settings, dag_run: Any) -> Settings:
    """The settings of a run: in a backfill a day without recordings is what `archive.on_empty_day` says."""
    if not is_backfill(dag_run):
        return settings
    wanted = "publish" if settings.archive.on_empty_day == "publish" else "refuse"
    source = settings.source.model_copy(update={"on_empty_day": wanted})
    return settings.model_copy(update={"source": source})


def leave_empty_alone(settings: Settings, day: dt.date, dag_run: Any) -> None:
    """End the run of a backfill whose day holds no recordings, where the settings do not call that an error.

    Raises:
        AirflowSkipException: it is none; the run ends green, and says so.
    """
    if is_backfill(dag_run) and settings.archive.on_empty_day == "skip":
        _skip(settings, day, dag_run, "empty", f"the source holds no recordings of {day}")


def _skip(settings: Settings, day: dt.date, dag_run: Any, outcome: str, why: str) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    _leave(settings, day, dag_run.run_id, outcome, {})
    raise AirflowSkipException(why)


def ended(settings: Settings, run: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """Keep what became of a backfill's day; `run` is what fetch returned, `summary` that of `pipeline.summary`."""
    if not run.get("backfill"):
        return
    outcome = "unchanged" if summary["outcome"].get("unchanged") else "published"
    if not summary["published"]:
        outcome = "refused"
    _leave(settings, dt.date.fromisoformat(run["day"]), run["run_id"], outcome, {})


def day_failed(context: Context) -> None:
    """`on_failure_callback` of `daily_call_qa` and its tasks: keep where a backfill's day ended before its gate.

    It never fails: what goes wrong here is one warning in the task's log.
    """
    try:
        _day_failed(context)
    except Exception as error:  # noqa: BLE001 - the run has failed already, and its own error is the one to show
        log.warning("that the day failed cannot be kept: %s: %s", type(error).__name__, error)


def _day_failed(context: Context) -> None:
    from callqa import settings as current
    from callqa_airflow import stages

    dag_run, task_id = context["dag_run"], context["ti"].task_id
    if (
        not is_backfill(dag_run) or task_id == "report"
    ):  # `report` has kept the outcome, and fails where it is a refusal
        return
    params = context["params"]
    settings = current.load().with_folders(source=params.get("source") or None, lake=params.get("lake") or None)
    error = context.get("exception")
    facts = {"task": task_id, "error": type(error).__name__ if isinstance(error, BaseException) else ""}
    _leave(settings, stages.day_of(dict(params), dag_run, settings), dag_run.run_id, "failed", facts)


def _leave(settings: Settings, day: dt.date, run_id: str, outcome: str, facts: Result) -> None:
    from callqa import archive

    now = dt.datetime.now(dt.UTC)
    archive.leave(settings.lake.root, archive.Outcome(day=day, outcome=outcome, run_id=run_id, at=now, facts=facts))


def is_over(params: Result, count: Count) -> bool:
    """Whether no run of the days `from` to `to` is queued or running; `count` is `get_dr_count` of a task instance.

    Raises:
        UsageError: they are no range of days.
    """
    settings, span = _asked(params)
    moments = dates_of(span.days, settings.source.timezone)
    # The last days are the last to begin: mostly the first request says that it is not over.
    for start in range(len(moments) - 1, -1, -AT_ONCE):
        piece = moments[max(0, start - AT_ONCE + 1) : start + 1]
        if count(dag_id=dag_ids.DAILY, logical_dates=piece, states=["queued", "running"]):
            return False
    return True


def dates_of(days: Sequence[dt.date], timezone: str) -> list[dt.datetime]:
    """The logical dates of scheduled and backfilled runs of these days: their midnights."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(timezone)
    return [dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) for day in days]


def write_report(params: Result, run_id: str) -> Result:
    """Write the report of the days `from` to `to` and tell routes that ask for it; returns its path and numbers."""
    from callqa import archive

    settings, span = _asked(params)
    path, report = archive.write_report(settings, span)
    log.info("%s: %s", span, report["states"])
    _tell(settings, f"{span} {run_id}", in_words(report))
    return {"report": path, "states": report["states"], "totals": report["totals"]}


def in_words(report: Mapping[str, Any]) -> list[str]:
    """A report in lines, for a message."""
    states = ", ".join(f"{count} {state}" for state, count in report["states"].items() if count)
    totals = report["totals"]
    return [
        f"{report['from']} – {report['to']}: {states}",
        f"{totals['recordings']} recordings, {totals['rejected']} rejected, {totals['hours']} h",
    ]


def _tell(settings: Settings, key: str, lines: list[str]) -> None:
    """Tell people whose routes have the event; what goes wrong is a line in the log: the report is written."""
    from callqa import notify
    from callqa_airflow.notifying import address_of

    try:
        sent = notify.tell(settings, RUN_TYPE, key=key, lines=lines, connections=address_of)
        log.info("told: %s", {name: value for name, value in sent.plain().items() if isinstance(value, int)})
    except Exception as error:  # noqa: BLE001 - whatever a service, or an address that is none, raises
        log.warning("nobody could be told: %s: %s", type(error).__name__, error)


def _asked(params: Result) -> tuple[Settings, Any]:
    from callqa import archive, settings

    current = settings.load().with_folders(lake=params.get("lake") or None)
    return current, archive.span_of(params["from"], params["to"], current.source.timezone)
