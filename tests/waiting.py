"""Waiting for what an Airflow that runs beside the test comes to, and asking it for a run until there is one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from callqa_airflow.rest import Client, RestError, segment

LONGEST = 300.0
"""Seconds that anything is waited for, on two cores that others use too."""


def until(look: Callable[[], Any], seconds: float = LONGEST, pause: float = 1.0) -> Any:
    """What `look` gives, once it gives something that counts; Airflow may refuse to answer meanwhile.

    Raises:
        TimeoutError: it gave nothing in time; what Airflow said last is its cause.
    """
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
            last = None
        except RestError as error:
            last = error
        time.sleep(pause)
    raise TimeoutError(f"waited in vain for {seconds:.0f} s") from last


def started(client: Client, dag: str, run: str, conf: Mapping[str, Any]) -> Any:
    """A run by hand, made once: while others write to SQLite, Airflow may refuse it, or answer too late."""

    def made() -> Any:
        with contextlib.suppress(RestError):
            return client.get(f"/dags/{dag}/dagRuns/{segment(run)}")
        return client.post(f"/dags/{dag}/dagRuns", {"dag_run_id": run, "logical_date": None, "conf": dict(conf)})

    return until(made)
