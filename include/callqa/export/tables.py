"""Many shards' files of a table as one sorted file, without a row ever becoming a Python object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from callqa import arrow, contracts, storage
from callqa.errors import StageError

ORDER: Mapping[str, tuple[str, ...]] = {
    "calls": ("call_id",),
    "turns": ("call_id", "turn"),
    "events": ("call_id", "start", "end", "channel", "class"),
    "findings": ("call_id", "rule"),
}
"""What each table is sorted by. The sort is stable and a call is in one shard only, so ties keep the shard's order."""

GROUP_ROWS = 250_000
"""Rows of a Parquet row group; the sorted copy exists only one group at a time."""


def gather(table: str, sources: Sequence[str], target: str) -> int:
    """Write the rows of all `sources` to `target`, sorted by ORDER[table]; returns how many there are.

    Raises:
        StageError: a source is missing, unreadable or has other columns than the contract.
    """
    schema = arrow.schema_of(contracts.TABLES[table])
    together = pa.concat_tables([schema.empty_table(), *(_read(path, schema) for path in sources)])
    order = pc.sort_indices(together, sort_keys=[(column, "ascending") for column in ORDER[table]])
    with storage.atomic(target) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for offset in range(0, together.num_rows, GROUP_ROWS):
            # One chunk a column: how the rows were chunked before must not show in the file's pages.
            writer.write_table(
                together.take(order.slice(offset, GROUP_ROWS)).combine_chunks(), row_group_size=GROUP_ROWS
            )
    return together.num_rows


def digest(path: str) -> str:
    """SHA-256 of a shard's file.

    Raises:
        StageError: the file is not there.
    """
    try:
        return storage.file_digest(path)
    except OSError as error:
        raise StageError(
            f"cannot read {path}: {error.strerror}", remedy="run the stage that writes it again"
        ) from error


def _read(path: str, schema: pa.Schema) -> pa.Table:
    table = storage.read_table(path)
    if not table.schema.equals(schema):
        raise _difference(Path(path), schema, table.schema)
    return table


def _difference(path: Path, wanted: pa.Schema, found: pa.Schema) -> StageError:
    """The first column that is not as the contract says, in the contract's order."""
    remedy = "the file was written by another version of callqa: run its stage again"
    for field in wanted:
        if field.name not in found.names:
            return StageError(f"{path}: column {field.name} is missing", remedy=remedy)
        if not found.field(field.name).equals(field):
            got = found.field(field.name)
            return StageError(f"{path}: column {field.name} is {_words(got)}, not {_words(field)}", remedy=remedy)
    extra = [name for name in found.names if name not in wanted.names]
    if extra:
        return StageError(f"{path}: column {extra[0]} is not one of the contract", remedy=remedy)
    return StageError(f"{path}: the columns are in another order: {', '.join(found.names)}", remedy=remedy)


def _words(field: pa.Field[Any]) -> str:
    return f"{field.type}{'' if field.nullable else ' not null'}"
