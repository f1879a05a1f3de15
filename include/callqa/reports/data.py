"""What is published on some days, asked at one state of the warehouse, in bounded memory.

Every question of a report goes through one `Data`: the ledger and the tables are looked up once, so all numbers of all
pages agree. What is said in turns is never read whole: `said` and `moods` are counted from them, a day at a time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from callqa import contracts
from callqa.contracts import Publication
from callqa.errors import RemovedError, StageError
from callqa.settings import LakeSettings
from callqa.warehouse import reader, watch

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
MEMORY_MB = 1500
"""Of DuckDB, whatever the day's size; what needs more fails, and nothing of calls is left on a disk."""
ADDED = ("gate_results", "runs")
"""Tables to which rows are only added, and that are asked."""
LEAST_SECONDS = 0.5
"""A shorter turn is a breath or a hum, and has no mood."""

QUARTER = "cast(floor(epoch(started_at) / 900) as bigint)"
"""SQL: of a call, by which `clock` knows the hour; the offsets of all zones in use are whole quarters of an hour."""

SAID = f"""
    select call_date, call_id,
        arg_min(emotion, start) filter (where role = 'agent') as opening,
        arg_max(emotion, start) filter (where role = 'agent') as closing,
        count(*) filter (where role = 'agent')::integer as agent_turns,
        count(*) filter (where role = 'agent' and emotion <> 'unknown')::integer as agent_known,
        count(*) filter (where role = 'agent' and emotion = 'happy')::integer as agent_happy,
        count(*) filter (where role = 'customer')::integer as customer_turns,
        arg_min(emotion, start) filter (where role = 'customer' and emotion <> 'unknown') as customer_first,
        arg_max(emotion, start) filter (where role = 'customer' and emotion <> 'unknown') as customer_last
    from turns
    where call_date = ? and not coalesce(announcement, false) and "end" - start >= {LEAST_SECONDS}
    group by call_date, call_id
"""  # noqa: S608 - a constant of this module
"""A row a call: moods of the agent's first and last turn, and how many of them are warm."""

MOODS = f"""
    select t.call_date, c.agent_id, t.role, t.emotion, count(*)::integer as turns
    from turns t join calls c using (call_date, call_id)
    where t.call_date = ? and c.call_date = ? and not coalesce(t.announcement, false)
        and t."end" - t.start >= {LEAST_SECONDS}
    group by all
"""  # noqa: S608 - a constant of this module
"""Turns by day, agent, role and emotion."""


class Data:
    """The published rows of some days; made by `opened`."""

    def __init__(self, connection: DuckDBPyConnection, published: watch.Published) -> None:
        self._connection = connection
        self._counted: set[dt.date] = set()
        self.newest = published.newest

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The answer to one SELECT; values come as `?` only, never in the text.

        Raises:
            RemovedError: a file was removed since the state was looked up.
            StageError: the question needs more memory than a report may take.
        """
        with explained():
            answer = self._connection.sql(sql, params=list(parameters) or None)
            found: list[Row] = answer.to_arrow_table().to_pylist(maps_as_pydicts="strict")
            return found

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row:
        """The first row; of an aggregate there is always one."""
        return self.rows(sql, parameters)[0]

    def publications(self, days: Sequence[dt.date]) -> list[Publication]:
        """The newest publication of those of these days that have one."""
        return [self.newest[day] for day in days if day in self.newest]

    def set_clock(self, days: Sequence[dt.date], zone: dt.tzinfo) -> None:
        """Fill `clock`: the hour of day in a zone, of each quarter of an hour in which a call of these days began."""
        sql = f"""
            select distinct {QUARTER} as quarter from calls
            where call_date in (select unnest(cast(? as date[]))) and started_at is not null
        """  # noqa: S608 - a constant
        quarters = [row["quarter"] for row in self.rows(sql, [list(days)])]
        hours = [dt.datetime.fromtimestamp(quarter * 900, zone).hour for quarter in quarters]
        sql = "insert into clock select unnest(cast(? as bigint[])), unnest(cast(? as integer[]))"
        self._connection.execute(sql, [quarters, hours])

    def count_turns(self, days: Sequence[dt.date]) -> None:
        """Fill `said` and `moods` for some days, each once."""
        for day in [one for one in days if one in self.newest and one not in self._counted]:
            with explained():
                self._connection.execute(f"insert into said by name {SAID}", [day])
                self._connection.execute(f"insert into moods by name {MOODS}", [day, day])
            self._counted.add(day)


@contextlib.contextmanager
def opened(lake: LakeSettings, state: watch.Published, days: Sequence[dt.date]) -> Iterator[Data]:
    """The rows of these days at a state of the warehouse.

    Raises:
        RemovedError: as `Data.rows`.
    """
    files = {name: [path for day in days for path in state.of_day(name, day)] for name in contracts.TABLES}
    files |= {name: list(state.added.get(name, ())) for name in ADDED}
    connection = reader.connected(lake, [path for paths in files.values() for path in paths])
    with connection, explained():
        _prepare(connection, files)
        yield Data(connection, state)


def _prepare(connection: DuckDBPyConnection, files: dict[str, list[str]]) -> None:
    connection.execute(f"set memory_limit = '{MEMORY_MB}MB'")
    connection.execute(f"set threads = {min(4, len(os.sched_getaffinity(0)))}")
    connection.execute("set temp_directory = ''")
    connection.execute("set preserve_insertion_order = false")
    reader.make_contract(connection)
    for name, paths in files.items():
        connection.execute(f"create view {name} as {reader.rows_of(name, paths)}")
    connection.execute("create table clock (quarter bigint, hour integer)")
    connection.execute(f"create table said as from ({SAID}) limit 0", [dt.date.min])
    connection.execute(f"create table moods as from ({MOODS}) limit 0", [dt.date.min, dt.date.min])


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """What DuckDB cannot do, as an error of ours."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StageError(
            f"the report needs more than {MEMORY_MB} MB", remedy="make it of a shorter period: --period day"
        ) from error
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.PermissionException) as error:
        if ".parquet" not in str(error):
            raise
        raise RemovedError(
            f"a published file cannot be read: {error}",
            remedy="make the report again; where that does not help, look at `callqa warehouse status`",
        ) from error
