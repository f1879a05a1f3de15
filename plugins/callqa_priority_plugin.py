"""Makes the priorities of this project known to Airflow: it takes a strategy of its own only from a plugin."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from callqa_airflow.priority import TodayFirst


class CallQAPriority(AirflowPlugin):
    """Today's calls before an archive's."""

    name = "callqa_priority"
    priority_weight_strategies = [TodayFirst]  # noqa: RUF012 - Airflow's own
