"""What is past its time removed, class by class: first the sound, then what was said, then all of a day.

A day that is done is noted in `<lake>/retention.json` with its publication and the holds on it; it is looked at again
when either changes. Without the file everything is done once more, and comes to the same.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from callqa import storage, warehouse
from callqa.contracts import Publication
from callqa.errors import CallQAError
from callqa.notify import forgetting
from callqa.settings import Settings
from callqa.upkeep import columns, lake, places, samples, sound
from callqa.upkeep.held import Held, held
from callqa.upkeep.lake import Removed

STATE = "retention.json"
FINDINGS, TEXT, AUDIO = "findings", "text", "audio"
BY = "retention"
"""Whom the ledger names."""


@dataclass
class Retained:
    """What went, by place; what became of which day; what stayed although its time was over."""

    removed: dict[str, Removed] = field(default_factory=dict)
    days: dict[str, dict[str, str]] = field(default_factory=dict)
    """By class, by day."""
    stayed: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Days that could not be done, with the error; the next time tries them again."""

    def count(self, place: str, went: Removed) -> None:
        """Add to a place."""
        self.removed[place] = self.removed.get(place, Removed()) + went

    def tell(self, of: str, day: dt.date, outcome: str) -> None:
        """Say what became of a day."""
        self.days.setdefault(of, {})[day.isoformat()] = outcome


def retain(settings: Settings, now: dt.datetime, *, dry_run: bool = False) -> Retained:
    """Remove what `[retention]` keeps no longer: so many `audio_days`, `text_days`, `findings_days` after a call's day.

    Calls under a hold keep everything. A day fails alone, and says so in `failed`. A dry run changes nothing.
    """
    with lake.locked(settings.lake.root):
        return _Retention(settings, now, dry_run).done()


def today(settings: Settings, now: dt.datetime) -> dt.date:
    """The business day of a moment."""
    return now.astimezone(ZoneInfo(settings.source.timezone)).date()


class _Retention:
    """One retention; hold `lake.locked`."""

    def __init__(self, settings: Settings, now: dt.datetime, dry_run: bool) -> None:
        self.settings, self.now, self.dry_run = settings, now, dry_run
        self.held: Held = held(settings)
        self.result = Retained()
        self.path = Path(settings.lake.root) / STATE
        self.state: dict[str, dict[str, Any]] = storage.read_json(self.path) if self.path.is_file() else {}
        rows = warehouse.publications(settings.lake)
        self.newest: dict[dt.date, Publication] = {row.call_date: row for row in rows}

    def done(self) -> Retained:
        limits = self.settings.retention
        steps: list[tuple[str, int, Callable[[dt.date], str]]] = [
            # The rows lead to the files: what they are looked up by goes last.
            (AUDIO, limits.audio_days, self._without_sound),
            (TEXT, limits.text_days, self._without_text),
            (FINDINGS, limits.findings_days, self._without_rows),
        ]
        for of, days, step in steps:
            for day in self._over(days):
                self._do(of, day, step)
        sound.remove_files(self.settings, self.now, self.held, self.dry_run, self.result)
        self._remove_samples()
        self._remove_records()
        return self.result

    def _remove_samples(self) -> None:
        if days := self.settings.retention.findings_days:
            first = today(self.settings, self.now) - dt.timedelta(days=days)
            for path in samples.over(Path(self.settings.lake.root), first, self.held):
                self.result.count("samples to review", lake.weight(path) if self.dry_run else lake.remove(path))

    def _remove_records(self) -> None:
        """Which calls people were told of goes with what is known of them."""
        if days := self.settings.retention.findings_days:
            first = today(self.settings, self.now) - dt.timedelta(days=days)
            for path in forgetting.over(self.settings.lake.root, first):
                if not self.held.touches(dt.date.fromisoformat(path.parent.name)):
                    went = lake.weight(path) if self.dry_run else lake.remove(path)
                    self.result.count("records of messages", went)

    def _over(self, days: int) -> list[dt.date]:
        """The published days that are longer ago; none where they are kept for ever."""
        if not days:
            return []
        first = today(self.settings, self.now) - dt.timedelta(days=days)
        return [day for day in sorted(self.newest) if day < first]

    def _do(self, of: str, day: dt.date, step: Callable[[dt.date], str]) -> None:
        if day in self.held.days:
            self.result.stayed[day.isoformat()] = "a hold lies on the whole day"
            return
        if self._is_done(of, day):
            return
        try:
            self.result.tell(of, day, step(day))
        except CallQAError as error:
            self.result.failed[f"{of} of {day.isoformat()}"] = error.message
            return
        self._note(of, day)

    def _is_done(self, of: str, day: dt.date) -> bool:
        done = self.state.get(day.isoformat(), {})
        return any(done.get(one) == self._mark(day) for one in ((of,) if of != TEXT else (TEXT, FINDINGS)))

    def _mark(self, day: dt.date) -> list[Any]:
        return [self.newest[day].sequence, sorted(self.held.ids(day))]

    def _note(self, of: str, day: dt.date) -> None:
        if not self.dry_run:
            was = self._mark(day)
            self.newest[day] = warehouse.publications(self.settings.lake, day)[-1]
            done = self.state.setdefault(day.isoformat(), {})
            for other, mark in done.items():  # what was done before stays done in the publication that we made
                done[other] = self._mark(day) if mark == was else mark
            done[of] = self._mark(day)
            storage.write_json(self.path, self.state)

    def _without_rows(self, day: dt.date) -> str:
        ids = pa.array(sorted(self.held.ids(day)), pa.string())
        wanted = self._count(day, "true")
        self._uncached(day, "heard", self.settings.retention.findings_days)
        if self.dry_run:
            return f"{wanted} rows would go"
        self._rewrite(day, FINDINGS, lambda _, rows: rows.filter(pc.is_in(rows["call_id"], value_set=ids)))
        chosen = warehouse.purge_added(self.settings.lake, lambda d, i: d == day and not self.held.has(d, i))
        self.result.count("reviews, gate results, holds", _purged(chosen))
        return f"{wanted} rows went"

    def _without_text(self, day: dt.date) -> str:
        wanted = sum(self._count(day, columns.has_text(name), [name]) for name in columns.TEXT)
        self._uncached(day, "heard", self.settings.retention.text_days)
        if self.dry_run:
            return f"what was said in {wanted} rows would go"
        ids = self.held.ids(day)
        self._rewrite(day, TEXT, lambda name, rows: columns.without_text(name, rows, ids))
        return f"what was said in {wanted} rows went"

    def _without_sound(self, day: dt.date) -> str:
        sound.remove_recordings(self.settings, day, self.held, self.dry_run, self.result)
        return self._uncached(day, "sound", self.settings.retention.audio_days)

    def _uncached(self, day: dt.date, what: Literal["sound", "heard"], days: int) -> str:
        paths = sound.cached(self.settings, day, what, self._over(days), self.held)
        for path in paths:
            self.result.count("cache", lake.weight(path) if self.dry_run else lake.remove(path))
        return f"{len(paths)} entries of the caches {'would go' if self.dry_run else 'went'}"

    def _rewrite(self, day: dt.date, of: str, change: Callable[[str, pa.Table], pa.Table]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            warehouse.rewrite_day(
                self.settings.lake,
                day,
                change,
                origin=f"retention: {of}",
                by=BY,
                reason=f"retention.{of}_days = {getattr(self.settings.retention, f'{of}_days')}",
                companions=lambda paths: places.companions(paths, Path(folder)),
            )
        self.result.count("files of older publications", _purged(warehouse.purge_day(self.settings.lake, day)))

    def _count(self, day: dt.date, where: str, tables: Sequence[str] = ("calls", "turns", "events", "findings")) -> int:
        """Rows of calls that are not held."""
        ids = sorted(self.held.ids(day))
        found = 0
        for table in tables:
            sql = (
                f"select count(*) from {table} where call_date = ? and {where}"  # noqa: S608 - names of the contract
                " and not list_contains(?, call_id)"
            )
            found += int(warehouse.query(self.settings.lake, sql, [day, ids])[1][0][0])
        return found


def _purged(purged: warehouse.Purged) -> Removed:
    return Removed(files=len(purged.files), bytes=purged.bytes, rows=sum(purged.rows.values()))
