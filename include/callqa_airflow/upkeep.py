"""The bodies of the tasks of `warehouse_upkeep`, as `callqa_airflow.stages` has them of `daily_call_qa`."""

from __future__ import annotations

import logging
from typing import Any

from callqa.errors import StageError
from callqa_airflow import connections

log = logging.getLogger(__name__)

Result = dict[str, Any]


def step(name: str, params: Result, at: Any) -> Any:
    """One step of the night's upkeep, as of the time at which the run began; returns what it did.

    Raises:
        StageError: the step, or a part of it, failed; the rest of it is done.
    """
    from callqa import settings, upkeep

    # A form leaves an empty text where nothing was given.
    chosen = connections.opened(settings.load().with_folders(lake=params.get("lake") or None))
    done = upkeep.step(chosen, name, at, dry_run=bool(params["dry_run"]))
    log.info("%s: %s", name, done)
    if upkeep.has_failed(done):
        raise StageError(f"{name}: {_failure(done)}", remedy=done.get("remedy") or "mend it, and run the upkeep again")
    return _counts(done)


def report(params: Result) -> list[str]:
    """What a person should look at; in the log, and returned."""
    from callqa import settings, upkeep

    found = upkeep.warnings(settings.load().with_folders(lake=params.get("lake") or None))
    for warning in found:
        log.warning("%s", warning)
    return found


def _failure(done: Result) -> str:
    return str(done.get("error") or "; ".join(map(str, done.get("failed", []))))


def _counts(done: Any) -> Any:
    """What goes through XCom: numbers and names; lists, which may be long, are counted (the log has them)."""
    if isinstance(done, list):
        return {"entries": len(done)}
    if isinstance(done, dict):
        return {name: len(value) if isinstance(value, list | dict) else value for name, value in done.items()}
    return done
