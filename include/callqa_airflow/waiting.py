"""A task that waits for the last day of an archive, holding nothing meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from callqa_airflow import backfills

if TYPE_CHECKING:
    from airflow.sdk import Context


class ArchiveEnd(BaseSensorOperator):
    """Succeeds once no run of the days that the DAG run's parameters name is queued or running."""

    def poke(self, context: Context) -> bool:
        """Ask Airflow for the runs' states."""
        ti: Any = context["ti"]
        return backfills.is_over(dict(context["params"]), ti.get_dr_count)
