"""Snapshots and files that go at once, and the account of what went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import store, writer
from callqa.warehouse.store import Stored

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

AT_WORK = timedelta(minutes=30)
"""How long a publisher on another machine may take from putting a file in place to the commit that names it."""


@dataclass(frozen=True)
class Removed:
    """A file or object that is gone."""

    address: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What a removal took away."""

    files: list[Removed] = field(default_factory=list)
    """Data files and files of Iceberg's own."""
    snapshots: dict[str, list[int]] = field(default_factory=dict)
    """By table."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows that were left out or changed, by table."""
    left: list[str] = field(default_factory=list)
    """Files that no snapshot names and that another machine may be about to publish: do it again later. Nothing of
    erased calls is published out of them, and where the catalog is the lake's own there are none."""

    @property
    def bytes(self) -> int:
        """Of all removed files."""
        return sum(file.bytes for file in self.files)


def together(parts: Iterable[Purged]) -> Purged:
    """Several removals as one."""
    whole = Purged()
    for part in parts:
        whole.files.extend(part.files)
        whole.left.extend(part.left)
        for table, ids in part.snapshots.items():
            whole.snapshots.setdefault(table, []).extend(ids)
        for table, count in part.rows.items():
            whole.rows[table] = whole.rows.get(table, 0) + count
    return whole


def remove(lake: LakeSettings, addresses: Iterable[str]) -> list[Removed]:
    """Remove files; those that are gone already are not in the answer."""
    gone = ((address, store.remove(lake, address)) for address in addresses)
    return [Removed(store.local(address), length) for address, length in gone if length is not None]


def at_work(lake: LakeSettings, file: Stored) -> bool:
    """Whether a file that no snapshot names may be one that another machine is about to commit.

    Not where the catalog is the lake's own: whoever holds `catalog.locked` is its only writer.
    """
    return catalogs.is_elsewhere(lake) and file.changed_at > datetime.now(UTC) - AT_WORK


def expire(catalog: Catalog, name: str, unneeded: Callable[[Table], set[int]]) -> list[int]:
    """Take the snapshots out of a table that `unneeded` names, but never the one that it is at; returns which.

    Raises:
        StageError: the catalog stays busy.
    """
    failure: Exception | None = None
    for attempt in range(writer.COMMIT_ATTEMPTS):
        table = catalog.load_table((catalogs.NAMESPACE, name))
        wanted = unneeded(table) - {ref.snapshot_id for ref in table.metadata.refs.values()}
        ids = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id in wanted]
        if not ids or (failure := _taken_out(catalog, table, ids)) is None:
            return ids
        writer.wait(attempt)
    raise writer.busy(name) from failure


def _taken_out(catalog: Catalog, table: Table, snapshots: list[int]) -> Exception | None:
    """Why it was refused, None where it was not: the table has to be at the snapshot at which it was looked at.

    `table.maintenance.expire_snapshots()` does the same and copies the metadata twice for each snapshot: minutes for a
    year of days. It also does not look whether the table changed.
    """
    from pyiceberg.exceptions import CommitFailedException
    from pyiceberg.table.refs import MAIN_BRANCH
    from pyiceberg.table.update import AssertRefSnapshotId, AssertTableUUID, RemoveSnapshotsUpdate

    current = {"type": "assert-ref-snapshot-id", "ref": MAIN_BRANCH, "snapshot-id": table.metadata.current_snapshot_id}
    unchanged = AssertTableUUID(uuid=table.metadata.table_uuid), AssertRefSnapshotId.model_validate(current)
    update = RemoveSnapshotsUpdate.model_validate({"action": "remove-snapshots", "snapshot-ids": sorted(snapshots)})
    try:
        catalog.commit_table(table, unchanged, (update,))
    # PyIceberg's words for snapshots that another machine has just expired are a ValueError.
    except (CommitFailedException, ValueError) as error:
        return error
    return None


def unnamed(lake: LakeSettings, folder: str, named: set[str]) -> Iterator[Stored]:
    """The files below a folder that are not among the `named` ones, by `marks.same`."""
    from callqa.warehouse.upkeep.marks import same

    return (file for file in store.stored(lake, folder) if same(file.address) not in named)
