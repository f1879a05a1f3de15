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
    from pyiceberg.table.snapshots import Snapshot
    from pyiceberg.typedef import Record


@dataclass(frozen=True)
class DataFile:
    """A file of a state of a table."""

    path: str
    day: date | None
    """None in a table without partitions."""
    snapshot: int | None
    """Which added it."""
    rows: int = 0
    size: int = 0
    """Bytes."""


def files_of(table: Table, name: str, publications: Sequence[Publication]) -> list[str]:
    """The files of table `name` in all `publications` (newest of each day), in the order given.

    Raises:
        StageError: a snapshot that the ledger names is no longer there.
    """
    return [path for paths in files_by_day(table, name, publications).values() for path in paths]


def files_by_day(table: Table, name: str, publications: Sequence[Publication]) -> dict[date, list[str]]:
    """The same by day; a day without rows has none.

    Where the table's current files of a day were added by the very snapshot that the publication names, and that is
    so nearly always, they are the answer; else that snapshot is asked, or another one that has the day as it left it.
    One look at the manifests instead of one a day, and the snapshots of days may be expired.

    Raises:
        StageError: no snapshot is there any more that has the day so.
    """
    current = _by_day(current_files(table))
    days: dict[date, list[str]] = {}
    for publication in publications:
        if getattr(publication, f"rows_{name}"):
            day, snapshot = publication.call_date, getattr(publication, f"snapshot_{name}")
            files = current.get(day, [])
            settled = _were_added_by(snapshot, files)
            days[day] = [f.path for f in files] if settled else files_at(table, day, carrier(table, day, snapshot))
    return days


def differing(table: Table, name: str, publications: Sequence[Publication]) -> list[Publication]:
    """Those of the publications whose files are not the table's current ones of their day."""
    current = _by_day(current_files(table))
    return [
        row
        for row in publications
        if getattr(row, f"rows_{name}")
        and not _were_added_by(getattr(row, f"snapshot_{name}"), current.get(row.call_date, []))
    ]


def carrier(table: Table, day: date, snapshot: int) -> int:
    """The snapshot itself; where it was expired the newest that has of the day what this one added, if there is any."""
    if table.snapshot_by_id(snapshot) is None:
        for other in reversed(snapshots(table)):
            if _were_added_by(snapshot, [file for file in files_in(table, other) if file.day == day]):
                return other.snapshot_id
    return snapshot


def snapshots(table: Table) -> list[Snapshot]:
    """The snapshots that a table keeps, oldest first."""
    return sorted(table.metadata.snapshots, key=lambda snapshot: snapshot.sequence_number or 0)


def current_files(table: Table) -> list[DataFile]:
    """Every data file of a table's newest state."""
    snapshot = table.current_snapshot()
    return files_in(table, snapshot) if snapshot else []


def files_in(table: Table, snapshot: Snapshot) -> list[DataFile]:
    """Every data file of a table at a snapshot."""
    return [
        DataFile(
            path=entry.data_file.file_path,
            day=_day(entry.data_file.partition),
            snapshot=entry.snapshot_id,
            rows=entry.data_file.record_count,
            size=entry.data_file.file_size_in_bytes,
        )
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    ]


def _by_day(files: list[DataFile]) -> dict[date | None, list[DataFile]]:
    found: dict[date | None, list[DataFile]] = {}
    for file in files:
        found.setdefault(file.day, []).append(file)
    return found


def _were_added_by(snapshot: int, files: list[DataFile]) -> bool:
    """Whether there are files, and all of them by this snapshot: a publication adds all files of its day at once."""
    return bool(files) and all(file.snapshot == snapshot for file in files)


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


def _day(partition: Record) -> date | None:
    """Iceberg keeps a date as days since 1970-01-01; a file of a table without partitions is of no day."""
    from pyiceberg.utils.datetime import days_to_date

    value = partition[0] if len(partition) else None
    return days_to_date(value) if isinstance(value, int) else None
