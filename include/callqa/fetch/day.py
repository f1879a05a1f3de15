"""What a source has of a day: each recording with what is known of its call, and calls whose recording is not there.

By folders, by the names of files, by times, or as a database says.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import fnmatch
import hashlib
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from callqa import remote
from callqa.fetch import fields
from callqa.fetch.listing import DayFolder, Found, list_day, place_of, read_bytes
from callqa.fetch.sidecar import Row, Sidecar, join_key, read_sidecar
from callqa.settings import SourceSettings

NOBODY = Sidecar(rows={}, nameless=0)
AHEAD = dt.timedelta(days=1)
"""Of our clock, that a storage's may be."""


@dataclass(frozen=True, kw_only=True)
class SourceDay:
    """A day of the source before anything of it is read."""

    where: str
    """Its address, for messages."""
    recordings: list[tuple[Found, Row | None]]
    """By name."""
    missing: list[tuple[Row, str]]
    """Rows whose recording is not there, and where it should be."""
    told_by: str = "the side-car"
    """Who names recordings, for messages."""
    ignored: int = 0
    nameless: int = 0
    """Rows that name no recording."""
    unsettled: int = 0
    """Recordings left out because they may still be written."""
    told: str = ""
    """Digest of what is known of the calls."""

    def identity(self) -> list[Any]:
        """Equal where the same manifest follows."""
        files = [[file.uri, file.size_bytes, file.etag] for file, _ in self.recordings]
        return [files, self.ignored, self.told]


def look(source: SourceSettings, day: dt.date, settle_seconds: float = 0.0) -> SourceDay:
    """What the source has of a day; recordings that were changed in the last `settle_seconds` are left out.

    Raises:
        SourceError: it cannot be listed, or its side-car or database cannot be read.
        UnreachableError: the storage or database does not answer.
    """
    if source.calls.query:
        from callqa.fetch import database

        found = database.look(source, day)
    else:
        found = _of_folder(source, day)
    return _settled(found, settle_seconds) if settle_seconds else found


def _of_folder(source: SourceSettings, day: dt.date) -> SourceDay:
    folder = list_day(source, day)
    content = read_bytes(folder.sidecar, source) if folder.sidecar else b""
    sidecar = NOBODY
    if folder.sidecar:
        sidecar = read_sidecar(folder.sidecar.name, content, remote.shown(folder.sidecar.uri))
    files = [(file, sidecar.rows.get(join_key(file.name))) for file in folder.recordings]
    present = {join_key(file.name) for file in folder.recordings}
    missing = [(row, remote.join(folder.uri, key)) for key, row in sidecar.rows.items() if key not in present]
    if source.day_by == "time":
        files = [pair for pair in files if _day_of(*pair, source) == day]
        missing = [pair for pair in missing if _day_of(None, pair[0], source) == day]
    elif (names := place_of(source, day)[1]) != "*":  # the side-car may be of other days too
        missing = [pair for pair in missing if fnmatch.fnmatchcase(join_key(pair[0].file_name), names)]
    return SourceDay(
        where=remote.shown(folder.uri),
        recordings=files,
        missing=missing,
        told_by=folder.sidecar.name if folder.sidecar else "the side-car",
        ignored=folder.ignored,
        nameless=sidecar.nameless,
        told=_told(folder, content),
    )


def _told(folder: DayFolder, content: bytes) -> str:
    return f"{folder.sidecar and folder.sidecar.uri} {hashlib.sha256(content).hexdigest()}"


def _day_of(file: Found | None, row: Row | None, source: SourceSettings) -> dt.date | None:
    """The business day of a call: that of its beginning, else that on which its recording was written."""
    moment = _started(row, source) or (file.changed if file else None)
    return moment.astimezone(ZoneInfo(source.timezone)).date() if moment else None


def _started(row: Row | None, source: SourceSettings) -> dt.datetime | None:
    if row is None:
        return None
    known: dt.datetime | None = fields.typed(row.values, source, fields.Problems()).get("started_at")
    return known


def _settled(found: SourceDay, seconds: float) -> SourceDay:
    """Without what was changed a moment ago.

    A storage's clock may be ahead of ours: then the newest file of all says what time it is there. One that is behind
    makes a fresh file look old; `prepare` sees a file that changes while it is read. A time far ahead is no clock's: it
    says nothing of when its file was written, nor of the others.
    """
    now = dt.datetime.now(dt.UTC)
    times = {file.uri: file.changed for file, _ in found.recordings if file.changed and file.changed <= now + AHEAD}
    limit = max([now, *times.values()]) - dt.timedelta(seconds=seconds)
    kept = [pair for pair in found.recordings if times.get(pair[0].uri, limit) <= limit]
    return dataclasses.replace(found, recordings=kept, unsettled=len(found.recordings) - len(kept))
