"""What the lake and the source know of calls: enough to find every place where they are.

Looked at are the publications of their days, also superseded ones, the files of runs and of refused days, and the
source itself; so a call is found that was never published, and one of which half is erased already.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from callqa import storage, warehouse
from callqa.errors import CallQAError
from callqa.settings import Settings
from callqa.upkeep import source

CALL_COLUMNS = (
    "call_id", "file_name", "uri", "size_bytes", "sha256", "audio_version", "duration", "channels", "language_hint",
    "customer_id", "customer_number", "asr_digest", "audio", "reject_detail",
)  # fmt: skip
RUN_FILES = (
    "fetch/manifest.parquet", "prepare/*.recordings.parquet", "prepare/*.clips.parquet", "transcribe/*.parquet",
    "export/calls.parquet", "export/turns.parquet", "export/findings.parquet",
)  # fmt: skip
"""Of a run's folder: those that together hold everything that is known of a call."""
QUARANTINE_FILES = ("calls.parquet", "turns.parquet", "findings.parquet")


@dataclass
class Known:
    """All that is known of a call."""

    day: dt.date
    call_id: str
    file_names: set[str] = field(default_factory=set)
    uris: set[str] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    """SHA-256 of its recordings."""
    audio_versions: set[str] = field(default_factory=set)
    durations: set[tuple[float, int]] = field(default_factory=set)
    """Seconds and number of channels."""
    languages: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    """Digests of the models that heard it."""
    clip_files: set[str] = field(default_factory=set)
    """Paths of its clips' samples."""
    customers: set[str] = field(default_factory=set)
    """Its customer's id and number, as they are kept."""
    texts: set[str] = field(default_factory=set)
    """What was said."""

    @property
    def names(self) -> set[str]:
        """What names it wherever it stands."""
        return {self.call_id, *self.file_names, *self.uris, *self.digests}


class Calls:
    """What is known of some calls, by day and id, as it is found."""

    def __init__(self, wanted: Iterable[tuple[dt.date, str]]) -> None:
        self.by_key = {key: Known(*key) for key in sorted(set(wanted))}
        self.found: set[tuple[dt.date, str]] = set()
        """Those of which anything is known."""

    def __iter__(self) -> Iterator[Known]:
        return iter(self.by_key.values())

    def days(self) -> list[dt.date]:
        """Of the calls, in order."""
        return sorted({day for day, _ in self.by_key})

    def ids(self, day: dt.date | None = None) -> list[str]:
        """Of the calls of a day, or of all."""
        return sorted({call_id for of, call_id in self.by_key if day in (None, of)})

    def learn(self, rows: pa.Table, day: dt.date | None = None) -> None:
        """Take in rows of any table that has `call_id`; of `day`, where they do not say it themselves."""
        ids = pa.array(self.ids(), pa.string())
        for row in rows.filter(pc.is_in(rows["call_id"], value_set=ids)).to_pylist():
            key = (row.get("call_date", day), row["call_id"])
            if key in self.by_key:
                self.found.add(key)
                _learn(self.by_key[key], row)


def _learn(known: Known, row: dict[str, Any]) -> None:
    single: dict[str, set[Any]] = {
        "file_name": known.file_names, "uri": known.uris, "size_bytes": known.sizes, "sha256": known.digests,
        "audio_version": known.audio_versions, "language_hint": known.languages, "asr_digest": known.models,
        "audio": known.clip_files, "customer_id": known.customers, "customer_number": known.customers,
        "text": known.texts, "text_raw": known.texts, "message": known.texts,
    }  # fmt: skip
    for column, values in single.items():
        if row.get(column) not in (None, ""):
            values.add(row[column])
    if row.get("duration") is not None:
        known.durations.add((row["duration"], row.get("channels") or 0))
    known.texts |= {piece["text"] for piece in row.get("evidence") or () if piece["text"]}


def gather(settings: Settings, wanted: Iterable[tuple[dt.date, str]], runs: Sequence[Path]) -> Calls:
    """What is known of calls, by day and id; `runs` are the folders of runs and of refused days to look into."""
    calls = Calls(wanted)
    for day in calls.days():
        _published(settings, calls, day)
        _in_source(settings, calls, day)
    for folder in runs:
        for path in _files(folder):
            with contextlib.suppress(OSError, pa.ArrowException):
                for rows in _rows(path):
                    calls.learn(rows, _day(folder))
    return calls


def _published(settings: Settings, calls: Calls, day: dt.date) -> None:
    """Every publication of the day that can still be read."""
    ids = calls.ids(day)
    listed = ", ".join("?" for _ in ids)
    for publication in warehouse.publications(settings.lake, day):
        with contextlib.suppress(CallQAError), warehouse.reading(settings.lake, publication) as reading:
            for table in ("calls", "turns", "findings"):
                calls.learn(reading.table(f"select * from {table} where call_id in ({listed})", ids))  # noqa: S608


def _in_source(settings: Settings, calls: Calls, day: dt.date) -> None:
    for recording in source.recordings(settings, day):
        key = (day, recording.call_id)
        if key in calls.by_key:
            calls.found.add(key)
            _learn(calls.by_key[key], dataclasses.asdict(recording))
            digest = source.digest(recording.uri, settings.source.storage)
            calls.by_key[key].digests |= {digest} if digest else set()


def _files(folder: Path) -> Iterator[Path]:
    for pattern in (*RUN_FILES, *QUARANTINE_FILES):
        yield from sorted(folder.glob(pattern))


def _rows(path: Path) -> Iterator[pa.Table]:
    wanted = {*CALL_COLUMNS, "call_date", "text", "text_raw", "message", "evidence"}
    with pq.ParquetFile(path) as file:
        columns = [name for name in file.schema_arrow.names if name in wanted]
        if "call_id" in columns:
            for batch in file.iter_batches(batch_size=20_000, columns=columns):
                yield pa.Table.from_batches([batch])


def _day(folder: Path) -> dt.date | None:
    """Of a run's folder, for rows of clips and segments, which do not say their day."""
    for name in (folder.name[:10], folder.parent.name):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(name)
    return None


def ids_of(settings: Settings, day: dt.date, runs: Sequence[Path]) -> set[str]:
    """Every call id of a day that anything knows: to tell a mistyped one."""
    found = {recording.call_id for recording in source.recordings(settings, day)}
    for publication in warehouse.publications(settings.lake, day):
        with contextlib.suppress(CallQAError), warehouse.reading(settings.lake, publication) as reading:
            found |= {str(i) for i in reading.table("select call_id from calls")["call_id"].to_pylist()}
    for folder in runs:
        manifests = [folder / "fetch" / "manifest.parquet", folder / "calls.parquet"]
        for path in manifests if _day(folder) == day else ():
            with contextlib.suppress(CallQAError):
                found |= {str(i) for i in storage.read_table(path, ["call_id"])["call_id"].to_pylist()}
    return found
