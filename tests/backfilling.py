"""Backfills that tests start while Airflow's database is SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callqa import dag_ids
from callqa_airflow.rest import Client
from tests.waiting import until

LONGEST = 120.0


def begin(client: Client, body: Mapping[str, Any]) -> None:
    """Start a backfill, and leave its DAG switched on.

    Whoever else writes to SQLite meanwhile makes Airflow give up (503) and delete the runs it has made, and its scheduler
    dies of runs that it knew and that are gone. It does not look at those of a DAG that is paused.
    """
    until(lambda: client.patch(f"/dags/{dag_ids.DAILY}", {"is_paused": True}), LONGEST)
    until(lambda: client.post("/backfills", {"dag_id": dag_ids.DAILY, **body}), LONGEST)
    until(lambda: client.patch(f"/dags/{dag_ids.DAILY}", {"is_paused": False}), LONGEST)
