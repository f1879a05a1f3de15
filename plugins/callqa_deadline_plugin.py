"""Makes the deadline of this project known to Airflow: it takes a reference of its own only from a plugin."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from callqa_airflow.deadlines import PublishedBy


class CallQADeadline(AirflowPlugin):
    """The hour by which a day has to be published."""

    name = "callqa_deadline"
    deadline_references = [PublishedBy]  # noqa: RUF012 - Airflow's own
