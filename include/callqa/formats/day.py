"""A published day that is read as a stream: in the order of call ids, a few thousand rows in memory at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import pyarrow as pa

from callqa import arrow, contracts
from callqa.contracts import Call, Finding, Publication, Turn
from callqa.errors import StageError
from callqa.export.tables import ORDER
from callqa.warehouse import Reading

Record = TypeVar("Record", Call, Turn, Finding)
TURN_BATCH = 2_000
"""Turns in memory at once; with their words they are the largest rows."""


@dataclass(frozen=True)
class Heard:
    """A call that was heard, with all that is known of it."""

    call: Call
    turns: list[Turn]
    findings: list[Finding]


@dataclass(frozen=True)
class Day:
    """One publication of a day, open for reading; of it one call, where `call` names one."""

    publication: Publication
    reading: Reading
    call: str | None = None

    def batches(self, table: str, columns: str = "*", rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """A table's rows by call id; `columns` is the select list."""
        where, values = ("", []) if self.call is None else (" where call_id = ?", [self.call])
        # A day is one sorted file a table, and DuckDB keeps a file's order; a sort would hold the whole day.
        sort = "" if self.reading.file_count(table) <= 1 else f" order by {', '.join(map(_quoted, ORDER[table]))}"
        return self.reading.batches(f"select {columns} from {table}{where}{sort}", values, rows)  # noqa: S608 - names of ours

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The values of `columns`, which are names or SQL expressions, of each row."""
        for batch in self.batches(table, ", ".join(columns)):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def records(self, record: type[Record], rows: int = 10_000) -> Iterator[Record]:
        """The rows of a table as the contract's records."""
        table = next(name for name, kind in contracts.TABLES.items() if kind is record)
        for batch in self.batches(table, rows=rows):
            yield from arrow.from_table(record, pa.Table.from_batches([batch]))

    def heard(self) -> Iterator[Heard]:
        """Every call but the rejected ones, which nobody heard."""
        turns = Beside(self.records(Turn, TURN_BATCH))
        findings = Beside(self.records(Finding))
        for call in self.records(Call, 1_000):
            if call.status != "rejected":
                yield Heard(call, turns.of(call.call_id), findings.of(call.call_id))
        turns.finish()
        findings.finish()

    def rejected(self) -> list[str]:
        """Ids of the calls that were rejected."""
        return [call_id for call_id, status in self.rows("calls", ["call_id", "status"]) if status == "rejected"]


class OfCall(Protocol):
    """A row that belongs to a call."""

    @property
    def call_id(self) -> str:
        """Of the call."""


Row = TypeVar("Row", bound=OfCall)


class Beside(Generic[Row]):
    """The rows of each call, for somebody who goes through the calls in the order of their ids."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._groups = itertools.groupby(rows, key=lambda row: row.call_id)
        self._ahead: tuple[str, list[Row]] | None = None
        self._advance("")

    def of(self, call_id: str) -> list[Row]:
        """The rows of a call, none where it has none.

        Raises:
            StageError: the table is not sorted by call id.
        """
        while self._ahead and self._ahead[0] < call_id:
            self._advance(self._ahead[0])
        return self._ahead[1] if self._ahead and self._ahead[0] == call_id else []

    def finish(self) -> None:
        """Go through what nobody asked for, to see that it is sorted: else rows were missed.

        Raises:
            StageError: as `of`.
        """
        while self._ahead:
            self._advance(self._ahead[0])

    def _advance(self, last: str) -> None:
        found = next(self._groups, None)
        if found and found[0] < last:
            raise StageError(
                f"the published rows are not sorted: call {found[0]} comes after call {last}",
                remedy="run the day again: its files are written sorted",
            )
        self._ahead = (found[0], list(found[1])) if found else None


def _quoted(column: str) -> str:
    return f'"{column}"'
