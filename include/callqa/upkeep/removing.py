"""Every trace of some calls removed from a lake, place by place, and counted.

What names the calls and leads to the rest, the published rows, goes last: whoever is killed before finds it again.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from callqa import warehouse
from callqa.errors import SourceError
from callqa.notify import forgetting
from callqa.upkeep import caches, lake, places, samples, source, trail, tried
from callqa.upkeep.lake import Removed
from callqa.upkeep.request import Request

ORIGIN = "erasure"
"""What the ledger says of a publication from which calls were erased."""
SAMPLES = "samples to review"
"""What the certificate calls that place."""
MESSAGES = "lines of the record of messages"
"""And that one."""


class Removal:
    """What went so far, of a request; hold `lake.locked`."""

    def __init__(self, request: Request, *, delete_recordings: bool) -> None:
        self.request, self.settings, self.root = request, request.settings, request.root
        self.delete_recordings = delete_recordings
        self.removed: dict[str, Removed] = {}
        """By place, as the certificate names it."""
        self.days: dict[str, str] = {}
        """What became of each published day."""
        self.not_removed = list(request.shared)
        """`what` and `why`."""
        self.refused: list[str] = []
        """What the source said where it did not let a recording be deleted."""

    def would_go(self) -> None:
        """Count what `files`, `recordings` and `rows` would remove; changes nothing."""
        units = self._units()
        units["cache"] = sorted({*units.get("cache", ()), *self._cached()})
        for place, paths in units.items():
            self._count(place, [lake.weight(path) for path in paths])
        self._count(SAMPLES, [samples.forget(self.root, self.request.needles, dry_run=True)])
        self._count(MESSAGES, [Removed(rows=forgetting.forget(self.root, set(self.request.targets), dry_run=True))])
        for day in self.request.calls.days():
            self._count("published rows", [self._published_rows(day)])
        if not self.delete_recordings:
            self._keep_recordings()

    def files(self) -> None:
        """Of the lake: caches, runs, refused days, exports, samples, lines of records."""
        needles = self.request.needles
        self._count("cache", [lake.remove(path) for path in self._cached()])
        for place, paths in self._units().items():
            self._count(place, [_removed(place, path) for path in paths])
            for path in paths:
                lake.without_empty(path.parent)
        self._count(SAMPLES, [samples.forget(self.root, needles)])
        self._count(MESSAGES, [Removed(rows=forgetting.forget(self.root, set(self.request.targets)))])
        self._count("lines of the audit trail", [trail.forget(self.root, needles)])

    def recordings(self) -> None:
        """Of the source, with their side-car rows, where they are to be deleted."""
        if not self.delete_recordings:
            self._keep_recordings()
            return
        for known in self.request.calls:
            try:
                deleted = [source.delete(uri, self.settings.source.storage) for uri in sorted(known.uris)]
                self._count("recordings in the source", deleted)
                gone = source.without_rows(self.settings, known.day, known.file_names)
                self._count("side-car rows in the source", [gone] if gone.rows else [])
            except SourceError as error:
                self.refused.append(error.message)
                self.not_removed.append({"what": "a recording in the source", "why": "the source refused"})

    def rows(self, by: str) -> None:
        """Of the warehouse: added ones, and the published days, each published anew without them."""
        wanted = set(self.request.targets)
        purged = warehouse.purge_added(self.settings.lake, lambda day, call_id: (day, call_id) in wanted)
        self._purged("reviews, gate results, holds", purged)
        for day in self.request.days():
            self._remove_day(day, by)

    def _units(self) -> dict[str, list[Path]]:
        units = places.units(self.root, self.request.needles)
        digests = {digest for known in self.request.calls for digest in known.digests}
        same = tried.of_recordings(self.root, digests)
        return {**units, tried.FOLDER: sorted({*units.get(tried.FOLDER, ()), *same})}

    def _cached(self) -> list[Path]:
        versions = caches.seen(self.settings)
        found: set[Path] = caches.alike(self.settings, list(self.request.calls))
        for known in self.request.calls:
            entries = caches.entries(self.settings, known, versions)
            found |= entries.sound | entries.facts | entries.heard
        return sorted(found)

    def _keep_recordings(self) -> None:
        opening = self.settings.source.storage
        there = sum(source.is_there(uri, opening) for known in self.request.calls for uri in known.uris)
        if there:
            why = (
                "they were to be kept; the register of erased calls keeps them from coming back into this lake, and"
                " your recorder's retention is what deletes them"
            )
            what = f"{there} recording(s) in the source, with their side-car rows"
            self.not_removed.append({"what": what, "why": why})

    def _remove_day(self, day: dt.date, by: str) -> None:
        before = self._published_rows(day)
        if warehouse.publications(self.settings.lake, day):
            self.days[day.isoformat()] = self._rewritten(day, by)
        else:
            self.days[day.isoformat()] = "never published"
        self._count("published rows", [Removed(rows=before.rows)])
        self._purged("files of older publications", warehouse.purge_day(self.settings.lake, day))

    def _rewritten(self, day: dt.date, by: str) -> str:
        ids = pa.array(self.request.calls.ids(day), pa.string())
        with tempfile.TemporaryDirectory() as folder:
            publication, changed = warehouse.rewrite_day(
                self.settings.lake,
                day,
                lambda _, rows: rows.filter(pc.invert(pc.is_in(rows["call_id"], value_set=ids))),
                origin=ORIGIN,
                by=by,
                reason=f"certificate {self.request.id}",
                companions=lambda paths: places.companions(paths, Path(folder)),
            )
        return f"publication {publication.sequence}" if changed else "as it was: no row of these calls"

    def _published_rows(self, day: dt.date) -> Removed:
        return Removed(rows=places.rows_of(self.settings, day, self.request.calls.ids(day)))

    def _purged(self, place: str, purged: warehouse.Purged) -> None:
        self._count(place, [Removed(len(purged.files), purged.bytes, sum(purged.rows.values()))])
        why = "another machine may be about to publish it; nothing of an erased call is: erase again later"
        self.not_removed += [{"what": places.shown(Path(path), self.root), "why": why} for path in purged.left]

    def _count(self, place: str, went: Sequence[Removed]) -> None:
        self.removed[place] = sum(went, self.removed.get(place, Removed()))


def _removed(place: str, path: Path) -> Removed:
    return tried.remove(path) if place == tried.FOLDER else lake.remove(path)
