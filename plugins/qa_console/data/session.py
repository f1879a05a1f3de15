"""The questions of one page, all answered by one snapshot, within a time that is theirs together."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa import contracts
from callqa.errors import RemovedError
from callqa.warehouse import reader
from callqa.warehouse.watch import Published
from qa_console.data.errors import FilterError, TooSlowError
from qa_console.data.records import Record, as_records

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
AGAIN_SECONDS = 0.05
NARROW = "ask for fewer days, or with narrower filters"


class Session:
    """A cursor on a snapshot; made by `Engine.session`."""

    def __init__(
        self, cursor: DuckDBPyConnection, published: Published, seconds: float, gone: Callable[[], None]
    ) -> None:
        self._cursor = cursor
        self.published = published
        self._seconds = self._left = seconds
        self._gone = gone

    def left(self) -> float:
        """Seconds that are left of the time that the session's questions may take."""
        return self._left

    def table(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """The answer to one SELECT over the views of `keeping`; values come as `?` only, never in the text.

        Raises:
            FilterError: a value is no text that can be looked for.
            TooSlowError: it takes longer than the session has, or more memory than there is.
            RemovedError: a published file is gone, by an erasure; the next session sees what there is since.
        """
        with self._limited():
            answer: pa.Table = self._cursor.sql(sql, params=_values(parameters)).to_arrow_table()
            return answer

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The same as dicts by column."""
        found: list[Row] = self.table(sql, parameters).to_pylist(maps_as_pydicts="strict")
        return found

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row:
        """The first row; of an aggregate there is always one."""
        return self.rows(sql, parameters)[0]

    def published_rows(
        self, record: type[Record], day: date, where: str, parameters: Sequence[Any], order: str
    ) -> list[Record]:
        """Rows of a day's files as records; what is younger than the day is as the contract has it by default."""
        table = next(name for name, kind in contracts.TABLES.items() if kind is record)
        paths = self.published.of_day(table, day)
        if not paths:
            return []
        sql = f"select * from ({reader.rows_of(table, list(paths))}) where {where} order by {order}"
        return as_records(record, self.table(sql, parameters))

    def files(self, table: str, days: Sequence[date]) -> list[str]:
        """The published files of a table on some days."""
        return [path for day in days for path in self.published.of_day(table, day)]

    @contextlib.contextmanager
    def given(self, name: str, rows: pa.Table) -> Iterator[None]:
        """A table that this session alone sees."""
        self._cursor.register(name, rows)
        try:
            yield
        finally:
            self._cursor.unregister(name)

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        import duckdb

        if self._left <= 0:
            raise self._too_slow()
        watchdog = _Watchdog(self._left, self._cursor.interrupt)
        began = time.monotonic()
        watchdog.start()
        try:
            with explained(self._gone):
                yield
        except duckdb.InterruptException as error:
            raise self._too_slow() from error
        finally:
            watchdog.cancel()
            self._left -= time.monotonic() - began

    def _too_slow(self) -> TooSlowError:
        return TooSlowError(f"this took longer than {self._seconds:g} s", remedy=NARROW)


def _values(parameters: Sequence[Any]) -> list[Any] | None:
    for value in parameters:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and not is_text(one):
                raise FilterError(f"{one[:20]!a} is no text", remedy="write it again")
    return list(parameters) or None


def is_text(value: str) -> bool:
    """Whether it can be written: a browser's percent signs can leave half of a character."""
    return value.isascii() or value.encode(errors="replace").decode() == value


class _Watchdog(threading.Timer):
    """Interrupts again and again once the time is over: an interrupt that comes before its question began is lost."""

    daemon = True

    def run(self) -> None:
        """Until it is cancelled."""
        self.finished.wait(self.interval)
        while not self.finished.wait(AGAIN_SECONDS):
            self.function()


@contextlib.contextmanager
def explained(gone: Callable[[], None]) -> Iterator[None]:
    """What DuckDB cannot do, as an error of ours; `gone` is told where a published file was removed."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise TooSlowError("this needs more memory than the console may use", remedy=NARROW) from error
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.PermissionException) as error:
        if ".parquet" not in str(error):
            raise
        gone()
        raise RemovedError(
            f"a published file cannot be read: {error}",
            remedy="reload the page; where that does not help, look at `callqa warehouse status`",
        ) from error
