"""Late recordings under Airflow: a scheduled run looks back over the last days and runs those again that have some."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from callqa import dag_ids
from callqa_airflow import connections, turns

if TYPE_CHECKING:
    from callqa.settings import Settings

LOOKING = "scheduled"
"""The only type of run that looks back. What is started here, by hand or by a backfill does not: there are no loops."""


log = logging.getLogger(__name__)

Result = dict[str, Any]


def looks_back(dag_run: Any) -> bool:
    """Whether a run looks back at all."""
    return bool(dag_run.run_type == LOOKING)  # an enumeration's member: as a text it is `DagRunType.SCHEDULED`


def to_run_again(settings: Settings, day: dt.date, given: Result, ti: Any = None) -> list[Result]:
    """What starts a run of each day before `day` that is to be run again, for TriggerDagRunOperator.

    `given` are the source and lake that this run was given; the others get them too.

    A run's id is made of the day and of what was found: Airflow takes it once, so that the same recordings start one
    run at a time. Where it has ended and they are still not published, the next night starts another one.

    Raises:
        UnreachableError: the source does not answer.
    """
    from callqa import late

    back = late.days_back(day - dt.timedelta(days=1), settings.source.late_days)
    found = late.look(connections.opened(settings), back, day + dt.timedelta(days=1), turns.asking(ti))
    for one in found:
        level = logging.INFO if one.verdict in ("same", "run", "never_run", "too_old", "at_work") else logging.WARNING
        log.log(level, "%s: %s: %s", one.day, one.verdict, one.why)
    folders = {name: value for name, value in given.items() if value}
    return [
        {"trigger_run_id": _free(one.run_id, ti), "conf": {"day": one.day.isoformat(), "only_grow": True, **folders}}
        for one in found
        if one.verdict == "run"
    ]


def _free(run_id: str, ti: Any) -> str:
    """The id, or where runs of that id have ended the next one: `…~2`, `…~3`; as many as nights look back at a day."""
    wanted, number = run_id, 1
    while ti is not None and turns.state_of(ti, dag_ids.DAILY, wanted) in turns.OVER:
        number += 1
        wanted = f"{run_id}~{number}"
    return wanted


def look_for_gone(settings: Settings, day: dt.date, manifest: str, *, refuse: bool) -> None:
    """See whether recordings that are published are still in the source: said in the log, or refused.

    Raises:
        SourceError: some are gone, and a run that nobody asked for must not publish the day without them.
    """
    from callqa import late, storage
    from callqa.contracts import Recording

    there = storage.read_rows(manifest, Recording)
    late.refuse_to_shrink(settings, day, there, None if refuse else log.warning)
