"""Which files are a day of a table, at the snapshot that a publication names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from callqa.contracts import Publication
from callqa.errors import StageError
from callqa.warehouse.catalog import of_day

if TYPE_CHECKING:
    from pyiceberg.table import Table


@dataclass(frozen=True)
class DataFile:
    """A file of the current state of a table."""

    path: str
    day: date | None
    snapshot: int | None
    """Which added it."""
    rows: int = 0
    size: int = 0
    """Bytes."""


def files_of(table: Table, name: str, publications: Sequence[Publication]) -> list[str]:
    """The files of table `name` in all `publications` (newest of each day), in the order given.

    Where the table's current files of a day were added by the very snapshot that the publication names, and that is
    so nearly always, they are the answer; else the snapshot itself is asked. One look at the manifests instead of
    one a day.

    Raises:
        StageError: a snapshot that the ledger names is no longer there.
    """
    current: dict[date | None, list[DataFile]] = {}
    for file in current_files(table):
        current.setdefault(file.day, []).append(file)
    paths: list[str] = []
    for publication in publications:
        if getattr(publication, f"rows_{name}"):
            snapshot = getattr(publication, f"snapshot_{name}")
            files = current.get(publication.call_date, [])
            settled = files and all(file.snapshot == snapshot for file in files)
            paths += [f.path for f in files] if settled else files_at(table, publication.call_date, snapshot)
    return paths


def current_files(table: Table) -> list[DataFile]:
    """Every data file of a table's newest state."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return []
    return [
        DataFile(
            path=entry.data_file.file_path,
            day=_day(entry.data_file.partition[0]),
            snapshot=entry.snapshot_id,
            rows=entry.data_file.record_count,
            size=entry.data_file.file_size_in_bytes,
        )
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    ]


def named_files(table: Table) -> set[str]:
    """Every data file that a snapshot of the table has, also of the older ones."""
    manifests = {m.manifest_path: m for snapshot in table.metadata.snapshots for m in snapshot.manifests(table.io)}
    return {
        entry.data_file.file_path
        for manifest in manifests.values()
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }


def files_at(table: Table, day: date, snapshot: int | None = None) -> list[str]:
    """The files of one day at a snapshot, by default the newest."""
    # PyIceberg plans no files for a snapshot that was expired, as if the day had no rows.
    if snapshot is not None and table.snapshot_by_id(snapshot) is None:
        raise StageError(
            f"{'.'.join(table.name())}: snapshot {snapshot}, which the ledger names for {day}, is no longer there",
            remedy=f"run {day} again: its publication makes a new snapshot",
        )
    tasks = table.scan(row_filter=of_day(day), snapshot_id=snapshot).plan_files()
    return sorted(task.file.file_path for task in tasks)


def _day(value: object) -> date | None:
    """Iceberg keeps a date as days since 1970-01-01."""
    from pyiceberg.utils.datetime import days_to_date

    return days_to_date(value) if isinstance(value, int) else None
