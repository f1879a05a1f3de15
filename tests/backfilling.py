"""Backfills that tests start while Airflow's database is SQLite."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from callqa_airflow.rest import Client, RestError

DAG = "daily_call_qa"
LONGEST = 120.0


def begin(client: Client, body: Mapping[str, Any]) -> None:
    """Start a backfill, and leave its DAG switched on.

    Whoever else writes to SQLite meanwhile makes Airflow give up (503) and delete the runs it has made, and its scheduler
    dies of runs that it knew and that are gone. It does not look at those of a DAG that is paused.
    """
    _until(lambda: client.patch(f"/dags/{DAG}", {"is_paused": True}))
    _until(lambda: client.post("/backfills", {"dag_id": DAG, **body}))
    _until(lambda: client.patch(f"/dags/{DAG}", {"is_paused": False}))


def _until(ask: Any) -> None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        with contextlib.suppress(RestError):
            ask()
            return
        time.sleep(1)
    ask()
