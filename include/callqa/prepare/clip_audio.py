"""The samples of a recording's clips as a file, written a few clips at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from callqa import arrow, storage
from callqa.contracts import ClipAudio

GROUP_BYTES = 4 << 20
"""Samples in a row group."""


def write(path: Path, rows: Iterable[ClipAudio]) -> None:
    """Write ClipAudio rows as Parquet, whole or not at all.

    Raises:
        StageError: the disk is full or the folder cannot be written.
    """
    # No two clips are the same and nobody looks for one by its samples: neither a dictionary nor statistics.
    how: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    schema = arrow.schema_of(ClipAudio)
    with storage.atomic(path) as temporary, pq.ParquetWriter(temporary, schema, **how) as out:
        for group in _groups(rows):
            out.write_table(arrow.to_table(ClipAudio, group))


def _groups(rows: Iterable[ClipAudio]) -> Iterator[list[ClipAudio]]:
    group: list[ClipAudio] = []
    size = 0
    for row in rows:
        group.append(row)
        size += len(row.pcm)
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
