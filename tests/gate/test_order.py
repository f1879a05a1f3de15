"""Keys in strictly rising order, in files of any number of row groups."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa.gate import order


@pytest.mark.parametrize(
    ("keys", "rising"),
    [
        ([], True),
        ([("a", 0)], True),
        ([("a", 0), ("a", 1), ("b", 0), ("c", 5)], True),
        ([("a", 0), ("a", 0)], False),
        ([("a", 1), ("a", 0)], False),
        ([("b", 0), ("a", 1)], False),
        ([("a", 0), ("b", 0), ("b", 0)], False),
        ([("9", 0), ("10", 0)], False),
    ],
)
@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_order_is_seen_across_batches(tmp_path, monkeypatch, keys, rising, batch):
    monkeypatch.setattr(order, "BATCH_ROWS", batch)
    path = tmp_path / "x.parquet"
    rows = pa.table(
        {"turn": pa.array([t for _, t in keys], pa.int64()), "call_id": pa.array([c for c, _ in keys], pa.string())}
    )
    pq.write_table(rows, path, row_group_size=2)
    assert order.strictly_rising(str(path), ("call_id", "turn")) is rising
