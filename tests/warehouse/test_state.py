from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from callqa import arrow, contracts, storage, warehouse
from callqa.contracts import GateResult
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, files, store, writer
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A warehouse with two days, one of them published twice."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(marker="B", calls=3), tmp_path, run="r2")
    publish(settings, rows.clean(date(2026, 1, 6), calls=2), tmp_path, run="r3")
    return settings


def swap_one_table(lake: LakeSettings, tmp_path: Path, day: rows.Day) -> None:
    """What a publisher leaves that is killed after its first table."""
    path = day.exported(tmp_path / "killed")["turns"]
    wanted = writer.Wanted(day=day.day, run_id="killed", attempt=1, gate_result_id="gate")
    with catalog.locked(lake), catalog.opened(lake, create=True) as opened:
        kept = files.keep(lake, "turns", day.day, path, storage.file_digest(path))
        writer._swap(opened, "turns", writer.Kept([kept], len(day.turns)), wanted)


def keep_only_the_current(lake: LakeSettings, name: str) -> None:
    """What an operator leaves who expires all that can be expired."""
    with catalog.opened(lake) as opened:
        table = catalog.load(opened, name)
        older = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id != table.metadata.current_snapshot_id]
        table.maintenance.expire_snapshots().by_ids(older).commit()


def test_tables_days_and_numbers(lake):
    found = warehouse.status(lake)
    assert found.location == found.catalog == str(catalog.folder(lake))
    tables = {table.name: table for table in found.tables}
    assert set(contracts.TABLES) < set(tables)
    assert (tables["turns"].rows, tables["turns"].files, tables["turns"].snapshots) == (10, 2, 4)
    paths = (Path(lake.root) / "warehouse" / "files" / "turns").rglob("*.parquet")
    assert tables["turns"].bytes < sum(path.stat().st_size for path in paths)
    days = [(d.newest.call_date.day, d.newest.run_id, d.publications, d.differing, d.lost) for d in found.days]
    assert days == [(5, "r2", 2, [], []), (6, "r3", 1, [], [])]
    assert (found.unpublished, found.unnamed, found.unnamed_bytes) == ([], 0, 0)


def test_what_a_killed_publisher_left_is_told(lake, tmp_path):
    swap_one_table(lake, tmp_path, rows.clean(marker="K"))
    assert [day.differing for day in warehouse.status(lake).days] == [["turns"], []]


def test_a_first_publication_that_was_killed_is_told(lake, tmp_path):
    swap_one_table(lake, tmp_path, rows.clean(date(2026, 1, 9)))
    found = warehouse.status(lake)
    assert found.unpublished == [date(2026, 1, 9)]
    assert all(not day.differing for day in found.days)


def test_an_empty_newest_publication_of_a_day_that_had_rows_does_not_differ(lake, tmp_path):
    publish(lake, rows.empty(), tmp_path, run="r4")
    assert all(not day.differing for day in warehouse.status(lake).days)


def test_files_that_no_snapshot_names_are_counted(lake, tmp_path):
    day = rows.clean(marker="never committed")
    path = day.exported(tmp_path / "dead")["calls"]
    kept = files.keep(lake, "calls", day.day, path, storage.file_digest(path))
    found = warehouse.status(lake)
    assert (found.unnamed, found.unnamed_first) == (1, [kept])
    assert found.unnamed_bytes == store.size(lake, kept)
    assert warehouse.status(lake, unnamed=False).unnamed is None


def test_a_publication_whose_snapshot_was_expired_is_lost(lake, tmp_path):
    swap_one_table(lake, tmp_path, rows.clean(marker="K"))
    keep_only_the_current(lake, "turns")
    assert [day.lost for day in warehouse.status(lake).days] == [["turns"], []]


def test_a_history_has_the_gates_checks_by_result_and_is_there_also_where_a_day_cannot_be_read(lake, tmp_path):
    checks = [
        GateResult(
            call_date=rows.DAY, gate_result_id="gate", position=n, check=f"c{n}", table="calls", severity="warning",
            result=result, observed=0.0, rows=5, low=None, high=0.0, sentence="…",
        )
        for n, result in enumerate(("passed", "failed", "passed"))
    ]  # fmt: skip
    with catalog.locked(lake), catalog.opened(lake, create=True) as opened:
        writer.append(opened, catalog.GATE_RESULTS, arrow.to_table(GateResult, checks))
    swap_one_table(lake, tmp_path, rows.clean(marker="K"))
    assert [one.readable for one in warehouse.history(lake, rows.DAY)] == [True, True]
    keep_only_the_current(lake, "turns")
    past = warehouse.history(lake, rows.DAY)
    assert [one.gate for one in past] == [{"failed": 1, "passed": 2}] * 2
    assert [one.readable for one in past] == [False, False]


def test_a_newest_publication_whose_snapshot_was_expired_is_readable_where_the_tables_are_as_it_left_them(lake):
    keep_only_the_current(lake, "turns")
    assert [one.readable for one in warehouse.history(lake, rows.DAY)] == [False, True]
    assert warehouse.query(lake, "select count(*) from turns")[1] == [(10,)]


def test_without_a_warehouse_there_is_nothing_and_nothing_is_made(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    found = warehouse.status(lake)
    assert (found.tables, found.days, found.unnamed) == ([], [], 0)
    assert warehouse.history(lake) == []
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_never_shown(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"), catalog_uri="postgresql+psycopg://me:secret@host/qa")
    assert catalog.shown(lake) == "postgresql+psycopg://me:***@host/qa"
    assert "secret" not in repr(LakeSettings(properties={"s3.secret-access-key": "secret"}))
