"""Refused days under a real scheduler: a source that the gate refuses, runs of it, waiting for what becomes of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from callqa_airflow.rest import Client, RestError
from tests.conftest import DEMO_CALLS

LONGEST = 300
"""Seconds that anything is waited for."""
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
        client.post(f"{DAG}/dagRuns", {"dag_run_id": day, "logical_date": None, "conf": {"day": day}})


def asked(client: Client, day: str) -> Any:
    """The task that asks a person."""
    return client.get(f"{DAG}/dagRuns/{day}/taskInstances/decide")


def ended(client: Client, day: str) -> str:
    """How a run ends, waited for."""
    return until(lambda: (state := client.get(f"{DAG}/dagRuns/{day}")["state"]) in ("success", "failed") and state)


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives, once it gives something that counts."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        with contextlib.suppress(RestError):
            if found := look():
                return found
        time.sleep(1)
    raise AssertionError("waited in vain")
