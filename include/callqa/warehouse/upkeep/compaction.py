"""Many small files of a table as one.

The ledger, the reviews and the gate's results get a file a commit. Each reading opens all of them, so from time to time
they are written anew as one, in the order in which they are asked for.

The tables of days (calls, turns, events, findings) are never rewritten: each has one file a day already, and the ledger
names the snapshots in which these files lie.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import plan, reader, writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

ORDER: Mapping[str, tuple[str, ...]] = {
    catalogs.LEDGER: ("call_date", "sequence"),
    catalogs.REVIEWS: ("call_date", "call_id", "rule", "at"),
    catalogs.GATE_RESULTS: ("call_date", "gate_result_id", "position"),
    catalogs.HOLDS: ("call_date", "at"),
    catalogs.ERASED: ("call_date", "at"),
    catalogs.RUNS: ("call_date", "ended_at"),
}
"""How the rows of a table are sorted: by what readers ask for."""
FILES = 32
BATCH_ROWS = 10_000
MEMORY = "512MB"
"""That the sorting takes before it goes on in temporary files."""


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """A table that was rewritten."""

    table: str
    rows: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def compact(lake: LakeSettings, *, files: int = FILES) -> list[Compacted]:
    """Rewrite each table to which rows are only added, and that has more than `files` data files, as one file.

    The rows stay the same, in one commit that is refused if anybody added rows since they were read; it is then done
    again over what is there. Killed at any moment, the table is as before or as after. Files that a refused or killed
    attempt wrote belong to no snapshot; `sweep` removes them.

    Raises:
        StageError: the catalog stays busy, or a file of a table is gone.
    """
    if not catalogs.exists(lake):
        return []
    # The lock keeps the publishers of this machine from overtaking us; those of others are seen at the commit.
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        return [done for name in ORDER if (done := _compact(lake, catalog, name, files))]


def _compact(lake: LakeSettings, catalog: Catalog, name: str, files: int) -> Compacted | None:
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    for attempt in range(writer.COMMIT_ATTEMPTS):
        table = catalog.load_table((catalogs.NAMESPACE, name))
        before = plan.current_files(table)
        if len(before) <= max(files, 1):
            return None
        try:
            _rewrite(lake, table, name, before)
        except (CommitFailedException, ValidationException):
            writer.wait(attempt)
            continue
        return _compacted(name, before, plan.current_files(table))
    raise writer.busy(name)


def _rewrite(lake: LakeSettings, table: Table, name: str, before: list[plan.DataFile]) -> None:
    """All rows in place of all rows, onto the snapshot that was read: a commit made meanwhile makes this one fail."""
    import duckdb

    expected = sum(file.rows for file in before)
    try:
        with contextlib.closing(table.scan().to_arrow_batch_reader()) as rows, _sorted(lake, rows, name) as ordered:
            table.overwrite(pa.RecordBatchReader.from_batches(ordered.schema, _counted(name, ordered, expected)))
    except duckdb.Error as error:
        raise StageError(
            f"{catalogs.NAMESPACE}.{name} cannot be sorted: {error}",
            remedy=f"free memory, or space in {tempfile.gettempdir()}, and run it again; nothing was changed",
        ) from error


@contextlib.contextmanager
def _sorted(lake: LakeSettings, rows: pa.RecordBatchReader, name: str) -> Iterator[pa.RecordBatchReader]:
    with tempfile.TemporaryDirectory() as folder, reader.connected(lake, []) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = '{folder}'")
        ordered = connection.from_arrow(rows).order(", ".join(f'"{column}"' for column in ORDER[name]))
        yield ordered.to_arrow_reader(BATCH_ROWS).cast(rows.schema)


def _counted(name: str, rows: pa.RecordBatchReader, expected: int) -> Iterator[pa.RecordBatch]:
    """The rows; at their end, before anything is committed, they have to be as many as the table says it has."""
    found = 0
    for batch in rows:
        found += batch.num_rows
        yield batch
    if found != expected:
        raise StageError(
            f"{catalogs.NAMESPACE}.{name}: {found} rows were read where its files have {expected}; nothing was changed",
            remedy="look at the table's files (`callqa warehouse status`) and at other engines that write it",
        )


def _compacted(name: str, before: list[plan.DataFile], after: list[plan.DataFile]) -> Compacted:
    return Compacted(
        table=name,
        rows=sum(file.rows for file in before),
        files_before=len(before),
        files_after=len(after),
        bytes_before=sum(file.size for file in before),
        bytes_after=sum(file.size for file in after),
    )
