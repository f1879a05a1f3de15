"""A day that is not published in time: Airflow's deadline on `daily_call_qa`, and who is told.

`alarms.published_by` in qa.toml names the hour, in the contact centre's time, of the day after. Only runs that the
scheduler makes for a day have a deadline; a backfill's days and those that somebody starts by hand were late before
they began. A day that runs again after its deadline (the machine was off) is told of at once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

if TYPE_CHECKING:
    from callqa.settings import Settings

SCHEDULED = "scheduled"
DEADLINE = "deadline"
"""The event, as `callqa.notify` calls it."""

log = logging.getLogger(__name__)


@dataclass(eq=False)
class PublishedBy(BaseDeadlineReference):
    """The hour of the day after the run's business day; none for runs that the scheduler did not make.

    Airflow takes a reference of its own only from a plugin: plugins/callqa_deadline_plugin.py.
    """

    by: str = "06:00"
    """HH:MM in `timezone`."""
    timezone: str = "UTC"

    required_kwargs = {"dag_id", "run_id"}  # noqa: RUF012 - Airflow's own

    def serialize_reference(self) -> dict[str, Any]:
        """For Airflow's database."""
        return {"reference_type": self.reference_name, "by": self.by, "timezone": self.timezone}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> PublishedBy:
        """Out of it."""
        return cls(reference_data["by"], reference_data["timezone"])

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> dt.datetime | None:
        from airflow.models import DagRun
        from sqlalchemy import select

        wanted = select(DagRun.run_type, DagRun.logical_date).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        row = session.execute(wanted).one_or_none()
        if row is None or row.run_type != SCHEDULED or row.logical_date is None:
            return None
        return self.moment(row.logical_date.astimezone(ZoneInfo(self.timezone)).date())

    def moment(self, day: dt.date) -> dt.datetime:
        """When a business day has to be published, in UTC."""
        wall = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.fromisoformat(self.by), ZoneInfo(self.timezone))
        return wall.astimezone(dt.UTC)


def alert(settings: Settings) -> DeadlineAlert | None:
    """The deadline of `daily_call_qa`; None where the settings name no hour."""
    if not settings.alarms.published_by:
        return None
    reference = PublishedBy(settings.alarms.published_by, settings.source.timezone)
    return DeadlineAlert(
        reference=reference, interval=dt.timedelta(0), callback=AsyncCallback(missed), name="published"
    )


async def missed(context: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Called by Airflow's triggerer when the deadline of a run has passed and the run has not ended."""
    import asyncio

    dag_run = dict((context or {}).get("dag_run") or {})
    await asyncio.to_thread(tell, dag_run)


def tell(dag_run: Mapping[str, Any]) -> bool:
    """Tell people, the log and the metrics that a run's day is late, unless it is published; returns whether it is.

    `dag_run` is what Airflow's API says of a run. What goes wrong while people are told is one more line in the log.
    """
    from callqa import metrics, settings, warehouse

    chosen = settings.load().with_folders(lake=(dag_run.get("conf") or {}).get("lake") or None)
    day = _day(dag_run, chosen)
    if any(row.run_id == dag_run["dag_run_id"] for row in warehouse.publications(chosen.lake, day)):
        return False  # what is left of the run is its report
    log.error("%s is late: it is not published at %s (run %s)", day, chosen.alarms.published_by, dag_run["dag_run_id"])
    with metrics.sending():
        metrics.deadline_missed()
        _tell_people(chosen, day, dag_run)
    return True


def _day(dag_run: Mapping[str, Any], settings: Settings) -> dt.date:
    started = dt.datetime.fromisoformat(str(dag_run["logical_date"]))
    return started.astimezone(ZoneInfo(settings.source.timezone)).date()


def _tell_people(settings: Settings, day: dt.date, dag_run: Mapping[str, Any]) -> None:
    from callqa import notify
    from callqa_airflow.notifying import address_of

    try:
        state = str(dag_run.get("state") or "unknown")
        lines = [f"{day}: not published by {settings.alarms.published_by}; run {dag_run['dag_run_id']} is {state}"]
        sent = notify.tell(settings, DEADLINE, day, key=DEADLINE, lines=lines, connections=address_of)
        log.info("told: %s", {name: value for name, value in sent.plain().items() if isinstance(value, int)})
    except Exception as error:  # noqa: BLE001 - the error above and the metric are told all the same
        log.error("nobody could be told that %s is late: %s: %s", day, type(error).__name__, error)
