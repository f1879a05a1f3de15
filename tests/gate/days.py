"""Days for the gate's tests, and what its checks find on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from callqa import arrow, profile
from callqa.contracts import Measure
from callqa.gate import audit, drift, expectations, measuring
from callqa.gate.check import Check, LikeHistory
from callqa.settings import GateSettings
from tests import rows

CALLS = 40
PAST_DAYS = 28


def clean() -> rows.Day:
    return rows.clean(calls=CALLS)


def added(day: rows.Day, **more: list) -> rows.Day:
    return dataclasses.replace(day, **{t: [*getattr(day, t), *new] for t, new in more.items()})


def row(table: str, index: int, **changes: Any) -> Callable[[rows.Day], rows.Day]:
    return lambda day: day.replace(table, index, **changes)


def every(table: str, **changes: Any) -> Callable[[rows.Day], rows.Day]:
    return lambda day: dataclasses.replace(
        day, **{table: [dataclasses.replace(r, **changes) for r in getattr(day, table)]}
    )


def opened(day: rows.Day, folder: Path) -> Any:
    exported = day.exported(folder)
    files = {table: exported[table] for table in ("calls", "turns", "events", "findings")}
    return measuring.opened(files, day.manifest(folder), day.outcomes, folder / "gate")


def measures(connection: Any, day: date = rows.DAY) -> list[Measure]:
    return arrow.from_table(Measure, profile.measure(day, lambda sql: connection.sql(sql).to_arrow_table()))


def past(own: Sequence[Measure], days: int = PAST_DAYS) -> list[Measure]:
    """Days before that were all the same as this one."""
    return [
        dataclasses.replace(m, call_date=m.call_date - timedelta(days=back)) for back in range(days, 0, -1) for m in own
    ]


def found(
    day: rows.Day, listed: Sequence[Check], folder: Path, before: Sequence[Measure], settings: GateSettings
) -> audit.Findings:
    with opened(day, folder) as connection:
        measured = measuring.measure(connection, listed)
        own = measures(connection)
    compared = {
        c.id: drift.compare(c.expects, rows.DAY, [*before, *own], settings)
        for c in listed
        if isinstance(c.expects, LikeHistory)
    }
    return measured, compared


def checks(settings: GateSettings | None = None) -> list[Check]:
    return expectations.checks(settings or GateSettings(), rows.DAY.isoformat())
