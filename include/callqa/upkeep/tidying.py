"""What nobody needs any more removed: finished runs, refused days, unused entries of the caches, what was tried, and
temporary files."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from callqa.settings import Settings
from callqa.upkeep import lake, tried
from callqa.upkeep.held import entries, held
from callqa.upkeep.lake import Removed
from callqa.upkeep.runs import Run, quarantined, runs, temporary_files


@dataclass
class Tidied:
    """What went, by place, and what stayed although its time was over."""

    removed: dict[str, Removed] = field(default_factory=dict)
    stayed: dict[str, str] = field(default_factory=dict)
    """Path within the lake to the reason."""


def tidy(settings: Settings, now: dt.datetime, *, dry_run: bool = False) -> Tidied:
    """Remove what is older than `retention.runs_days`, `quarantine_days` and `cache_days` say, what killed writers
    left, and what was tried in the console an hour ago; nothing of a run that is at work or waits for a decision, and
    nothing of a day on which a hold lies.

    Raises:
        StageError: something cannot be removed.
    """
    done = Tidied()
    with lake.locked(settings.lake.root):
        limits = settings.retention
        _remove(settings, done, "runs", _over(runs(settings, now), limits.runs_days, now), dry_run)
        refused = _over(quarantined(settings, now), limits.quarantine_days, now)
        _remove(settings, done, "quarantine", refused, dry_run)
        _take(done, "cache", _unused(settings, limits.cache_days, now), dry_run)
        grace = dt.timedelta(hours=settings.upkeep.orphan_grace_hours)
        _take(done, "temporary files", _left(Path(settings.lake.root), now - grace), dry_run)
        if (went := tried.sweep(settings.lake.root, now, dry_run=dry_run)).files:
            done.removed[tried.FOLDER] = went
    return done


def _over(found: Iterable[Run], days: int, now: dt.datetime) -> list[Run]:
    """Those whose last change is longer ago; none where they are kept for ever."""
    return [run for run in found if days and run.changed_at < now - dt.timedelta(days=days)]


def _remove(settings: Settings, done: Tidied, place: str, over: Iterable[Run], dry_run: bool) -> None:
    holds = held(settings)
    for run in over:
        name = str(run.path.relative_to(settings.lake.root))
        if run.state != "finished":
            done.stayed[name] = run.why
        elif holds.touches(run.day):
            done.stayed[name] = "a hold lies on its day"
        else:
            _take(done, place, [run.path], dry_run)
            if not dry_run:
                lake.without_empty(run.path.parent)


def _take(done: Tidied, place: str, paths: Iterable[Path], dry_run: bool) -> None:
    for path in paths:
        went = lake.weight(path) if dry_run else lake.remove(path)
        done.removed[place] = done.removed.get(place, Removed()) + went


def _unused(settings: Settings, days: int, now: dt.datetime) -> list[Path]:
    """Entries whose time of use, which whoever uses one leaves on its file, is longer ago than that."""
    if not days:
        return []
    limit = (now - dt.timedelta(days=days)).timestamp()
    kept = entries(settings, held(settings))
    return [path for path in _entries(settings) if path not in kept and _used(path) < limit]


def _entries(settings: Settings) -> Iterator[Path]:
    folder = Path(settings.lake.root) / "cache"
    return (path for path in lake.files(folder) if not path.name.startswith("."))


def _used(path: Path) -> float:
    """Of an entry in two files, the later."""
    times = []
    for suffix in {".json", ".parquet", path.suffix}:
        with contextlib.suppress(FileNotFoundError):
            times.append(path.with_suffix(suffix).stat().st_mtime)
    return max(times, default=float("inf"))


def _left(root: Path, before: dt.datetime) -> list[Path]:
    """Temporary files and folders whose writer is gone: nobody holds its lock, and it has not changed lately."""
    old = dict.fromkeys(path for path in temporary_files(root))
    return [path for path in old if lake.newest_change(path) < before.timestamp() and not _is_written(path)]


def _is_written(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
