"""`daily_qc.json`, the flat file of the first version of this system, made from what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from callqa.export import daily
from callqa.formats.day import Day
from callqa.formats.options import Options, Written


def write(day: Day, folder: Path, options: Options) -> Written:  # noqa: ARG001 - nothing to choose
    """The same bytes as the publication's own `daily_qc.json`; one call in memory at a time."""
    rejected = day.rejected()
    calls, turns = _rows(day, "calls", daily.CALL_COLUMNS), _rows(day, "turns", daily.TURN_COLUMNS)
    count = daily.write_entries(folder / "daily_qc.json", daily.entries(calls, turns))
    return Written({"daily_qc.json": count}, {"rejected: nothing was heard": rejected} if rejected else {})


def _rows(day: Day, table: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for batch in day.batches(table, ", ".join(columns)):
        yield from batch.to_pylist()
