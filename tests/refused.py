"""Refused days under a real scheduler: a source that the gate refuses, runs of it, waiting for what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from callqa_airflow.rest import Client
from tests.conftest import DEMO_CALLS
from tests.waiting import started, until

DAG = "/dags/daily_call_qa"


def source(folder: Path, days: Iterable[str]) -> Path:
    """One short call a day and a file that is none: half of the recordings are rejected."""
    for day in days:
        made = folder / "source" / day
        made.mkdir(parents=True)
        shortest = min((DEMO_CALLS / day).glob("*.wav"), key=lambda path: path.stat().st_size)
        (made / shortest.name).write_bytes(shortest.read_bytes())
        (made / "broken.wav").write_bytes(b"")
        (made / "calls.csv").write_bytes((DEMO_CALLS / day / "calls.csv").read_bytes())
    return folder / "source"


def begin(client: Client, days: Iterable[str]) -> None:
    """Unpause the DAG once Airflow knows it, and start a run of each day, named as the day is."""
    until(lambda: client.patch(DAG, {"is_paused": False}))
    for day in days:
        started(client, "daily_call_qa", day, {"day": day})


def asked(client: Client, day: str) -> Any:
    """The task that asks a person."""
    return client.get(f"{DAG}/dagRuns/{day}/taskInstances/decide")


def ended(client: Client, day: str) -> str:
    """How a run ends, waited for."""
    return until(lambda: (state := client.get(f"{DAG}/dagRuns/{day}")["state"]) in ("success", "failed") and state)
