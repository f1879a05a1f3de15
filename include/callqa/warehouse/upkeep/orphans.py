"""Mark and sweep: files of the warehouse that no kept snapshot needs are removed.

What is looked at: `<warehouse>/files/<table>/` (published files and what killed publishers left) and
`<warehouse>/tables/<table>/{data,metadata}/` (Iceberg's own). Nothing else of the warehouse is touched, and of these
folders only files whose names say that Iceberg or callqa wrote them.

Why no file goes that somebody needs:

* A file is removed only if no snapshot of any table names it, as the tables are *after* the folders were listed, and
  again while the publishers' lock is held, right before it is removed. Publishers of this machine hold that lock from
  the moment at which they put a file in place until the ledger names it: so a file that lay there long, and that a
  publisher is about to name again under the same digest, is either named by then, or put in place anew afterwards.
* Publishers on other machines do not see the lock. They put the file in place anew, or touch it, at the latest
  `files.REFRESH_AFTER` before they name it: it is younger than `grace`, and whether it is, is looked at again right
  before its removal. Between that look and the removal lie milliseconds; and should a publisher put the same file in
  place in just these, it sees before it writes to the ledger that the file is gone, and fails (`writer.commit`).
* Files of Iceberg's own have names that are never used twice: what nobody needs now, and is older than a commit takes
  (`grace`), nobody will ever need.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from callqa.contracts import TABLES
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import plan, store
from callqa.warehouse.store import Stored
from callqa.warehouse.upkeep.expiry import GRACE
from callqa.warehouse.upkeep.marks import Marks, same

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

LOCKED_SECONDS = 1.0
"""How long publishers wait at most for a slice of the removal."""
BETWEEN_SECONDS = 0.05
"""Between two slices, for a publisher that waits."""
OURS = re.compile(
    r".*\.parquet|\..*\.parquet\.tmp-[^/]*|.*\.avro|.*\.metadata\.json(\.gz)?|.*\.(stats|puffin)", re.ASCII
)
"""Names of files that Iceberg or callqa writes."""
METADATA = re.compile(r"(?P<version>\d+)-.*\.metadata\.json")


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep removed or, in a dry run, would have removed."""

    removed: list[Stored]
    kept: int
    """Files that stay: needed, or too young to tell."""
    dry_run: bool

    @property
    def bytes(self) -> int:
        """Of all that was removed; on a disk other names of the same bytes may keep them there."""
        return sum(file.size for file in self.removed)


def sweep(lake: LakeSettings, *, now: datetime, grace: timedelta = GRACE, dry_run: bool = False) -> Swept:
    """Remove the files that no kept snapshot needs and that are older than `grace`; `dry_run`: only tell them.

    `grace` has to be longer than a publication takes. Killed at any moment, what was not removed yet is removed by the
    next sweep.

    Raises:
        StageError: a file that a table needs is not among those that are there, or the tables of another catalog lie in
            the same folders: nothing is removed. Or the disk or object store refuses.
    """
    if not catalogs.exists(lake):
        return Swept(removed=[], kept=0, dry_run=dry_run)
    with catalogs.opened(lake) as catalog:
        marks = Marks()
        needed = _shown(marks.look(catalog))
        there = [file for folder in _folders(lake) for file in store.stored(lake, folder)]
        tables = marks.look(catalog)
        _require_all(lake, needed, there, tables)
        unneeded = [file for file in there if _is_ours(file) and file.address not in marks]
        _refuse_others(lake, tables, unneeded)
        old = [file for file in unneeded if file.changed_at < now - grace]
        removed = old if dry_run else list(_removed(lake, catalog, marks, old, now - grace))
    return Swept(removed=removed, kept=len(there) - len(removed), dry_run=dry_run)


def _folders(lake: LakeSettings) -> Iterator[str]:
    """Those of tables that we know; whatever else lies in the warehouse is not ours to judge."""
    location = store.location(lake)
    yield from (f"{location}/files/{name}" for name in TABLES)
    yield from (f"{location}/tables/{name}/{part}" for name in catalogs.RECORDS for part in ("data", "metadata"))


def _is_ours(file: Stored) -> bool:
    return bool(OURS.fullmatch(file.address.rpartition("/")[2]))


def _removed(
    lake: LakeSettings, catalog: Catalog, marks: Marks, files: list[Stored], before: datetime
) -> Iterator[Stored]:
    """Remove in slices, so that no publisher waits long; before each slice the tables are read again."""
    left = iter(files)
    for first in left:
        with catalogs.locked(lake):
            marks.look(catalog)
            until = time.monotonic() + LOCKED_SECONDS
            for file in _until(until, itertools.chain([first], left)):
                if _is_unneeded(lake, file, marks, before):
                    store.remove(lake, file.address)
                    yield file
        time.sleep(BETWEEN_SECONDS)


def _until(end: float, files: Iterable[Stored]) -> Iterator[Stored]:
    for file in files:
        yield file
        if time.monotonic() > end:
            return


def _is_unneeded(lake: LakeSettings, file: Stored, marks: Marks, before: datetime) -> bool:
    changed_at = store.changed_at(lake, file.address)
    return changed_at is not None and changed_at < before and file.address not in marks


def _shown(tables: dict[str, Table]) -> set[str]:
    return {same(file.path) for table in tables.values() for file in plan.current_files(table)}


def _require_all(lake: LakeSettings, needed: set[str], there: list[Stored], tables: dict[str, Table]) -> None:
    """Where files are named otherwise than they are listed, all would look as if nobody needed them."""
    ours = tuple(f"{same(f'{store.location(lake)}/{part}')}/" for part in ("files", "tables"))
    missing = {name for name in needed - {same(file.address) for file in there} if name.startswith(ours)}
    missing &= _shown(tables) if missing else set()  # and not replaced since
    if missing:
        raise StageError(
            f"{min(missing)}, which the tables need, is not there; nothing was removed"
            + (f" ({len(missing)} files are missing)" if len(missing) > 1 else ""),
            remedy="restore it, or publish its day again; nothing is swept until all files are there",
        )


def _refuse_others(lake: LakeSettings, tables: dict[str, Table], unneeded: list[Stored]) -> None:
    """Metadata that is not of these tables, or newer than theirs, is another catalog's or that of before a restore."""
    for file in unneeded:
        folder, _, name = file.address.rpartition("/")
        version = METADATA.fullmatch(name)
        if version and _is_others(lake, tables.get(folder.split("/")[-2]), file.address, int(version["version"])):
            raise StageError(
                f"{file.address} is not of the table that the catalog has under this name; nothing was removed",
                remedy="give each catalog a warehouse of its own (lake.warehouse); after the loss of a catalog restore"
                " its newest backup, or move the old folders `files` and `tables` away",
            )


def _is_others(lake: LakeSettings, table: Table | None, address: str, version: int) -> bool:
    """Attempts that were overtaken or killed leave metadata too: of the same table and at most one version ahead."""
    content = _content(lake, address)
    if not content.get("snapshots"):
        return False  # cut off, or of a table that was never used: two machines may have made it at once
    current = METADATA.fullmatch(table.metadata_location.rpartition("/")[2]) if table else None
    if table is None or current is None:
        return True
    return content.get("table-uuid") != str(table.metadata.table_uuid) or version > int(current["version"]) + 1


def _content(lake: LakeSettings, address: str) -> dict[str, Any]:
    try:
        content = json.loads(store.read(lake, address))
    except (ValueError, FileNotFoundError):
        return {}
    return content if isinstance(content, dict) else {}
