"""The folders of runs and of refused days, and whether somebody still needs them.

Airflow runs a task at a time, in processes that come and go: nothing is locked while a run is between two of them. So
what is known of a run is what it left: its end in a file, in the ledger or in the quarantine, and the time of its last
change. A run without an end that changed lately is taken to be at work.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from callqa import publish, storage, warehouse
from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.errors import CallQAError
from callqa.rejudge import difference
from callqa.settings import Settings
from callqa.upkeep import lake

QUIET = dt.timedelta(hours=3)
"""A run that has changed nothing for so long is not at work: its longest task (transcribe) is given two hours."""
ENDS = ("outcome.json", "summary.json")
"""Files that a run's last tasks leave."""
NO_PUBLICATION = ("inspect__", "evaluate__")
"""Runs outside any day: they end with the stage that they were started for."""

State = Literal["finished", "at work", "waits"]


@dataclass(frozen=True)
class Run:
    """A folder below `runs` or `quarantine`."""

    path: Path
    day: dt.date | None
    """Of its name; None where it is of none, or of several."""
    state: State
    why: str
    """How that is known, in words."""
    changed_at: dt.datetime


def runs(settings: Settings, now: dt.datetime) -> list[Run]:
    """Every run's folder, by name."""
    root = Path(settings.lake.root) / "runs"
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    waiting = {run.path.name for run in quarantined(settings, now) if run.state == "waits"}
    ledger: dict[dt.date, list[Publication]] = {}
    for row in warehouse.publications(settings.lake) if folders else ():
        ledger.setdefault(row.call_date, []).append(row)
    return [_run(path, ledger, waiting, now) for path in folders]


def quarantined(settings: Settings, now: dt.datetime) -> list[Run]:
    """Every refused run's folder, by day and name."""
    root = Path(settings.lake.root) / "quarantine"
    limit = dt.timedelta(hours=settings.gate.decision_hours)
    return [
        _refused(path, limit, now)
        for day in (sorted(root.iterdir()) if root.is_dir() else ())
        if day.is_dir()
        for path in sorted(day.iterdir())
        if path.is_dir() and not path.name.startswith(".")
    ]


def _refused(path: Path, limit: dt.timedelta, now: dt.datetime) -> Run:
    since = _time(lake.newest_change(path))
    day = _day(path.parent.name)
    try:
        entry = publish.refused_in(path)
    except CallQAError:  # of an older version, or half of one: nobody can decide on it
        return Run(path, day, "finished", "refused", since)
    if entry.decision is None and entry.since + limit > now:
        return Run(path, day, "waits", f"refused at {entry.since:%Y-%m-%d %H:%M} UTC, nobody has decided", since)
    return Run(path, day, "finished", "refused" if entry.decision is None else "decided", since)


def _run(path: Path, ledger: Mapping[dt.date, Sequence[Publication]], waiting: set[str], now: dt.datetime) -> Run:
    day, run_name = _day(path.name[:10]), path.name[12:]
    changed = _time(lake.newest_change(path))
    if run_name in waiting:
        return Run(path, day, "waits", "the gate refused it, and nobody has decided", changed)
    end = _end(path, run_name, ledger.get(day, ()) if day else ())
    if end:
        return Run(path, day, "finished", end, changed)
    if changed + QUIET > now:
        return Run(path, day, "at work", f"it changed at {changed:%Y-%m-%d %H:%M} UTC and has not ended", changed)
    return Run(path, day, "finished", "it never ended, and has changed nothing for hours", changed)


def _end(path: Path, run_name: str, publications: Sequence[Publication]) -> str:
    """How it is known that a run has ended; empty where it is not."""
    newest = _newest_work(path)
    for name in ENDS:
        if (path / name).is_file() and (path / name).stat().st_mtime >= newest:
            return f"it left {name}"
    if any(storage.run_folder("", row.run_id).name == run_name for row in publications):
        return "it published the day"
    audited = _json(path / "gate" / "audit.json")
    digests = {row.content_digest for row in publications}
    if audited and storage.digest_of({t: audited["files"].get(t) for t in PUBLISH_ORDER}) in digests:
        return "what it found was published before"
    if (path.parents[1] / "quarantine" / path.name[:10] / run_name).is_dir():
        return "it was refused"
    if path.name.startswith(NO_PUBLICATION) and any((path / "judge").glob("*.json")):
        return "it was for itself"
    judged_again = _json(path / "difference.json")
    return "it changed nothing" if judged_again and difference.nothing(judged_again) else ""


def _newest_work(path: Path) -> float:
    """The last change of what the stages left: a run that was begun again after its end is at work."""
    return max((lake.newest_change(stage) for stage in path.iterdir() if stage.is_dir()), default=0.0)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = storage.read_json(path)
    except CallQAError:
        return None
    return found if isinstance(found, dict) else None


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name) else None
    except ValueError:
        return None


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def temporary_files(root: Path) -> Iterator[Path]:
    """What writers that were killed left anywhere in the lake: files and folders named `.….tmp-…`."""
    for place in lake.files(root):
        parts = place.relative_to(root).parts
        for index, part in enumerate(parts):
            if part.startswith(".") and ".tmp-" in part:
                yield root.joinpath(*parts[: index + 1])
                break
