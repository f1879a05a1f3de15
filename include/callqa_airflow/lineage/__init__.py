"""What a run does to a day's data, told to an OpenLineage backend where one is configured; else nothing at all.

Airflow's provider for OpenLineage tells of DAGs and tasks. It cannot know the data that functions of ours read and
write, so they tell it themselves: one job a DAG, `<dag id>.day`, and one run of it for each day of a DAG run. The
backend is configured as the provider and the client know it, see `backend.configuration`.

Nothing here ever fails or delays a day: what goes wrong is one warning in the task's log, and no event is waited for
longer than `backend.LIMIT_SECONDS`. A DAG file imports this module each time it is parsed: OpenLineage itself is
imported by the first event.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callqa.errors import GateRefused, StalePublicationError, UsageError
from callqa_airflow.lineage import backend

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from callqa.settings import Settings
    from callqa_airflow.lineage.events import Day

FAILED = "lineage-failed"
"""Mark in a run's folder: its failure was told. Of fifty shards that fail alike, and their DAG run, one tells."""

log = logging.getLogger(__name__)

Result = Mapping[str, Any]
Context = Mapping[str, Any]


def began(settings: Settings, day: dt.date | str, *, rejudges: int | None = None, dry_run: bool = False) -> None:
    """START: the run works on this day. `rejudges` is the sequence of the publication that is judged again.

    To be called in a task, like all that follow.
    """

    def tell() -> RunEvent:
        from callqa_airflow.lineage import events

        about = _about(_context(), settings, day, rejudges)
        mark = _mark(about)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        return events.began(about, writes=not dry_run)

    _send(tell)


def ended(
    settings: Settings,
    day: dt.date | str,
    outcome: Result,
    gated: Result,
    exported: Result,
    *,
    rejudges: int | None = None,
) -> None:
    """COMPLETE where the outcome of the publish stage says that the day was published, else FAIL."""

    def tell() -> RunEvent:
        from callqa_airflow.lineage import events

        about = _about(_context(), settings, day, rejudges)
        _mark(about).unlink(missing_ok=True)
        if outcome["published"]:
            return events.published(about, outcome, gated, exported)
        return events.refused(about, gated)

    _send(tell)


def nothing_published(settings: Settings, day: dt.date | str, *, rejudges: int, dry_run: bool) -> None:
    """COMPLETE of a day that was judged again without a publication: nothing changed, or it was a dry run."""

    def tell() -> RunEvent:
        from callqa_airflow.lineage import events

        about = _about(_context(), settings, day, rejudges)
        return events.nothing_published(about, dry_run=dry_run)

    _send(tell)


def day_failed(context: Context) -> None:
    """`on_failure_callback` of `daily_call_qa` and its tasks: FAIL, by the first of them that fails for good.

    Of a task that was killed, and of a run that took too long, only the DAG's own is called, by the DAG processor.
    """

    def tell() -> RunEvent | None:
        from callqa_airflow import stages

        # `report` comes after the day's last event; what went wrong there is nothing about the data.
        if context["ti"].task_id == "report":
            return None
        params = context["params"]
        settings = _settings(params.get("lake"), params.get("source"))
        try:
            day = stages.day_of(params, context["dag_run"], settings)
        except UsageError:  # a run that is about no day
            return None
        return _failure(context, _about(context, settings, day))

    _send(tell)


def rejudged_day_failed(context: Context) -> None:
    """The same of the tasks of `rejudge_archive` that work on a day."""

    def tell() -> RunEvent | None:
        ti = context["ti"]
        run = ti.xcom_pull(task_ids="day.begin", map_indexes=ti.map_index) if ti.map_index >= 0 else None
        if run is None:  # no day had begun
            return None
        return _failure(context, _about(context, _settings(run["lake"]), run["day"], run["based_on"]))

    _send(tell)


def _failure(context: Context, about: Day) -> RunEvent | None:
    """FAIL, or ABORT where the run gave way to somebody; None where it was told."""
    from airflow.sdk.exceptions import AirflowTaskTerminated

    from callqa_airflow.lineage import events

    error = context.get("exception")
    if isinstance(error, GateRefused):  # `ended` has told it, with the gate's checks
        return None
    try:
        _mark(about).touch(exist_ok=False)
    except FileExistsError:
        return None
    except FileNotFoundError:
        pass  # a DAG processor that does not see the lake: told twice is better than never
    gave_way = isinstance(error, StalePublicationError | AirflowTaskTerminated)
    return events.failed(about, context["ti"].task_id, error, aborted=gave_way)


def _settings(lake: str | None, source: str | None = None) -> Settings:
    from callqa import settings

    return settings.load().with_folders(lake=lake or None, source=source or None)


def _context() -> Context:
    from airflow.sdk import get_current_context

    return get_current_context()


def _about(context: Context, settings: Settings, day: dt.date | str, rejudges: int | None = None) -> Day:
    from callqa_airflow.lineage.events import Day

    dag_run = context["dag_run"]
    return Day(
        day=dt.date.fromisoformat(str(day)),
        settings=settings,
        namespace=backend.namespace(),
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        moment=dag_run.logical_date or dag_run.run_after,
        clear_number=getattr(dag_run, "clear_number", None) or 0,
        rejudges=rejudges,
    )


def _mark(about: Day) -> Path:
    from callqa import storage

    return storage.run_folder(about.settings.lake.root, f"{about.day}__{about.run_id}") / FAILED


def _send(tell: Callable[[], RunEvent | None]) -> None:
    """Make an event and hand it to the backend; never longer than the limit, never an error."""
    try:
        config = backend.configuration()
        if config is not None and (event := tell()) is not None:
            backend.deliver(event, config)
    except Exception as error:  # noqa: BLE001 - lineage goes beside the day and is never in its way
        log.warning("OpenLineage was not told: %s", backend.reason(error))
