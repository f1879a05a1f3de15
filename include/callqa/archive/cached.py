"""How much of what was seen need not be heard again, told without reading a recording.

The caches go by content. A recording is looked up by what a listing says of it (day, name, size, etag) among those that
were published or prepared before; its SHA-256 then names the entries of the caches. Of a file that nobody read, nothing
is known without reading it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from callqa import storage, warehouse
from callqa.archive.looking import SeenDay, spaced
from callqa.contracts import Prepared, Recording
from callqa.errors import StageError
from callqa.prepare.recording import Ear
from callqa.settings import Settings
from callqa.transcribe.models import model_store
from callqa.transcribe.recordings import HeardCache, by_recording

MOST_DAYS = 60
MOST_OF_A_DAY = 100
"""Recordings that are looked up in the caches, each by reading a small file."""

Identity = tuple[str, str, int, str]
"""Day, name, size and etag: equal where nobody touched the file since."""

PUBLISHED = """
    select cast(call_date as varchar) as day, file_name, size_bytes, etag, sha256 from calls
    where call_date in (select unnest(?)) and file_name in (select unnest(?)) and sha256 is not null
"""
PREPARED = ["call_date", "file_name", "size_bytes", "etag", "sha256"]


@dataclass(frozen=True)
class Cached:
    """Of the recordings that were looked up: how many the model has heard, how many it has not, and of how many
    that cannot be known because nobody read them yet."""

    heard: int = 0
    not_heard: int = 0
    never_read: int = 0

    @property
    def looked_up(self) -> int:
        """All of them."""
        return self.heard + self.not_heard + self.never_read

    @property
    def share(self) -> float:
        """Of those that were looked up: heard."""
        return self.heard / self.looked_up if self.looked_up else 0.0


def cached(settings: Settings, days: Sequence[SeenDay]) -> Cached:
    """What the caches have of these days: all of them, or as many as may be looked up, in their order."""
    chosen = [one for one in days if one.recordings][:MOST_DAYS]
    # Nobody ever reads an empty file.
    recordings = [
        recording for one in chosen for recording in spaced(one.recordings, MOST_OF_A_DAY) if recording.size_bytes
    ]
    known = _known(settings, recordings)
    read = [(recording, known[key]) for recording in recordings if (key := _identity(recording)) in known]
    heard = _heard(settings, read) if read else 0
    return Cached(heard=heard, not_heard=len(read) - heard, never_read=len(recordings) - len(read))


def _known(settings: Settings, recordings: Sequence[Recording]) -> dict[Identity, str]:
    """The SHA-256 of those that were published or prepared before."""
    days = sorted({one.call_date for one in recordings})
    names = {one.file_name for one in recordings}
    known = dict(_published(settings, days, names))
    for day in days:
        known.update(_prepared(settings.lake.root, day, names))
    return known


def _identity(recording: Recording) -> Identity:
    return (recording.call_date.isoformat(), recording.file_name, recording.size_bytes, recording.etag)


def _published(settings: Settings, days: Sequence[dt.date], names: Set[str]) -> Iterator[tuple[Identity, str]]:
    _, rows = warehouse.query(settings.lake, PUBLISHED, [days, sorted(names)])
    return (((day, name, size, etag), sha256) for day, name, size, etag, sha256 in rows)


def _prepared(lake: str, day: dt.date, names: Set[str]) -> Iterator[tuple[Identity, str]]:
    """Recordings of a day in the folders of runs that were not published, or not to their end."""
    for path in Path(lake).glob(f"runs/{day}__*/prepare/*.recordings.parquet"):
        try:
            rows = storage.read_table(path, columns=PREPARED).to_pylist()
        except StageError:
            continue  # it is tidied away this moment
        for row in rows:
            if row["sha256"] and row["file_name"] in names:
                yield (str(row["call_date"]), row["file_name"], row["size_bytes"], row["etag"]), row["sha256"]


def _heard(settings: Settings, read: Iterable[tuple[Recording, str]]) -> int:
    """How many of these recordings the model of the settings has heard, as they would be cut into clips now."""
    ear = Ear(settings.lake.root, settings.source, settings.prepare)
    cache = HeardCache(settings.lake.root, settings.engine, model_store.identify(settings.engine))
    return sum(_is_heard(settings, ear, cache, recording, sha256) for recording, sha256 in read)


def _is_heard(settings: Settings, ear: Ear, cache: HeardCache, recording: Recording, sha256: str) -> bool:
    outcome = ear.remembered(recording, sha256)
    if outcome is None:
        return False
    return _nothing_to_hear(outcome.prepared) or all(
        cache.has(one) for one in by_recording(outcome.clips, settings.engine)
    )


def _nothing_to_hear(prepared: Prepared) -> bool:
    return prepared.reject_reason is not None
