"""Which of the tasks that wait for a slot goes first: those of today's calls, before all of an archive."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from airflow.task.priority_strategy import PriorityWeightStrategy

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

TODAY = 1000
"""More than any archive's task weighs."""
OF_ARCHIVE = "backfill"
RECENT = dt.timedelta(days=7)
"""A scheduled run of an older day, which a backfill took over or somebody cleared, is one of an archive too."""


class TodayFirst(PriorityWeightStrategy):
    """Tasks of scheduled runs and of runs by hand go before those of backfills, whatever the day they are about.

    Without it Airflow gives the next slot to the oldest day, so that today would wait for years of archive. A task that
    is running is not interrupted: today waits for one task of the archive at most. Airflow's scheduler knows it by
    `plugins/callqa_priority_plugin.py`.
    """

    def get_weight(self, ti: TaskInstance) -> int:
        """The task's own weight, and TODAY more where its run is not of an archive."""
        weight = int(ti.task.priority_weight) if ti.task else 1
        # A task instance that is just being made has no run yet; it is asked again once it has.
        run_id = getattr(ti, "run_id", None)
        return weight if run_id and of_archive(run_id) else weight + TODAY


TODAY_FIRST = f"{TodayFirst.__module__}.{TodayFirst.__qualname__}"
"""As a task's `weight_rule`. By its name: of an instance, a mapped task would keep its address in memory."""


def of_archive(run_id: str, now: dt.datetime | None = None) -> bool:
    """Whether a run is one of an archive, by its id: all that Airflow has where it asks for weights."""
    kind, _, moment = run_id.partition("__")
    if kind == OF_ARCHIVE:
        return True
    return kind == "scheduled" and _age(moment, now or dt.datetime.now(dt.UTC)) > RECENT


def _age(moment: str, now: dt.datetime) -> dt.timedelta:
    try:
        return now - dt.datetime.fromisoformat(moment[: len("2026-01-04T16:00:00+00:00")])
    except (ValueError, TypeError):
        return dt.timedelta(0)
