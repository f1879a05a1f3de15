"""All of the upkeep in its order, as it is done every night; a step that fails does not keep the others from theirs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from callqa import warehouse
from callqa.errors import CallQAError
from callqa.settings import Settings
from callqa.upkeep import register
from callqa.upkeep.lake import locked
from callqa.upkeep.retaining import retain
from callqa.upkeep.tidying import tidy

log = logging.getLogger(__name__)

Summary = dict[str, Any]


STEPS = ("compact", "expire", "retain", "tidy", "sweep")
"""In their order: small files become large ones, what nobody rolls back to any more is let go, what is past its time is
removed, then runs and caches, and at last the files that nothing names."""


def run(settings: Settings, now: dt.datetime | None = None, *, dry_run: bool = False) -> Summary:
    """Every step of STEPS; returns what each did, by step.

    A step that failed has `error` and `remedy`; `failed` lists such steps, and `warnings` what a person should look at.
    """
    now = now or dt.datetime.now(dt.UTC)
    done = {name: step(settings, name, now, dry_run=dry_run) for name in STEPS}
    failed = [name for name, found in done.items() if has_failed(found)]
    return {"now": now.isoformat(), "dry_run": dry_run, **done, "failed": failed, "warnings": warnings(settings)}


def step(settings: Settings, name: str, now: dt.datetime, *, dry_run: bool = False) -> Any:
    """One step; what it did, with `error` and `remedy` where it failed, None where it was not tried.

    A dry run changes nothing: compaction and expiry, which remove nothing that somebody could miss, are left out of it.
    """
    lake, limits = settings.lake, settings.upkeep
    grace = dt.timedelta(hours=limits.orphan_grace_hours)
    steps: dict[str, Callable[[], Any]] = {
        "compact": lambda: None if dry_run else warehouse.compact(lake, files=limits.compact_files),
        "expire": lambda: None if dry_run else warehouse.expire(lake, superseded_days=limits.superseded_days, now=now),
        "retain": lambda: retain(settings, now, dry_run=dry_run),
        "tidy": lambda: tidy(settings, now, dry_run=dry_run),
        "sweep": lambda: _swept(warehouse.sweep(lake, now=now, grace=grace, dry_run=dry_run)),
    }
    # A backup is being copied while others hold this lock; retain and tidy take it themselves.
    if name in ("compact", "expire", "sweep") and not dry_run:
        return _step(name, lambda: _alone(settings, steps[name]))
    return _step(name, steps[name])


def has_failed(found: Any) -> bool:
    """Whether a step, or a part of it, failed."""
    return isinstance(found, dict) and bool(found.get("error") or found.get("failed"))


def _alone(settings: Settings, step: Callable[[], Any]) -> Any:
    with locked(settings.lake.root):
        return step()


def _step(name: str, step: Callable[[], Any]) -> Any:
    try:
        return _plain(step())
    except CallQAError as error:
        log.error("%s: %s", name, error.message)
        return {"error": error.message, "remedy": error.remedy}
    except Exception as error:  # the other steps are not to suffer from a fault of ours
        log.exception("%s failed", name)
        return {"error": f"{type(error).__name__}: {error}", "remedy": "a fault of callqa: report the log"}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _swept(found: warehouse.Swept) -> Summary:
    return {"files": len(found.removed), "bytes": found.bytes, "kept": found.kept}


def warnings(settings: Settings) -> list[str]:
    """What a person should look at."""
    return [
        f"erasure {one} was begun and never finished: erase again what it was asked for"
        for one in register.unfinished(settings)
    ]
