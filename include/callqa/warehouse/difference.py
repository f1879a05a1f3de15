"""What changed between two publications of a day, row by row, by DuckDB over the files of both.

Rows are matched by what names them. First only digests of rows are compared; columns are looked at where those differ.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa import arrow, contracts
from callqa.contracts import Publication
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import ledger, reader, rollback, store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEYS: Mapping[str, tuple[str, ...]] = {
    "calls": ("call_id",),
    "turns": ("call_id", "turn"),
    "events": ("call_id", "channel", "class", "start", "end", "detector"),
    "findings": ("call_id", "rule"),
}
"""What names a row of a day; where several rows have one name they are numbered."""
KINDS = ("added", "removed", "changed")
SAMPLES = 5
MEMORY = "1GB"
"""That DuckDB takes before it goes on in temporary files."""


@dataclass(frozen=True, kw_only=True)
class TableDifference:
    """How a table's day changed: numbers of rows, and the first few by name."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: dict[str, int] = dataclasses.field(default_factory=dict)
    """Of the changed rows: how many differ in a column, most first."""
    samples: dict[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)
    """Rows that were `added`, `removed`, `changed`: what names them and, of changed ones, the `columns`."""


@dataclass(frozen=True)
class Difference:
    """What a publication changed against an earlier (or any other) one of its day."""

    first: Publication
    second: Publication
    tables: dict[str, TableDifference]


def compare(lake: LakeSettings, day: date, first: int | None = None, second: int | None = None) -> Difference:
    """Compare two publications of a day by sequence: by default the newest with the one before `second`.

    Raises:
        UsageError: the day has no such publication.
        StageError: a snapshot or file of one is no longer there.
    """
    rows = ledger.publications(lake, day)
    after = ledger.of_sequence(rows, day, (rows[-1].sequence if rows else 0) if second is None else second)
    before = ledger.of_sequence(rows, day, after.sequence - 1 if first is None else first)
    files = _files(lake, before, after)
    tables = {}
    with _connected(lake, files) as connection:
        for name, (old, new) in files.items():
            same = sorted(old) == sorted(new)
            tables[name] = TableDifference() if same else _table(connection, name, old, new)
    return Difference(before, after, tables)


def _files(lake: LakeSettings, first: Publication, second: Publication) -> dict[str, tuple[list[str], list[str]]]:
    with catalogs.opened(lake) as catalog:
        return {
            name: (
                [store.local(path) for path in rollback.kept(lake, catalog, name, first).paths],
                [store.local(path) for path in rollback.kept(lake, catalog, name, second).paths],
            )
            for name in contracts.TABLES
        }


@contextlib.contextmanager
def _connected(lake: LakeSettings, files: dict[str, tuple[list[str], list[str]]]) -> Iterator[DuckDBPyConnection]:
    addresses = [path for pair in files.values() for paths in pair for path in paths]
    with tempfile.TemporaryDirectory() as folder, reader.connected(lake, addresses) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = '{folder}'")
        connection.execute("set preserve_insertion_order = false")
        reader.make_contract(connection)
        yield connection


def _table(connection: DuckDBPyConnection, name: str, old: list[str], new: list[str]) -> TableDifference:
    columns = arrow.schema_of(contracts.TABLES[name]).names
    keys = [*(f'"{key}"' for key in KEYS[name]), "copy"]
    for view, paths in (("before", old), ("after", new)):
        connection.execute(f"create or replace view {view} as {_numbered(name, paths, keys[:-1], columns)}")
    connection.execute(f"create or replace temp table differing as {_differing(keys, columns)}")
    counts = dict(connection.execute("select kind, count(*) from differing group by all").fetchall())
    compared = [column for column in columns if column not in KEYS[name]]
    return TableDifference(
        **counts,
        columns=_columns(connection, keys, compared) if counts.get("changed") else {},
        samples={kind: _samples(connection, kind, keys, compared) for kind in KINDS if kind in counts},
    )


def _numbered(name: str, paths: list[str], keys: list[str], columns: list[str]) -> str:
    """The rows with `copy`, the number of a row among those of one name; calls and turns have one of each."""
    if name in ("calls", "turns"):
        return f"select *, 1 as copy from ({reader.rows_of(name, paths)})"
    order = f"row_number() over (partition by {', '.join(keys)} order by {_digest(columns)})"
    return f"select *, {order} as copy from ({reader.rows_of(name, paths)})"


def _digest(columns: list[str]) -> str:
    """Of all columns of a row, 64 bits: one changed row in 10^19 is taken for unchanged."""
    return f"hash({', '.join(_quoted(columns))})"


def _differing(keys: list[str], columns: list[str]) -> str:
    sides = (f"(select {', '.join(keys)}, {_digest(columns)} as digest from {view})" for view in ("before", "after"))
    old, new = sides
    return f"""
        select {", ".join(keys)},
            case when b.digest is null then 'added' when a.digest is null then 'removed' else 'changed' end as kind
        from {old} b full join {new} a using ({", ".join(keys)}) where a.digest is distinct from b.digest"""


def _columns(connection: DuckDBPyConnection, keys: list[str], columns: list[str]) -> dict[str, int]:
    counted = ", ".join(f"count_if({_differs(column)})" for column in _quoted(columns))
    (found,) = connection.execute(f"select {counted} from {_both(keys)}").fetchall()
    by_column = {column: int(count) for column, count in zip(columns, found, strict=True) if count}
    return dict(sorted(by_column.items(), key=lambda item: -item[1]))


def _samples(connection: DuckDBPyConnection, kind: str, keys: list[str], columns: list[str]) -> list[dict[str, Any]]:
    named = ", ".join(keys[:-1])
    what, source = f"{named}, {_which(columns)}", _both(keys)
    if kind != "changed":
        what, source = named, f"differing where kind = '{kind}'"
    answer: pa.Table = connection.sql(f"select {what} from {source} order by {named} limit {SAMPLES}").to_arrow_table()
    return answer.to_pylist()


def _which(columns: list[str]) -> str:
    """Of a changed row: the list of columns that differ."""
    pairs = zip(columns, _quoted(columns), strict=True)
    cases = ", ".join(f"case when {_differs(quoted)} then '{name}' end" for name, quoted in pairs)
    return f"list_filter([{cases}], lambda name: name is not null) as columns"


def _both(keys: list[str]) -> str:
    by = f"using ({', '.join(keys)})"
    changed = "(from differing where kind = 'changed') d"
    return f"{changed} join before b {by} join after a {by}"


def _differs(column: str) -> str:
    return f"a.{column} is distinct from b.{column}"


def _quoted(columns: list[str]) -> list[str]:
    return [f'"{column}"' for column in columns]
