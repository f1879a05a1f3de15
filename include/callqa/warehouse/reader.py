"""SQL over what is published: every day as its newest publication left it, in all tables alike.

DuckDB reads the Parquet files that Iceberg plans; no extension of DuckDB is needed. A query sees only these files,
writes nothing and reaches nothing else on the machine.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa import arrow, contracts
from callqa.contracts import Publication
from callqa.errors import RemovedError, StageError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import ledger, plan, store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyiceberg.catalog import Catalog

READ_ATTEMPTS = 5
"""Each needs another erasure to take away, in these milliseconds, what was planned to be read."""

REMEDY = (
    "tables are calls, turns, events, findings, publications, gate_results, reviews, holds and erased; `describe calls`"
    " lists a table's columns"
)


def query(lake: LakeSettings, sql: str, parameters: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of one SELECT; `?` in it are taken from `parameters`.

    Tables: calls, turns, events, findings, publications, gate_results, reviews, holds, erased. They are there, without
    rows, where nothing was published. Maps come as dicts, times of day as datetimes in UTC.

    Raises:
        UsageError: the statement is not one SELECT, WITH, DESCRIBE, SHOW or SUMMARIZE, or DuckDB refuses it.
    """
    answer = table(lake, sql, parameters)
    columns = [_values(column) for column in answer.columns]
    return list(answer.column_names), list(zip(*columns, strict=True))


def table(lake: LakeSettings, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
    """The same as an Arrow table. Where a file is removed while it is read, the question is asked anew.

    Raises:
        UsageError: as `query`.
    """
    for _ in range(READ_ATTEMPTS - 1):
        with contextlib.suppress(RemovedError), reading(lake) as published:
            return published.table(sql, parameters)
    with reading(lake) as published:
        return published.table(sql, parameters)


@contextlib.contextmanager
def reading(lake: LakeSettings, at: Publication | None = None) -> Iterator[Reading]:
    """Many questions to one state: what is published now or, with `at`, that publication's day and no other.

    Raises:
        StageError: a snapshot that the ledger names is no longer there.
    """
    files, rows = _published(lake, at)
    with contextlib.ExitStack() as stack:
        with _explained(files):
            connection = stack.enter_context(_connect(lake, files, rows))
        yield Reading(connection, files, lambda path: _on_disk(lake, path, stack))


class Reading:
    """An open state of the warehouse; made by `reading`."""

    def __init__(
        self, connection: DuckDBPyConnection, files: dict[str, list[str]], on_disk: Callable[[str], str]
    ) -> None:
        self._connection = connection
        self._files = files
        self._on_disk = on_disk

    def files(self, table: str) -> list[str]:
        """The Parquet files that hold a table's rows; none where it has none.

        They are on a disk: those of an object store are copied to it, for as long as the reading is open.
        """
        return [self._on_disk(path) for path in self._files.get(table, [])]

    def file_count(self, table: str) -> int:
        """How many Parquet files hold a table's rows; unlike `files` it copies none."""
        return len(self._files.get(table, []))

    def batches(self, sql: str, parameters: Sequence[Any] = (), rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """The answer to one SELECT, at most `rows` rows of it in memory; several may be read side by side.

        Raises:
            UsageError: as `query`.
        """
        # A cursor of its own: a connection has one open answer at a time.
        with self._connection.cursor() as cursor, _explained(self._files):
            _refuse_all_but_one_select(cursor, sql)
            yield from cursor.sql(sql, params=list(parameters) or None).to_arrow_reader(rows)

    def table(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """The answer to one SELECT.

        Raises:
            UsageError: as `query`.
        """
        with _explained(self._files):
            _refuse_all_but_one_select(self._connection, sql)
            answer: pa.Table = self._connection.sql(sql, params=list(parameters) or None).to_arrow_table()
        return answer


@contextlib.contextmanager
def _explained(files: dict[str, list[str]]) -> Iterator[None]:
    """What DuckDB refuses, as an error of ours; one of these files may have been removed since they were planned."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        gone = isinstance(error, duckdb.IOException | duckdb.InvalidInputException | duckdb.PermissionException)
        if gone and any(path in str(error) for paths in files.values() for path in paths):
            raise RemovedError(
                f"a file of the published days cannot be read: {error}",
                remedy="ask again; where that does not help, restore it from a backup or run its day again",
            ) from error
        raise UsageError(str(error), remedy=REMEDY) from error


def _published(lake: LakeSettings, at: Publication | None) -> tuple[dict[str, list[str]], list[Publication]]:
    """The files of each table and the ledger; the ledger is read first, so the tables have what it names.

    Unless a day is published again and what it was is removed at once, in between: then all is read anew.
    """
    if not catalogs.exists(lake):
        return {}, []
    with catalogs.opened(lake) as catalog:
        rows = ledger.read(catalogs.load(catalog, catalogs.LEDGER))
        for _ in range(READ_ATTEMPTS - 1):
            try:
                return _files(catalog, rows, at), rows
            except (StageError, FileNotFoundError) as error:
                earlier, rows = rows, ledger.read(catalogs.load(catalog, catalogs.LEDGER))
                if isinstance(error, StageError) and rows == earlier:
                    raise
        return _files(catalog, rows, at), rows


def _files(catalog: Catalog, rows: list[Publication], at: Publication | None) -> dict[str, list[str]]:
    wanted = [at] if at else ledger.newest(rows)
    files: dict[str, list[str]] = {}
    for name in contracts.TABLES if rows else ():
        found = catalogs.load(catalog, name)
        files[name] = plan.files_of(found, name, wanted) if found else []
    for name in catalogs.ADDED_TO:
        found = catalogs.load(catalog, name)
        files[name] = [file.path for file in plan.current_files(found)] if found else []
    return {name: [store.local(path) for path in paths] for name, paths in files.items()}


def _on_disk(lake: LakeSettings, path: str, stack: contextlib.ExitStack) -> str:
    if not store.is_remote(path):
        return path
    copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / path.rpartition("/")[2]
    store.get(lake, path, copy)
    return str(copy)


def _connect(lake: LakeSettings, files: dict[str, list[str]], publications: list[Publication]) -> DuckDBPyConnection:
    connection = connected(lake, [path for paths in files.values() for path in paths])
    for name in make_contract(connection):
        connection.execute(f"create view {name} as {rows_of(name, files.get(name, []))}")
    _store(connection, "publications", arrow.to_table(Publication, publications))
    _lock_in(connection, [path for paths in files.values() for path in paths])
    return connection


def connected(lake: LakeSettings, addresses: list[str]) -> DuckDBPyConnection:
    """A database without a thing in it that can open these addresses, without extensions and in UTC."""
    import duckdb

    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    store.open_to(connection, lake, addresses)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def make_contract(connection: DuckDBPyConnection) -> list[str]:
    """Make the empty tables that `rows_of` needs, out of sight of `show tables`; returns their names."""
    records = {**contracts.TABLES, **catalogs.ADDED_TO}
    connection.execute("create schema contract")
    for name, record in records.items():
        _store(connection, f"contract.{name}", arrow.schema_of(record).empty_table())
    return list(records)


def _store(connection: DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"create table {name} as from incoming")
    connection.unregister("incoming")


def rows_of(table: str, paths: list[str]) -> str:
    """The SQL of a table's files; its empty table gives the contract's columns, also those that older files lack."""
    if not paths:
        return f"from contract.{table}"
    listed = ", ".join(_quoted(path) for path in paths)
    rows = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    return f"from contract.{table} union all by name from {rows}"


def _lock_in(connection: DuckDBPyConnection, paths: list[str]) -> None:
    """From here on the connection reads the published files and nothing else, and cannot be talked out of it."""
    connection.execute(f"set allowed_paths = [{', '.join(_quoted(path) for path in paths)}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set lock_configuration = true")


def _refuse_all_but_one_select(connection: DuckDBPyConnection, sql: str) -> None:
    from duckdb import StatementType

    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"{len(statements)} statements where one is wanted", remedy="give one SELECT")
    if statements[0].type != StatementType.SELECT:
        raise UsageError(
            f"{statements[0].type.name} is not a SELECT: the warehouse is only read here",
            remedy="give one SELECT, WITH, DESCRIBE or SHOW; what is published changes by running a day",
        )


def _values(column: pa.ChunkedArray[Any]) -> list[Any]:
    values = column.to_pylist(maps_as_pydicts="strict")
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        # DuckDB's sum of integers is a 128-bit integer, which Arrow only has as a decimal.
        return [int(value) if isinstance(value, Decimal) else value for value in values]
    return values


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
