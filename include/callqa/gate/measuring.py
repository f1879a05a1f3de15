"""What the checks look at, counted where it lies: DuckDB over the day's files, in bounded memory.

Great Expectations on whole tables takes gigabytes for a day of ten million turns; so the numbers are made here and
judged there. Every number is exact, and the same however many threads count.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa import contracts
from callqa.errors import StageError
from callqa.gate import order, personal
from callqa.gate.check import Check, LikeHistory, NoRow, Within

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLES = 20
"""Offending rows that a check's result shows."""

MEMORY = "600MB"
"""Of DuckDB; what does not fit goes to a file of the run."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "recordings": ("call_id",), "calls": ("call_id",), "turns": ("call_id", "turn"), "events": ("call_id", "start"),
    "findings": ("call_id", "rule"),
}  # fmt: skip
"""What names a row of a table, and orders its samples."""

UNIQUE = ("calls", "turns", "findings")

PREPARED = (
    # Exact whatever the order in which threads add: whole billionths. Infinity where a value is no number.
    """create macro exact_mean(x) as case when bool_or(not (x between -1e6 and 1e6)) then 'infinity'::double
        else sum(try_cast(x * 1e9 as bigint))::double / 1e9 / count(x) end""",
    """create temp table turns_of as select call_id as id, count(*) as turns_there from turns group by call_id""",
    """create temp table findings_of as select call_id as id, count(*) as findings_there
        from findings group by call_id""",
    """create temp table call as select call_id as id, true as found, count(*) as call_rows,
        min(duration) as call_duration, min(channels) as call_channels, min(turn_count) as call_turns,
        min(event_classes) as call_event_classes from calls group by call_id""",
    """create temp table listed as select distinct call_id as id from recordings""",
)

VIEWS: Mapping[str, str] = {
    "recordings": """select r.call_id, coalesce(c.call_rows, 0) as call_rows
        from recordings r left join call c on c.id = r.call_id""",
    "calls": """select r.*, l.id is not null as in_manifest,
        coalesce(t.turns_there, 0) as turns_there, coalesce(f.findings_there, 0) as findings_there,
        len(rules_hit) + len(rules_unknown) + len(rules_crashed) as findings_named, {doubled} as doubled
        from calls r left join listed l on l.id = r.call_id left join turns_of t on t.id = r.call_id
        left join findings_of f on f.id = r.call_id""",
    "turns": """select r.*, c.*, coalesce(c.found, false) as call_there, {doubled} as doubled, {unmasked} as unmasked
        from turns r left join call c on c.id = r.call_id""",
    "events": """select r.*, c.*, coalesce(c.found, false) as call_there
        from events r left join call c on c.id = r.call_id""",
    "findings": """select r.*, c.*, coalesce(c.found, false) as call_there, {doubled} as doubled,
        {unmasked} as unmasked from findings r left join call c on c.id = r.call_id""",
}
"""The rows of a table with what conditions name besides its own columns: of its call, and whether its key is there
twice or personal data is left in it."""


@dataclass
class Measured:
    """What was found for a check."""

    number: float | int | None = None
    """The fact, or how many rows are at fault; None where there is nothing to check."""
    rows: int | None = None
    """That were looked at."""
    samples: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    """Why it could not be measured."""


@contextlib.contextmanager
def opened(
    files: Mapping[str, str], manifest: str, outcomes: Mapping[str, int], folder: str | Path
) -> Iterator[DuckDBPyConnection]:
    """The day's files as tables; what does not fit into memory goes to a temporary folder in `folder`.

    Raises:
        StageError: a file is missing or not Parquet.
    """
    import duckdb

    Path(folder).mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".scratch-", dir=folder) as scratch,
        duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": scratch}) as connection,
    ):
        # No answer depends on the order of rows; keeping it would cost memory.
        connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
        # The least and greatest values that Parquet states leave NaN out: nothing may be concluded from them.
        connection.execute("set disabled_optimizers = 'filter_pushdown,statistics_propagation'")
        try:
            _make(connection, {**files, "recordings": manifest}, outcomes)
        except (duckdb.Error, OSError, pa.ArrowInvalid) as error:
            raise StageError(f"cannot read the day's files: {error}", remedy="run export and gate again") from error
        yield connection


def _make(connection: DuckDBPyConnection, files: Mapping[str, str], outcomes: Mapping[str, int]) -> None:
    for name, path in files.items():
        quoted = str(path).replace("'", "''")
        connection.execute(f"create view {name} as from read_parquet(['{quoted}'], hive_partitioning = false)")
    counts = {name: [int(outcomes.get(name, 0))] for name in contracts.RESULTS}
    _store(connection, "outcomes", pa.table(counts))
    for statement in PREPARED:
        connection.execute(statement)
    for name, sql in VIEWS.items():
        marks = {"doubled": "false", "unmasked": "false"}
        if name in UNIQUE and not order.strictly_rising(files[name], KEYS[name]):
            marks["doubled"] = _mark_doubled(connection, name)
        if name in personal.QUOTED:
            marks["unmasked"] = _mark(connection, f"unmasked_{name}", name, personal.unmasked(name, files[name]))
        connection.execute(f"create view looked_at_{name} as {sql.format(**marks)}")


def _mark_doubled(connection: DuckDBPyConnection, name: str) -> str:
    keys = ", ".join(KEYS[name])
    found = connection.sql(f"select {keys} from {name} group by {keys} having count(*) > 1").to_arrow_table()
    return _mark(connection, f"doubled_{name}", name, found)


def _mark(connection: DuckDBPyConnection, mark: str, name: str, rows: pa.Table) -> str:
    """SQL that says of a row whether its key is among `rows`."""
    if not rows.num_rows:
        return "false"
    _store(connection, mark, rows)
    keys = ", ".join(KEYS[name])
    return f"({', '.join(f'r.{key}' for key in KEYS[name])}) in (select ({keys}) from {mark})"


def _store(connection: DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"create temp table {name} as select distinct * from incoming")
    connection.unregister("incoming")


def measure(connection: DuckDBPyConnection, checks: Sequence[Check]) -> dict[str, Measured]:
    """What each check but those of history finds, by id."""
    found = {}
    for table in contracts.TABLES.keys() | {"recordings"}:
        found.update(_count(connection, table, [c for c in checks if c.table == table]))
    for check in checks:
        if isinstance(check.expects, Within):
            found[check.id] = _fact(connection, check.expects)
    return {check.id: found[check.id] for check in checks if not isinstance(check.expects, LikeHistory)}


def _count(connection: DuckDBPyConnection, table: str, checks: Sequence[Check]) -> dict[str, Measured]:
    """All checks of a table in one reading of it; one by one where one of them cannot be computed."""
    import duckdb

    if not checks:
        return {}
    expected = [_no_row(check) for check in checks]
    counts = [f"count(*) filter (where ({e.of}) and ({e.fault})), count(*) filter (where {e.of})" for e in expected]
    try:
        row = connection.execute(f"select {', '.join(counts)} from looked_at_{table}").fetchall()[0]
        pairs = zip(row[::2], row[1::2], strict=True)
        return {
            check.id: Measured(wrong if rows else None, rows, _samples(connection, check) if wrong else [])
            for check, (wrong, rows) in zip(checks, pairs, strict=True)
        }
    except duckdb.Error as error:
        if len(checks) == 1:
            return {checks[0].id: Measured(error=f"{type(error).__name__}: {error}")}
    return {name: one for check in checks for name, one in _count(connection, table, [check]).items()}


def _no_row(check: Check) -> NoRow:
    if not isinstance(check.expects, NoRow):
        raise TypeError(f"{check.id}: a check of the rows of {check.table} expects {check.expects}")
    return check.expects


def _samples(connection: DuckDBPyConnection, check: Check) -> list[dict[str, Any]]:
    expected = _no_row(check)
    turn = "turn" if check.table == "turns" else "null"
    rows = connection.execute(
        f"select call_id, {turn}, {expected.value} as value from looked_at_{check.table}"
        f" where ({expected.of}) and ({expected.fault}) order by {', '.join(KEYS[check.table])}, 3 limit {SAMPLES}"
    ).fetchall()
    return [{"call_id": call_id, "turn": number, "value": value} for call_id, number, value in rows]


def _fact(connection: DuckDBPyConnection, expects: Within) -> Measured:
    import duckdb

    try:
        number = connection.execute(f"select {expects.value}").fetchall()[0][0]
    except duckdb.Error as error:
        return Measured(error=f"{type(error).__name__}: {error}")
    return Measured(number=number)
