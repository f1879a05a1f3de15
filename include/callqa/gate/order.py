"""Whether a file's rows are in strictly rising order of their key: then no key is there twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BATCH_ROWS = 250_000


def strictly_rising(path: str, keys: Sequence[str]) -> bool:
    """Whether each row's key is greater than the one before; export's files are so where keys are unique."""
    last: pa.Table | None = None
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(keys)):
            rows = pa.table(batch)
            both = rows if last is None else pa.concat_tables([last, rows])
            if not _rising(both.select(list(keys))):
                return False
            last = rows.slice(max(0, rows.num_rows - 1)) if rows.num_rows else last
    return True


def _rising(rows: pa.Table) -> bool:
    before, after = rows.slice(0, max(0, rows.num_rows - 1)), rows.slice(1)
    greater: Any = None
    for key in reversed(rows.column_names):
        one = pc.greater(after.column(key), before.column(key))
        if greater is not None:
            one = pc.or_(one, pc.and_(pc.equal(after.column(key), before.column(key)), greater))
        greater = one
    return bool(pc.all(greater, min_count=0).as_py())
