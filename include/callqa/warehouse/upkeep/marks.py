"""Which files the kept snapshots of the tables need."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from callqa.warehouse import catalog as catalogs
from callqa.warehouse import store

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table

READERS = 8
"""Threads: an object store answers each request for a manifest after some 20 ms."""


class Marks:
    """The names of all files that are needed; each look adds what has been committed since the one before.

    What was needed at an earlier look stays marked: that keeps a file for one sweep too long, and never takes one away.
    """

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._looked_at: set[str] = set()

    def look(self, catalog: Catalog) -> dict[str, Table]:
        """Read the tables as they are now; manifests never change, and are read once."""
        tables = {name: table for name in catalogs.RECORDS if (table := catalogs.load(catalog, name))}
        with ThreadPoolExecutor(READERS) as pool:
            for table in tables.values():
                self._add(table, pool)
        return tables

    def __contains__(self, address: str) -> bool:
        return same(address) in self._named

    def _add(self, table: Table, pool: ThreadPoolExecutor) -> None:
        metadata = table.metadata
        lists = [snapshot for snapshot in metadata.snapshots if snapshot.manifest_list not in self._looked_at]
        manifests = {m.manifest_path: m for found in pool.map(lambda s: s.manifests(table.io), lists) for m in found}
        new = [manifest for path, manifest in manifests.items() if path not in self._looked_at]
        for paths in pool.map(lambda manifest: _data_files(table, manifest), new):
            self._named.update(paths)
        self._name(own_files(table))
        self._name(manifests)
        self._looked_at.update(snapshot.manifest_list for snapshot in lists)
        self._looked_at.update(manifests)

    def _name(self, addresses: Iterable[str]) -> None:
        self._named.update(same(address) for address in addresses)


def own_files(table: Table) -> set[str]:
    """Metadata, statistics and lists of manifests of a table."""
    metadata = table.metadata
    return {
        table.metadata_location,
        *(entry.metadata_file for entry in metadata.metadata_log),
        *(file.statistics_path for file in (*metadata.statistics, *metadata.partition_statistics)),
        *(snapshot.manifest_list for snapshot in metadata.snapshots),
    }


def _data_files(table: Table, manifest: ManifestFile) -> list[str]:
    return [same(entry.data_file.file_path) for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)]


def same(address: str) -> str:
    """One spelling of an address: tables may name a folder by a link to it, and S3 by an older scheme."""
    if not store.is_remote(address):
        folder, _, name = store.local(address).rpartition("/")
        return f"{_real(folder)}/{name}"
    scheme, rest = address.split("://", 1)
    return f"{'s3' if scheme in ('s3a', 's3n') else scheme}://{rest}"


@functools.lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)
