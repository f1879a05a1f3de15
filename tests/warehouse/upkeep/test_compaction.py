"""Small files become one, and no row is lost or doubled, whoever writes meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from callqa import warehouse
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, plan
from callqa.warehouse.upkeep import compaction
from tests import rows
from tests.warehouse.published import publish
from tests.warehouse.upkeep import lakes

DAYS = [date(2026, 1, 5) + timedelta(days=number) for number in range(3)]


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A warehouse with four publications, three reviews and three results of the gate, each in a file of its own."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    for number, day in enumerate([*reversed(DAYS), DAYS[0]]):
        publish(settings, rows.clean(day, marker=f"m{number}", calls=2), tmp_path, run=f"r{number}")
    for number in (2, 0, 1):
        warehouse.add_reviews(settings, [lakes.review(number)])
    lakes.add_results(settings, "g2", "g0", "g1")
    return settings


def test_the_rows_stay_and_are_in_one_file_of_each_table(lake):
    before = lakes.all_rows(lake)
    done = {one.table: one for one in warehouse.compact(lake, files=2)}
    assert {name: (one.rows, one.files_before, one.files_after) for name, one in done.items()} == {
        "publications": (4, 4, 1),
        "reviews": (3, 3, 1),
        "gate_results": (6, 3, 1),
    }
    assert all(one.bytes_after < one.bytes_before for one in done.values())
    assert lakes.all_rows(lake) == before
    assert warehouse.compact(lake, files=2) == []


def test_a_table_with_few_files_is_left_alone_and_so_are_the_tables_of_days(lake):
    before = lakes.snapshots(lake)
    assert [one.table for one in warehouse.compact(lake, files=3)] == ["publications"]
    after = lakes.snapshots(lake)
    assert {name for name in after if after[name] != before[name]} == {"publications"}
    assert warehouse.compact(lake) == []
    assert warehouse.compact(lake, files=0)
    assert warehouse.compact(lake, files=0) == []  # one file is as few as there can be


def test_without_a_warehouse_nothing_is_made(tmp_path):
    assert warehouse.compact(LakeSettings(root=str(tmp_path / "lake"))) == []
    assert list(tmp_path.iterdir()) == []


def test_rows_are_in_the_order_in_which_they_are_asked_for(lake):
    warehouse.compact(lake, files=1)
    with catalog.opened(lake) as opened:
        found = {name: catalog.load(opened, name).scan().to_arrow() for name in catalog.UNPARTITIONED}
    assert found["publications"].column("call_date").to_pylist() == sorted([*DAYS, DAYS[0]])
    assert found["reviews"].column("call_id").to_pylist() == ["c-000", "c-001", "c-002"]
    assert found["gate_results"].select(["gate_result_id", "position"]).to_pydict() == {
        "gate_result_id": ["g0", "g0", "g1", "g1", "g2", "g2"],
        "position": [0, 1] * 3,
    }


def test_a_day_is_found_in_the_one_file_and_the_next_publications_go_on_counting(lake, tmp_path):
    warehouse.compact(lake, files=1)
    assert [p.run_id for p in warehouse.publications(lake, DAYS[0])] == ["r2", "r3"]
    assert publish(lake, rows.clean(DAYS[0], marker="m3", calls=2), tmp_path, run="same")[1] is False
    assert publish(lake, rows.clean(DAYS[0], marker="new"), tmp_path, run="new")[0].sequence == 3
    assert warehouse.latest_sequence(lake, DAYS[0]) == 3
    assert [day.differing for day in warehouse.status(lake).days] == [[], [], []]


def test_a_writer_who_commits_meanwhile_makes_the_compaction_begin_again(lake, monkeypatch, tmp_path):
    other = lakes.another_machine(lake, tmp_path / "other")
    commit, left = SqlCatalog.commit_table, [2]

    def overtaken(self, table, requirements, updates):
        if table.name()[-1] == "reviews" and left[0] and table.metadata.current_snapshot_id:
            left[0] -= 1
            with monkeypatch.context() as patch:
                patch.setattr(SqlCatalog, "commit_table", commit)
                warehouse.add_reviews(other, [lakes.review(10 + left[0])])
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", overtaken)
    (done,) = (one for one in warehouse.compact(lake, files=2) if one.table == "reviews")
    assert (left, done.rows, done.files_before, done.files_after) == ([0], 5, 5, 1)
    seen = warehouse.query(lake, "select call_id from reviews order by all")[1]
    assert seen == [("c-000",), ("c-001",), ("c-002",), ("c-010",), ("c-011",)]


def test_a_publisher_whose_table_was_compacted_meanwhile_tries_again(lake, monkeypatch, tmp_path):
    other = lakes.another_machine(lake, tmp_path / "other")
    commit, left = SqlCatalog.commit_table, [1]

    def overtaken(self, table, requirements, updates):
        if table.name()[-1] == "publications" and left[0]:
            left[0] -= 1
            with monkeypatch.context() as patch:
                patch.setattr(SqlCatalog, "commit_table", commit)
                assert [one.table for one in warehouse.compact(other, files=3)] == ["publications"]
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", overtaken)
    assert publish(lake, rows.clean(DAYS[0], marker="new"), tmp_path, run="new")[0].sequence == 3
    assert [(p.call_date, p.sequence) for p in warehouse.publications(lake)] == [
        *((DAYS[0], number) for number in (1, 2, 3)),
        (DAYS[1], 1),
        (DAYS[2], 1),
    ]


def test_what_is_not_all_that_was_there_is_never_committed(lake, monkeypatch):
    before = lakes.all_rows(lake)
    known = plan.current_files
    monkeypatch.setattr(plan, "current_files", lambda table: [*known(table), plan.DataFile("lost", None, None, rows=1)])
    with pytest.raises(StageError, match=r"qa\.publications: 4 rows were read where its files have 5; nothing was"):
        warehouse.compact(lake, files=3)
    monkeypatch.setattr(plan, "current_files", known)
    assert lakes.all_rows(lake) == before
    assert lakes.data_files(lake)["publications"] == 4


def test_a_catalog_that_stays_busy_is_told(lake, monkeypatch):
    from pyiceberg.exceptions import CommitFailedException

    def refused(*_):
        raise CommitFailedException("somebody was faster")

    monkeypatch.setattr(compaction.writer, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(SqlCatalog, "commit_table", refused)
    with pytest.raises(StageError, match="overtaken"):
        warehouse.compact(lake, files=3)


def test_where_there_is_no_room_to_sort_nothing_changes(lake, monkeypatch):
    warehouse.add_reviews(lake, [lakes.review(number) for number in range(20_000)])
    before = lakes.all_rows(lake)
    monkeypatch.setattr(compaction, "MEMORY", "4MB")
    with pytest.raises(StageError, match=r"qa\.reviews cannot be sorted: Out of Memory"):
        warehouse.compact(lake, files=3)
    assert lakes.all_rows(lake) == before


def test_a_table_that_an_older_version_made_by_day_is_no_longer_and_its_files_stay_readable(tmp_path, monkeypatch):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    with lakes.older_version(monkeypatch):
        for number, day in enumerate(DAYS):
            publish(lake, rows.clean(day, marker=f"m{number}", calls=2), tmp_path, run=f"r{number}")
        warehouse.add_reviews(lake, [lakes.review(0), lakes.review(1, DAYS[1])])
    publish(lake, rows.clean(DAYS[0], marker="new", calls=2), tmp_path, run="new")
    with catalog.opened(lake) as opened:
        tables = {name: catalog.load(opened, name) for name in catalog.RECORDS}
        by_day = {name for name, table in tables.items() if not table.spec().is_unpartitioned()}
        days = sorted(str(file.day) for file in plan.current_files(tables["publications"]))
    assert by_day == {"calls", "turns", "events", "findings"}
    assert days == [*(str(day) for day in DAYS), "None"]
    assert [p.sequence for p in warehouse.publications(lake, DAYS[0])] == [1, 2]
    before = lakes.all_rows(lake)
    assert {one.table: one.rows for one in warehouse.compact(lake, files=1)} == {"publications": 4, "reviews": 2}
    assert lakes.all_rows(lake) == before
    assert [p.sequence for p in warehouse.publications(lake, DAYS[0])] == [1, 2]
    assert warehouse.query(lake, f"select call_id from reviews where call_date = date '{DAYS[1]}'")[1] == [("c-001",)]
