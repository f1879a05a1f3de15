"""Calls erased: every trace of them in the lake removed, the lake searched for what is left, and a certificate of it.

The order matters. The register comes first: from then on nothing that contains the calls is fetched or published. What
names the calls and leads to the rest, the published rows, goes last. So an erasure that was killed is finished by the
next one, and ends in the same state.
"""

from __future__ import annotations

import datetime as dt
import platform
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import callqa
from callqa import warehouse
from callqa.errors import SourceError, UsageError
from callqa.notify import forgetting
from callqa.settings import Settings
from callqa.upkeep import (
    asked,
    caches,
    certificate,
    lake,
    needed,
    places,
    register,
    samples,
    search,
    source,
    trail,
    tried,
)
from callqa.upkeep.asked import Key
from callqa.upkeep.certificate import Certificate
from callqa.upkeep.decoding import Value
from callqa.upkeep.known import Calls, gather
from callqa.upkeep.lake import Removed
from callqa.upkeep.runs import Run, quarantined, runs
from callqa.upkeep.wanted import digests_of_others, needles_of

ORIGIN = "erasure"
"""What the ledger says of a publication from which calls were erased."""
SAMPLES = "samples to review"
"""What the certificate calls that place."""
MESSAGES = "lines of the record of messages"
"""And that one."""


def erase(
    settings: Settings,
    calls: Sequence[Key] = (),
    customer: str | None = None,
    *,
    by: str,
    reason: str,
    delete_recordings: bool = False,
    dry_run: bool = False,
    now: dt.datetime | None = None,
) -> Certificate:
    """Erase calls, named by day and id or by their customer's number as dialled; returns the certificate.

    The recordings themselves stay in the source, where the register keeps them from coming back, unless
    `delete_recordings` or `retention.recordings = "delete"`. A dry run changes nothing and writes no certificate. Doing
    it again is safe, and finishes an erasure that was killed.

    Raises:
        UsageError: a call is unknown (with the nearest known), a number is masked or not kept, nobody or no reason is
            named, or the reason names a call itself: it would stand in the certificate.
        HeldError: one of the calls is held; nothing was changed.
        RunAtWorkError: a run that has the calls is at work or waits for a decision; nothing was removed.
    """
    if not (by.strip() and reason.strip()):
        raise UsageError("an erasure without a name or a reason", remedy="say who asks for it, and why")
    if bool(calls) == (customer is not None):
        raise UsageError("whose erasure is asked for is not clear", remedy="name calls, or a customer, and not both")
    with lake.locked(settings.lake.root):
        erasure = _Erasure(settings, calls, customer, now or dt.datetime.now(dt.UTC))
        erasure.delete_recordings = delete_recordings or settings.retention.recordings == "delete"
        erasure.refuse_named(by, reason)
        if dry_run:
            return erasure.tried(by.strip(), reason.strip())
        return erasure.done(by.strip(), reason.strip())


class _Erasure:
    """One erasure; hold `lake.locked`."""

    def __init__(self, settings: Settings, calls: Sequence[Key], customer: str | None, now: dt.datetime) -> None:
        self.settings, self.now, self.root = settings, now, Path(settings.lake.root)
        self.id = certificate.new_id(now)
        self.kind = "calls" if customer is None else "customer"
        self.unfinished = register.to_continue(settings)
        folders = [run.path for run in self._folders()]
        self.targets = asked.with_doubles(settings, self._targets(calls, customer, folders), folders)
        register.refuse_held(settings, self.targets)
        self.calls: Calls = gather(settings, self.targets, folders)
        self.not_removed: list[dict[str, str]] = []
        self._share()
        self.needles = needles_of(settings, self.calls, folders)
        self.removed: dict[str, Removed] = {}
        self.days: dict[str, str] = {}
        self.refused: list[str] = []
        self.delete_recordings = False

    def _targets(self, calls: Sequence[Key], customer: str | None, folders: Sequence[Path]) -> list[Key]:
        """Those asked for, and those of erasures that were killed, as far as a row of them is left."""
        left = register.left_of(self.settings, self.unfinished, folders)
        if customer is None:
            return sorted({*asked.of_calls(self.settings, calls, folders), *left})
        try:
            return sorted({*asked.of_customer(self.settings, customer, folders), *left})
        except UsageError:
            if left and self.settings.source.customer_number == "hash":
                return left
            raise

    def _share(self) -> None:
        """What another call has too is that one's: the same bytes came under another id, or on another day."""
        shared = digests_of_others(self.settings, self.calls)
        for known in self.calls:
            if known.digests & shared:
                why = "another call has the same recording: erase that one too if it is meant"
                self.not_removed.append({"what": "the recording's digest in another call's row", "why": why})
            known.digests -= shared

    def _folders(self) -> list[Run]:
        return [*runs(self.settings, self.now), *quarantined(self.settings, self.now)]

    def refuse_named(self, *said: str) -> None:
        """Nothing of what is said of an erasure may be what it removes."""
        if any(self.needles.found_in(Value(text)) for text in said):
            raise UsageError(
                "the reason names a call or a customer that is to be erased, and would stay in the certificate",
                remedy="name the request instead, for example by its number",
            )

    def done(self, by: str, reason: str) -> Certificate:
        """Erase; returns the certificate, which is written."""
        needed.refuse(self.settings, self._folders(), self.needles)
        register.enter(self.settings, self.calls, self.id)
        # Once more: a run may have begun before it could know.
        needed.refuse(self.settings, self._folders(), self.needles)
        self._remove_files()
        self._remove_recordings()
        self._remove_rows(by)
        found = search.lake_of(self.settings, self.needles)
        made = self._certificate(by, reason, found, dry_run=False)
        certificate.write(self.root, made)
        register.finish(self.settings, self.unfinished, self.id)
        return made

    def tried(self, by: str, reason: str) -> Certificate:
        """What would be removed; changes nothing."""
        needed.refuse(self.settings, self._folders(), self.needles)
        units = self._units()
        units["cache"] = sorted({*units.get("cache", ()), *self._cached()})
        for place, paths in units.items():
            self._count(place, [lake.weight(path) for path in paths])
        self._count(SAMPLES, [samples.forget(self.root, self.needles, dry_run=True)])
        self._count(MESSAGES, [Removed(rows=forgetting.forget(self.root, set(self.targets), dry_run=True))])
        for day in self.calls.days():
            self._count("published rows", [self._published_rows(day)])
        self._keep_recordings() if not self.delete_recordings else None
        return self._certificate(by, reason, None, dry_run=True)

    def _units(self) -> dict[str, list[Path]]:
        units = places.units(self.root, self.needles)
        digests = {digest for known in self.calls for digest in known.digests}
        same = tried.of_recordings(self.root, digests)
        return {**units, tried.FOLDER: sorted({*units.get(tried.FOLDER, ()), *same})}

    def _cached(self) -> list[Path]:
        versions = caches.seen(self.settings)
        found: set[Path] = caches.alike(self.settings, list(self.calls))
        for known in self.calls:
            entries = caches.entries(self.settings, known, versions)
            found |= entries.sound | entries.facts | entries.heard
        return sorted(found)

    def _remove_files(self) -> None:
        self._count("cache", [lake.remove(path) for path in self._cached()])
        for place, paths in self._units().items():
            self._count(place, [_removed(place, path) for path in paths])
            for path in paths:
                lake.without_empty(path.parent)
        self._count(SAMPLES, [samples.forget(self.root, self.needles)])
        self._count(MESSAGES, [Removed(rows=forgetting.forget(self.root, set(self.targets)))])
        self._count("lines of the audit trail", [trail.forget(self.root, self.needles)])

    def _remove_recordings(self) -> None:
        if not self.delete_recordings:
            self._keep_recordings()
            return
        for known in self.calls:
            try:
                self._count("recordings in the source", [self._deleted(uri) for uri in sorted(known.uris)])
                gone = source.without_rows(self.settings, known.day, known.file_names)
                self._count("side-car rows in the source", [gone] if gone.rows else [])
            except SourceError as error:
                self.refused.append(error.message)
                self.not_removed.append({"what": "a recording in the source", "why": "the source refused"})

    def _deleted(self, uri: str) -> lake.Removed:
        return source.delete(uri, self.settings.source.storage)

    def _keep_recordings(self) -> None:
        opening = self.settings.source.storage
        there = sum(source.is_there(uri, opening) for known in self.calls for uri in known.uris)
        if there:
            why = (
                "they were to be kept; the register of erased calls keeps them from coming back into this lake, and"
                " your recorder's retention is what deletes them"
            )
            self.not_removed.append(
                {"what": f"{there} recording(s) in the source, with their side-car rows", "why": why}
            )

    def _remove_rows(self, by: str) -> None:
        wanted = set(self.targets)
        purged = warehouse.purge_added(self.settings.lake, lambda day, call_id: (day, call_id) in wanted)
        self._purged("reviews, gate results, holds", purged)
        for day in sorted({*self.calls.days(), *register.days_of(self.settings, self.unfinished)}):
            self._remove_day(day, by)

    def _remove_day(self, day: dt.date, by: str) -> None:
        before = self._published_rows(day)
        if warehouse.publications(self.settings.lake, day):
            ids = pa.array(self.calls.ids(day), pa.string())
            with tempfile.TemporaryDirectory() as folder:
                publication, changed = warehouse.rewrite_day(
                    self.settings.lake,
                    day,
                    lambda _, rows: rows.filter(pc.invert(pc.is_in(rows["call_id"], value_set=ids))),
                    origin=ORIGIN,
                    by=by,
                    reason=f"certificate {self.id}",
                    companions=lambda paths: places.companions(paths, Path(folder)),
                )
            said = f"publication {publication.sequence}" if changed else "as it was: no row of these calls"
            self.days[day.isoformat()] = said
        else:
            self.days[day.isoformat()] = "never published"
        self._count("published rows", [Removed(rows=before.rows)])
        self._purged("files of older publications", warehouse.purge_day(self.settings.lake, day))

    def _published_rows(self, day: dt.date) -> Removed:
        return Removed(rows=places.rows_of(self.settings, day, self.calls.ids(day)))

    def _purged(self, place: str, purged: warehouse.Purged) -> None:
        self._count(place, [Removed(len(purged.files), purged.bytes, sum(purged.rows.values()))])
        why = "another machine may be about to publish it; nothing of an erased call is: erase again later"
        self.not_removed += [{"what": places.shown(Path(path), self.root), "why": why} for path in purged.left]

    def _count(self, place: str, went: Sequence[Removed]) -> None:
        self.removed[place] = sum(went, self.removed.get(place, Removed()))

    def _certificate(self, by: str, reason: str, found: search.Searched | None, *, dry_run: bool) -> Certificate:
        digests = register.digests(self.settings, self.targets)
        unreadable = found.unreadable.items() if found else ()
        unread = [{"what": places.shown(Path(path), self.root), "why": why} for path, why in unreadable]
        return Certificate(
            id=self.id,
            at=self.now,
            by=by,
            reason=reason,
            request={
                "kind": self.kind,
                "days": [day.isoformat() for day in self.calls.days()],
                "calls": [{"day": day.isoformat(), "digest": digest} for (day, _), digest in digests.items()],
                "continues": self.unfinished,
            },
            removed=self.removed,
            days=self.days,
            searched=_searched(found, self.needles.counts()) if found else {},
            left=[
                *({"file": "the source", "kinds": ["recording"]} for _ in self.refused),
                *(
                    {"file": places.shown(trace.path, self.root, self.needles), "kinds": list(trace.kinds)}
                    for trace in (found.traces if found else ())
                ),
            ],
            not_removed=[*self.not_removed, *unread],
            dry_run=dry_run,
            versions={"callqa": callqa.__version__, "python": platform.python_version(), "pyarrow": pa.__version__},
        )


def _removed(place: str, path: Path) -> Removed:
    return tried.remove(path) if place == tried.FOLDER else lake.remove(path)


def _searched(found: search.Searched, kinds: Mapping[str, int]) -> dict[str, Any]:
    return {"files": found.files, "bytes": found.bytes, "for": dict(kinds)}
