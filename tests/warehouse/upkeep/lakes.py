"""Small warehouses for the tests of upkeep, and what their readers see."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callqa import arrow, warehouse
from callqa.contracts import GateResult, GateSample, Review
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, store, writer
from tests import rows

ROWS = "select count(*), sum(hash(t)::hugeint)::varchar from {} t"
TABLES = ("calls", "turns", "events", "findings", "publications", "reviews", "gate_results")
DAY = timedelta(days=1)
NONE = timedelta(0)


def later(days: float = 1000) -> datetime:
    """A time at which all that is there now is old."""
    return datetime.now(UTC) + timedelta(days=days)


def all_rows(lake: LakeSettings, *tables: str) -> dict[str, Any]:
    """For each table a number that every row of it goes into, in any order."""
    return {name: warehouse.query(lake, ROWS.format(name))[1] for name in tables or TABLES}


def review(number: int, day: date = rows.DAY, reviewer: str = "li") -> Review:
    return Review(
        call_date=day, call_id=f"c-{number:03}", rule="HR01", rule_version=1, verdict="confirmed", reviewer=reviewer,
        note=f"note {number}", at=datetime(2026, 1, 6, tzinfo=UTC) + timedelta(minutes=number),
    )  # fmt: skip


def add_results(lake: LakeSettings, *results: str) -> None:
    """Two rows of the gate's results for each id, one file each."""
    for result in results:
        found = [
            GateResult(
                call_date=rows.DAY, gate_result_id=result, position=n, check=f"c{n}", table="turns", severity="blocking",
                result="passed", observed=0.0, rows=8, low=None, high=0.0, sentence="S.",
                samples=[GateSample(call_id="c-000", turn=n, value=None)],
            )
            for n in (1, 0)
        ]  # fmt: skip
        with catalog.locked(lake), catalog.opened(lake, create=True) as opened:
            writer.append(opened, catalog.GATE_RESULTS, arrow.to_table(GateResult, found))


def another_machine(lake: LakeSettings, folder: Path) -> LakeSettings:
    """The same warehouse as seen by a machine that has a lock of its own."""
    database = catalog.folder(lake) / "catalog.db"
    return LakeSettings(
        root=str(folder), warehouse=store.location(lake), catalog_uri=f"sqlite:///{database}?timeout=60"
    )


def files(lake: LakeSettings) -> set[str]:
    """All files of the warehouse, from its root."""
    root = Path(store.location(lake))
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def make_old(lake: LakeSettings, *, days: float = 30) -> None:
    """Set every file of the warehouse back."""
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for path in Path(store.location(lake)).rglob("*"):
        os.utime(path, (then, then))


def snapshots(lake: LakeSettings) -> dict[str, int]:
    return {table.name: table.snapshots for table in warehouse.status(lake, unnamed=False).tables}


def data_files(lake: LakeSettings) -> dict[str, int]:
    return {table.name: table.files for table in warehouse.status(lake, unnamed=False).tables}


@contextlib.contextmanager
def older_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables are made as they were before upkeep: all of them by day, values of all columns in their manifests."""
    with monkeypatch.context() as patch:
        kept = {key: value for key, value in catalog.TABLE_PROPERTIES.items() if ".metrics." not in key}
        patch.setattr(catalog, "TABLE_PROPERTIES", kept)
        patch.setattr(catalog, "UNPARTITIONED", ())
        yield
