"""What Iceberg's own files say of data files: which snapshots list them, and where values of their rows are told."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from callqa.settings import LakeSettings
from callqa.warehouse import store
from callqa.warehouse.upkeep.marks import READERS, same

if TYPE_CHECKING:
    from pyiceberg.manifest import ManifestEntry, ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

SUFFIX = ".avro"
LIST_PREFIX = "snap-"
"""How PyIceberg names the file that lists a snapshot's manifests; it holds days, and no other values."""


@dataclass(frozen=True)
class Listed:
    """A table's snapshots, and what they say of the files of a day that are to go."""

    manifests: dict[int, set[str]]
    """By snapshot: paths of its manifests …"""
    lists: dict[int, str]
    """… and of the file that lists them."""
    naming: set[str]
    """Manifests with an entry of a file that is to go, live or deleted …"""
    telling: set[str]
    """… and those of them in whose entry there are values of its rows."""
    files: set[str]
    """The files that are to go and that a manifest has."""

    def snapshots(self, manifests: set[str]) -> set[int]:
        """The snapshots that have one of these manifests."""
        return {snapshot for snapshot, paths in self.manifests.items() if paths & manifests}

    def metadata(self) -> set[str]:
        """All of Iceberg's files that the snapshots need."""
        return {path for paths in self.manifests.values() for path in paths} | set(self.lists.values())


class Look:
    """Looks through the snapshots of a table for the files of a day that are not wanted; without a day, for none.

    Lists and manifests never change, and are read once for all looks.
    """

    def __init__(self, day: date | None = None, wanted: frozenset[str] = frozenset()) -> None:
        self._day = day
        self._wanted = wanted
        self._lists: dict[str, list[ManifestFile]] = {}
        self._entries: dict[str, list[ManifestEntry]] = {}

    def at(self, table: Table) -> Listed:
        """The table as it is now."""
        snapshots = table.metadata.snapshots
        with ThreadPoolExecutor(READERS) as pool:
            lists = pool.map(functools.partial(self._list, table), snapshots)
            of_snapshot = {snapshot.snapshot_id: found for snapshot, found in zip(snapshots, lists, strict=True)}
            manifests = {one.manifest_path: one for found in of_snapshot.values() for one in found}
            found = dict(
                zip(manifests, pool.map(functools.partial(self._unwanted, table), manifests.values()), strict=True)
            )
        return Listed(
            manifests={snapshot: {one.manifest_path for one in of_one} for snapshot, of_one in of_snapshot.items()},
            lists={snapshot.snapshot_id: snapshot.manifest_list for snapshot in snapshots},
            naming={path for path, entries in found.items() if entries},
            telling={path for path, entries in found.items() if any(tells(table, entry) for entry in entries)},
            files={entry.data_file.file_path for entries in found.values() for entry in entries},
        )

    def _list(self, table: Table, snapshot: Snapshot) -> list[ManifestFile]:
        if snapshot.manifest_list not in self._lists:
            self._lists[snapshot.manifest_list] = list(snapshot.manifests(table.io))
        return self._lists[snapshot.manifest_list]

    def _unwanted(self, table: Table, manifest: ManifestFile) -> list[ManifestEntry]:
        if manifest.manifest_path not in self._entries:
            self._entries[manifest.manifest_path] = list(unwanted(table, manifest, self._day, self._wanted))
        return self._entries[manifest.manifest_path]


def unwanted(table: Table, manifest: ManifestFile, day: date | None, wanted: frozenset[str]) -> Iterator[ManifestEntry]:
    """The entries of a manifest that are of the day's files and not of the wanted ones, deleted entries too."""
    if day is None or not _may_have(manifest, day):
        return
    days = _days(day)
    for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
        partition = entry.data_file.partition
        if len(partition) and partition[0] == days and entry.data_file.file_path not in wanted:
            yield entry


def tells(table: Table, entry: ManifestEntry) -> bool:
    """Whether an entry has least or greatest values of other columns than the day."""
    day = table.schema().find_field("call_date").field_id
    bounds = {*(entry.data_file.lower_bounds or {}), *(entry.data_file.upper_bounds or {})}
    return bool(bounds - {day})


def left_behind(lake: LakeSettings, table: Table, known: set[str]) -> Iterator[tuple[str, ManifestFile]]:
    """The manifests in a table's folder that are not among the `known` files: of commits that never came about, and of
    snapshots that are gone."""
    from pyiceberg.manifest import ManifestContent, ManifestFile

    there = {same(path) for path in known}
    for path, length in store.listing(lake, store.local(f"{table.location()}/metadata")):
        name = path.rpartition("/")[2]
        if name.endswith(SUFFIX) and not name.startswith(LIST_PREFIX) and same(path) not in there:
            yield (
                path,
                ManifestFile.from_args(
                    manifest_path=path,
                    manifest_length=length,
                    partition_spec_id=0,
                    content=ManifestContent.DATA,
                    sequence_number=0,
                    min_sequence_number=0,
                    added_snapshot_id=0,
                ),
            )


def _may_have(manifest: ManifestFile, day: date) -> bool:
    """By the days between which a manifest's files lie, where it says so."""
    try:
        (summary,) = manifest.partitions or []
    except ValueError:
        return True
    if summary.lower_bound is None or summary.upper_bound is None:
        return True
    least, greatest = (struct.unpack("<i", bound)[0] for bound in (summary.lower_bound, summary.upper_bound))
    return bool(least <= _days(day) <= greatest)


def _days(day: date) -> int:
    """As Iceberg keeps a date."""
    return (day - date(1970, 1, 1)).days
