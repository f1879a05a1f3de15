"""What the warehouse holds: its tables, the days, and what lies about that nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import ledger, plan, store
from callqa.warehouse.plan import DataFile

if TYPE_CHECKING:
    from pyiceberg.table import Table

NAMED = 5
"""Unnamed files that a status lists."""


@dataclass(frozen=True, kw_only=True)
class TableState:
    """A table's newest state."""

    name: str
    rows: int
    files: int
    bytes: int
    snapshots: int
    """Kept, this one included."""
    changed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DayState:
    """A published day."""

    publications: int
    newest: Publication
    differing: list[str]
    """Tables whose plain state is not the newest publication: between two commits, or after a kill."""
    lost: list[str]
    """Tables whose snapshot of the newest publication is no longer there."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """All of the warehouse at a glance."""

    catalog: str
    """Without its password."""
    location: str
    tables: list[TableState]
    days: list[DayState]
    unpublished: list[date]
    """Days that have rows in a table and no publication: a first publication was killed, or is at work."""
    unnamed: int | None
    """Parquet files that no snapshot names: a publisher at work has some, a killed one left some. None: not
    looked for."""
    unnamed_bytes: int
    unnamed_first: list[str]


@dataclass(frozen=True, kw_only=True)
class Past:
    """A publication of a day, as its history shows it."""

    publication: Publication
    newest: bool
    readable: bool
    """Whether its rows can still be read, compared and rolled back to."""
    gate: dict[str, int]
    """Checks of its gate result by what came out; empty where none were kept."""


def status(lake: LakeSettings, *, unnamed: bool = True) -> Status:
    """The state of the warehouse; `unnamed`: also look for files that no snapshot names, which reads every manifest."""
    if not catalogs.exists(lake):
        return _status(lake, [], [], [], None if not unnamed else [])
    with catalogs.opened(lake) as catalog:
        # Listed before the tables are loaded: what is published meanwhile is then named, and not the other way round.
        there = _listing(lake) if unnamed else None
        publications = ledger.read(catalogs.load(catalog, catalogs.LEDGER))
        tables = {name: table for name in catalogs.RECORDS if (table := catalogs.load(catalog, name))}
        files = {name: plan.current_files(table) for name, table in tables.items()}
        days = [_day(tables, files, row, publications) for row in ledger.newest(publications)]
        known = {day.newest.call_date for day in days}
        held = {file.day for name in PUBLISH_ORDER for file in files.get(name, []) if file.day}
        states = [_table(name, table, files[name]) for name, table in tables.items()]
        return _status(lake, states, days, sorted(held - known), None if there is None else _unnamed(there, tables))


def history(lake: LakeSettings, day: date | None = None) -> list[Past]:
    """Every publication of a day, or of all, by day and sequence."""
    if not catalogs.exists(lake):
        return []
    with catalogs.opened(lake) as catalog:
        rows = ledger.read(catalogs.load(catalog, catalogs.LEDGER), day)
        tables = {name: table for name in PUBLISH_ORDER if (table := catalogs.load(catalog, name))}
        there = {name: {snapshot.snapshot_id for snapshot in t.metadata.snapshots} for name, t in tables.items()}
        checks = _checks(catalogs.load(catalog, catalogs.GATE_RESULTS), day)
        last = {row.call_date: row.sequence for row in ledger.newest(rows)}
        return [
            Past(
                publication=row,
                newest=(newest := row.sequence == last[row.call_date]),
                readable=all(_is_readable(row, name, tables.get(name), there, newest) for name in PUBLISH_ORDER),
                gate=checks.get(row.gate_result_id, {}),
            )
            for row in rows
        ]


def _checks(table: Table | None, day: date | None) -> dict[str, dict[str, int]]:
    """Numbers of the gate's checks by gate result and by what came out."""
    if table is None:
        return {}
    columns = ["gate_result_id", "result"]
    wanted = table.scan(selected_fields=tuple(columns))
    rows = (wanted if day is None else wanted.filter(catalogs.of_day(day))).to_arrow()
    found: dict[str, dict[str, int]] = {}
    for row in rows.group_by(columns).aggregate([([], "count_all")]).sort_by("result").to_pylist():
        found.setdefault(row["gate_result_id"], {})[row["result"]] = row["count_all"]
    return found


def _is_readable(row: Publication, name: str, table: Table | None, there: dict[str, set[int]], newest: bool) -> bool:
    """The newest of a day is also where its snapshot was expired and the table as it is has these very files."""
    if not getattr(row, f"rows_{name}"):
        return True
    if table is None or getattr(row, f"snapshot_{name}") in there[name]:
        return table is not None
    try:
        return newest and bool(plan.files_of(table, name, [row]))
    except StageError:
        return False


def _table(name: str, table: Table, files: Sequence[DataFile]) -> TableState:
    newest = table.current_snapshot()
    return TableState(
        name=name,
        rows=sum(file.rows for file in files),
        files=len(files),
        bytes=sum(file.size for file in files),
        snapshots=len(table.metadata.snapshots),
        changed_at=None if newest is None else _time(newest.timestamp_ms),
    )


def _day(
    tables: dict[str, Table], files: dict[str, list[DataFile]], newest: Publication, publications: list[Publication]
) -> DayState:
    differing, lost = [], []
    for name in PUBLISH_ORDER:
        plain = sorted(file.path for file in files[name] if file.day == newest.call_date)
        try:
            if plain != sorted(plan.files_of(tables[name], name, [newest])):
                differing.append(name)
        except StageError:
            lost.append(name)
    count = sum(row.call_date == newest.call_date for row in publications)
    return DayState(publications=count, newest=newest, differing=differing, lost=lost)


def _listing(lake: LakeSettings) -> list[tuple[str, int]]:
    """Address and bytes of the Parquet files, unfinished ones included."""
    found = (file for part in ("files", "tables") for file in store.listing(lake, f"{store.location(lake)}/{part}"))
    return sorted((path, size) for path, size in found if ".parquet" in path)


def _unnamed(there: list[tuple[str, int]], tables: dict[str, Table]) -> list[tuple[str, int]]:
    named = {store.local(path) for table in tables.values() for path in plan.named_files(table)}
    return [(path, size) for path, size in there if path not in named]


def _status(
    lake: LakeSettings,
    tables: list[TableState],
    days: list[DayState],
    unpublished: list[date],
    unnamed: list[tuple[str, int]] | None,
) -> Status:
    return Status(
        catalog=catalogs.shown(lake),
        location=store.location(lake),
        tables=tables,
        days=days,
        unpublished=unpublished,
        unnamed=None if unnamed is None else len(unnamed),
        unnamed_bytes=sum(size for _, size in unnamed or []),
        unnamed_first=[path for path, _ in (unnamed or [])[:NAMED]],
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
