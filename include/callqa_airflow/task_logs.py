"""What a task's log lines are about: `callqa.logs` says it, Airflow's structlog writes it.

Airflow writes a task's log as lines of JSON and shows fields behind the message. What is bound to structlog's context
is in every line of the task, those of Python's logging included.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from callqa import logs


def listen() -> None:
    """From now on structlog knows what `logs.about` says; to call it twice changes nothing."""
    if _bound not in logs.listeners:
        logs.listeners.append(_bound)


def _bound(fields: dict[str, str]) -> AbstractContextManager[Any]:
    from structlog.contextvars import bound_contextvars

    return bound_contextvars(**fields)


def about(run: dict[str, Any]) -> AbstractContextManager[None]:
    """That all lines of the block are about this run of a day."""
    listen()
    return logs.about(day=run["day"], run=run["run_id"])
