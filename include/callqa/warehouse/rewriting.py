"""A published day with rows changed or left out: new files, published as a new publication of the day.

What retention and erasure do to published days. The files that are replaced stay, and older publications with them,
until `purging.purge_day` removes them.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from callqa import arrow, contracts, storage
from callqa.contracts import PUBLISH_ORDER, Hold, Publication
from callqa.errors import StageError, StalePublicationError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import files, holds, ledger, plan, store, writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

Change = Callable[[str, pa.Table], pa.Table]
"""From a table's name and some of its rows to the same rows with other values, or fewer of them; columns stay."""

Companions = Callable[[Mapping[str, Path]], Mapping[str, str]]
"""From the day's files by table, one each, to its other files by kind, see `DayFiles.companions`."""

BATCH_ROWS = 20_000
"""Rows that are changed at once …"""
GROUP_ROWS = 100_000
"""… and that are written at once, as a row group."""


@dataclass(frozen=True)
class Part:
    """A table of the day: what it is to be."""

    kept: writer.Kept
    digest: str
    """SHA-256 of its file; of several, a list of theirs."""
    made: Path | None
    """The file that was written, None where the table stays as it is."""


def rewrite_day(
    lake: LakeSettings,
    day: date,
    change: Change,
    *,
    origin: str,
    by: str,
    reason: str,
    companions: Companions | None = None,
) -> tuple[Publication, bool]:
    """Publish the day's newest publication again, as `change` makes it; returns its publication and whether it is new.

    `change` is called with at most BATCH_ROWS rows at a time and sees each row once. It is nobody's to refuse: the day
    is read and published under the publisher's lock, and read again where another machine published meanwhile.
    Nothing is published where no row changes. `companions` makes the day's other files from the changed ones; they are
    put in place in any case, and before the publication, so that they never hold more than what is published.

    Raises:
        HeldError: a row of a held call would be changed or left out; nothing was changed.
        UsageError: the day was never published, or nobody or no reason is named.
        StageError: `change` gave other columns, a file or snapshot of the day is gone, or the disk is full.
    """
    if not (by.strip() and reason.strip()):
        raise UsageError(f"{day}: a change of what is published without a name or a reason", remedy="say who and why")
    wanted = _Wish(day, change, origin, by.strip(), reason.strip(), companions)
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        for _ in range(writer.COMMIT_ATTEMPTS):
            with workplace(lake) as folder, contextlib.suppress(StalePublicationError):
                return _rewrite(lake, catalog, wanted, folder)
    raise writer.busy(catalogs.LEDGER)


@dataclass(frozen=True)
class _Wish:
    """What `rewrite_day` was asked for."""

    day: date
    change: Change
    origin: str
    by: str
    reason: str
    companions: Companions | None


@contextlib.contextmanager
def workplace(lake: LakeSettings) -> Iterator[Path]:
    """An empty folder for files in the making, without what a killed rewriting left in it. Hold `catalog.locked`."""
    folder = catalogs.folder(lake) / "rewriting"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rewrite(lake: LakeSettings, catalog: Catalog, wish: _Wish, folder: Path) -> tuple[Publication, bool]:
    rows = ledger.read(ledger.reload(catalog), wish.day)
    if not rows:
        raise UsageError(f"{wish.day} was never published", remedy="there is nothing to change")
    held = holds.in_force(catalog, wish.day)
    parts = {name: _part(lake, catalog, name, rows[-1], wish.change, held, folder) for name in PUBLISH_ORDER}
    if wish.companions:
        paths = {name: _on_disk(lake, name, part, folder) for name, part in parts.items()}
        writer.accompany(lake, wish.day, wish.companions(paths))
    if not any(part.made for part in parts.values()):
        return rows[-1], False
    kept = {name: part.kept for name, part in parts.items()}
    digest = storage.digest_of({name: part.digest for name, part in parts.items()})

    def admit(now: Catalog) -> None:
        if holds.in_force(now, wish.day) != held:
            raise StalePublicationError(f"{wish.day}: a hold was placed or released on another machine meanwhile")

    return writer.commit(catalog, _wanted(wish, rows[-1]), digest, kept, admit)


def _wanted(wish: _Wish, newest: Publication) -> writer.Wanted:
    return writer.Wanted(
        day=wish.day,
        run_id=f"rewrite__{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        attempt=1,
        gate_result_id=newest.gate_result_id,
        approved_by=wish.by,
        approval_reason=wish.reason,
        origin=wish.origin,
        based_on=newest.sequence,
    )


def _part(
    lake: LakeSettings, catalog: Catalog, name: str, newest: Publication, change: Change, held: list[Hold], folder: Path
) -> Part:
    """A table of the newest publication after the change; its new file is kept among the published ones."""
    paths = plan.files_of(catalog.load_table((catalogs.NAMESPACE, name)), name, [newest])
    target = folder / f"{name}.parquet"
    guarded = holds.guarded(functools.partial(change, name), held, f"{newest.call_date}: {name} would be changed")
    rows = write_changed(lake, paths, guarded, target)
    if rows is None:
        digests = [path.rpartition("/")[2].removesuffix(".parquet") for path in paths]
        return Part(writer.Kept(paths, getattr(newest, f"rows_{name}")), ",".join(digests), None)
    digest = storage.file_digest(target)
    # A file without rows has no day, and no snapshot names it.
    kept = [files.keep(lake, name, newest.call_date, str(target), digest)] if rows else []
    return Part(writer.Kept(kept, rows), digest, target)


def write_changed(
    lake: LakeSettings, paths: list[str], change: Callable[[pa.Table], pa.Table], target: Path
) -> int | None:
    """Write the changed rows of files of one table to `target`; returns how many there are.

    None where `change` leaves every row as it is: then nothing is written.

    Raises:
        StageError: a file cannot be read, `change` gave other columns, or `target` cannot be written.
    """
    rows = 0
    with contextlib.ExitStack() as stack:
        out: _Out | None = None
        for number, before in enumerate(_batches(lake, paths)):
            after = _checked(before, change(before))
            if out is None and not after.equals(before):
                out = stack.enter_context(_Out(target, before.schema))
                for same in itertools.islice(_batches(lake, paths), number):
                    out.write(same)
            if out is not None:
                out.write(after)
            rows += after.num_rows
    return None if out is None else rows


def _batches(lake: LakeSettings, paths: list[str]) -> Iterator[pa.Table]:
    """The rows of files, at most BATCH_ROWS at a time; no file is read whole."""
    for path in paths:
        try:
            with store.parquet(lake, path) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowInvalid) as error:
            raise StageError(
                f"cannot read {path}, a file of the newest publication: {error}",
                remedy="restore it from a backup, or run the day again",
            ) from error


def _checked(before: pa.Table, after: pa.Table) -> pa.Table:
    if after.schema.equals(before.schema) and after.num_rows <= before.num_rows:
        return after
    raise StageError(
        f"a change of published rows gave {after.num_rows} rows of {after.schema.names} for {before.num_rows} of"
        f" {before.schema.names}",
        remedy="it may change values and leave rows out: types and names of columns stay, and no row is added",
    )


class _Out:
    """A Parquet file that is written a row group at a time, the same bytes for the same rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._waiting: list[pa.Table] = []

    def __enter__(self) -> _Out:
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            self._writer.close()

    def write(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        if sum(table.num_rows for table in self._waiting) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            # One chunk a column: how the rows were cut before must not show in the file's pages.
            self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks(), row_group_size=2 * GROUP_ROWS)
            self._waiting = []


def _on_disk(lake: LakeSettings, name: str, part: Part, folder: Path) -> Path:
    """The one file of a table, on a disk; of a table without rows a file without rows."""
    if part.made:
        return part.made
    if len(part.kept.paths) == 1 and not store.is_remote(part.kept.paths[0]):
        return Path(store.local(part.kept.paths[0]))
    batches = _batches(lake, part.kept.paths)
    first = next(batches, arrow.schema_of(contracts.TABLES[name]).empty_table())
    with _Out(folder / f"same-{name}.parquet", first.schema) as out:
        for rows in itertools.chain([first], batches):
            out.write(rows)
    return folder / f"same-{name}.parquet"
