"""Parquet: the tables as the contract has them, one sorted file each."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from callqa import arrow, contracts
from callqa.formats.day import Day
from callqa.formats.options import Options, Written

GROUP_ROWS = 50_000


def write(day: Day, folder: Path, options: Options) -> Written:  # noqa: ARG001 - nothing to choose
    """`calls`, `turns`, `events` and `findings`, a group of rows in memory at a time."""
    files = {}
    for table, record in contracts.TABLES.items():
        name = f"{table}.parquet"
        files[name] = _write(folder / name, arrow.schema_of(record), day, table)
    return Written(files)


def _write(path: Path, schema: pa.Schema, day: Day, table: str) -> int:
    # Days that an older version published have nulls where the contract has none.
    known = pa.schema([field.with_nullable(True) for field in schema])
    rows = 0
    with pq.ParquetWriter(path, known, compression="zstd") as writer:
        for batch in day.batches(table, rows=GROUP_ROWS):
            writer.write_table(pa.Table.from_batches([batch]).cast(known))
            rows += batch.num_rows
    return rows
