from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException

from callqa import arrow, contracts, warehouse
from callqa.contracts import Call, Publication, Turn
from callqa.errors import SettingsError, StageError, StalePublicationError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, ledger, plan, writer
from tests import rows
from tests.warehouse.published import ALL, publish, seen


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def current(lake: LakeSettings, table: str) -> list[str]:
    """The files that a plain reader of a table, who knows no ledger, gets."""
    with catalog.opened(lake) as opened:
        return [file.path for file in plan.current_files(catalog.load(opened, table))]


def test_every_column_of_every_table_comes_back_through_iceberg_and_through_sql(lake, tmp_path):
    day = rows.clean()
    publish(lake, day, tmp_path, run="r1")
    for table, record in contracts.TABLES.items():
        with catalog.opened(lake) as opened:
            through_iceberg = catalog.load(opened, table).scan().to_arrow()
        assert arrow.from_table(record, through_iceberg) == getattr(day, table), table
        answer = warehouse.table(lake, f"from {table}").cast(arrow.schema_of(record))
        key = [(name, "ascending") for name in ("call_id", "turn") if name in answer.column_names]
        assert arrow.from_table(record, answer.sort_by(key)) == getattr(day, table), table


def test_a_publication_names_the_snapshots_that_its_run_made(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="first")
    publication, _ = publish(lake, rows.clean(marker="B"), tmp_path, run="second", attempt=3, based_on=1)
    assert warehouse.publications(lake)[-1] == publication
    assert (publication.sequence, publication.run_id, publication.attempt) == (2, "second", 3)
    with catalog.opened(lake) as opened:
        for table in contracts.TABLES:
            snapshot = catalog.load(opened, table).snapshot_by_id(getattr(publication, f"snapshot_{table}"))
            assert snapshot.summary["callqa.run-id"] == "second/3"
    assert (publication.rows_calls, publication.rows_turns) == (5, 8)


def test_a_content_that_comes_back_is_published_again_under_the_same_file(lake, tmp_path):
    digests = []
    for run, marker in (("r1", "A"), ("r2", "B"), ("r3", "A")):
        publication, changed = publish(lake, rows.clean(marker=marker), tmp_path, run=run)
        assert changed
        assert seen(lake) == {marker: ALL}
        digests.append(publication.content_digest)
    assert digests[0] == digests[2] != digests[1]
    assert len(current(lake, "calls")) == 1
    assert len(list((tmp_path / "lake/warehouse/files/calls/call_date=2026-01-05").iterdir())) == 2


def test_the_newest_content_published_again_changes_nothing(lake, tmp_path):
    first, _ = publish(lake, rows.clean(), tmp_path, run="r1", based_on=0)
    again, changed = publish(lake, rows.clean(), tmp_path, run="r2", based_on=0)
    assert (again, changed) == (first, False)
    assert warehouse.latest_sequence(lake, rows.DAY) == 1


def test_days_do_not_touch_one_another(lake, tmp_path):
    other = date(2026, 1, 6)
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    publish(lake, rows.clean(other, calls=2, marker="B"), tmp_path, run="r2")
    publish(lake, rows.clean(marker="C"), tmp_path, run="r3", based_on=1)
    counted = "select call_date, count(*), max(queue) from calls group by all order by all"
    assert warehouse.query(lake, counted)[1] == [(rows.DAY, 5, "C"), (other, 3, "B")]
    assert warehouse.latest_sequence(lake, rows.DAY) == 2
    assert warehouse.latest_sequence(lake, other) == 1
    assert warehouse.latest_sequence(lake, date(2026, 1, 7)) == 0


def test_an_empty_day_is_published_first_and_in_place_of_a_full_one(lake, tmp_path):
    for sequence, (run, day, count) in enumerate(
        [("r1", rows.empty(), 0), ("r2", rows.clean(), 5), ("r3", rows.empty(), 0)], start=1
    ):
        publication, changed = publish(lake, day, tmp_path, run=run)
        assert (publication.sequence, publication.rows_calls, changed) == (sequence, count, True)
        assert warehouse.query(lake, "select count(*) from calls")[1] == [(count,)]
    assert publish(lake, rows.empty(), tmp_path, run="r4") == (publication, False)
    assert current(lake, "turns") == []


def test_a_table_may_have_no_rows_on_a_day_that_has_others(lake, tmp_path):
    publish(lake, dataclasses.replace(rows.clean(), findings=[]), tmp_path, run="r1")
    assert warehouse.query(lake, "select (select count(*) from findings), (select count(*) from turns)")[1] == [(0, 8)]


def test_a_run_that_began_before_anothers_publication_is_refused(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1", based_on=0)
    with pytest.raises(StalePublicationError, match="run r1 published sequence 1") as caught:
        publish(lake, rows.clean(marker="B"), tmp_path, run="r2", based_on=0)
    assert "began at sequence 0" in str(caught.value)
    assert seen(lake) == {"A": ALL}
    assert len(current(lake, "calls")) == 1


def test_a_run_whose_tasks_are_cleared_may_replace_what_it_published_itself(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1", based_on=0)
    publication, changed = publish(lake, rows.clean(marker="B"), tmp_path, run="r1", attempt=2, based_on=0)
    assert (publication.sequence, changed) == (2, True)


def test_a_newer_publication_is_noticed_again_when_the_ledger_is_written(lake, tmp_path, monkeypatch):
    """A publisher on another machine does not see this one's lock."""
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    swap, others = writer._swap, []

    def overtaken(*args):
        if not others:
            others.append("r2")
            monkeypatch.setattr(writer, "_swap", swap)
            monkeypatch.setattr(catalog, "locked", lambda _: open_lock())
            publish(lake, rows.clean(marker="B"), tmp_path, run="r2")
        return swap(*args)

    monkeypatch.setattr(writer, "_swap", overtaken)
    with pytest.raises(StalePublicationError, match="run r2 published sequence 2"):
        publish(lake, rows.clean(marker="C"), tmp_path, run="r3", based_on=1)
    assert seen(lake) == {"B": ALL}
    # What r3 left in the tables for readers who do not go by the ledger is put right by the next run of B.
    assert publish(lake, rows.clean(marker="B"), tmp_path, run="r4")[1]
    assert seen(lake) == {"B": ALL}


def open_lock():
    import contextlib

    return contextlib.nullcontext()


def test_two_rows_cannot_both_follow_the_same_ledger(lake, tmp_path):
    first, _ = publish(lake, rows.clean(), tmp_path, run="r1")
    with catalog.opened(lake) as mine, catalog.opened(lake) as theirs:
        my_ledger, their_ledger = ledger.reload(mine), ledger.reload(theirs)
        assert ledger.append(their_ledger, dataclasses.replace(first, sequence=2, run_id="theirs"))
        assert not ledger.append(my_ledger, dataclasses.replace(first, sequence=2, run_id="mine"))
    assert [p.run_id for p in warehouse.publications(lake)] == ["r1", "theirs"]


def test_a_commit_that_another_writer_overtakes_is_tried_again(lake, tmp_path, monkeypatch):
    commit, failures = SqlCatalog.commit_table, [3]

    def unlucky(self, table, requirements, updates):
        if failures[0] and any("snapshot" in type(u).__name__.lower() for u in updates):
            failures[0] -= 1
            raise CommitFailedException("overtaken")
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", unlucky)
    monkeypatch.setattr(writer, "LONGEST_WAIT", 0.001)
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    assert failures == [0]
    assert seen(lake) == {"A": ALL}
    failures[0] = 1_000
    with pytest.raises(StageError, match=r"20 commits to qa\.turns"):
        publish(lake, rows.clean(marker="B"), tmp_path, run="r2")


def test_a_file_that_the_gate_did_not_audit_is_refused_before_anything_changes(lake, tmp_path):
    exported = rows.clean().exported(tmp_path / "run")
    files = {table: exported[table] for table in contracts.TABLES}
    wanted = warehouse.DayFiles(
        day=rows.DAY, run_id="r1", attempt=1, files=files, digests=dict.fromkeys(files, "0" * 64), gate_result_id="g"
    )
    with pytest.raises(StageError, match="is not the file that the gate audited"):
        warehouse.publish_day(lake, wanted)
    assert warehouse.publications(lake) == []
    assert not list((tmp_path / "lake").rglob("*.parquet"))
    with pytest.raises(StageError, match=r"no file .*gone\.parquet"):
        warehouse.publish_day(
            lake, dataclasses.replace(wanted, files=dict.fromkeys(files, str(tmp_path / "gone.parquet")))
        )


def test_published_files_outlive_their_run_and_the_runs_files_may_be_written_anew(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    rows.clean(marker="Z").exported(tmp_path / "r1")
    assert seen(lake) == {"A": ALL}
    for path in (tmp_path / "r1").rglob("*.parquet"):
        path.unlink()
    assert seen(lake) == {"A": ALL}


def test_the_days_daily_qc_is_published_with_it(lake, tmp_path):
    for run, calls in (("r1", 2), ("r2", 3)):
        publish(lake, rows.clean(calls=calls), tmp_path, run=run)
        path = Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json"
        assert len(json.loads(path.read_text(encoding="utf-8"))) == calls


def test_a_folder_with_odd_characters_holds_a_warehouse(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "läke #1 %20? 'x'"))
    publish(lake, rows.clean(marker="A"), tmp_path, run="manual__2026-01-05T00:00:00+00:00")
    assert seen(lake) == {"A": ALL}


def test_the_catalog_may_be_another_database(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"), catalog_uri=f"sqlite:///{tmp_path}/elsewhere.db")
    assert warehouse.publications(lake) == []
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    assert seen(lake) == {"A": ALL}
    assert not (tmp_path / "lake/warehouse/catalog.db").exists()


@pytest.mark.parametrize("uri", ["nonsense", "nosuchdialect://x/y"])
def test_a_catalog_that_cannot_be_opened_is_a_settings_error(tmp_path, uri):
    lake = LakeSettings(root=str(tmp_path / "lake"), catalog_uri=uri)
    with pytest.raises(SettingsError, match="cannot open the catalog"):
        publish(lake, rows.clean(), tmp_path, run="r1")


def test_a_catalog_that_does_not_answer_is_worth_another_attempt_and_not_taken_for_an_empty_one(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"), catalog_uri="sqlite:////proc/no/such/folder/x.db")
    with pytest.raises(StageError, match=r"x\.db cannot be used"):
        publish(lake, rows.clean(), tmp_path, run="r1")
    with pytest.raises(StageError, match="the catalog does not answer"):
        warehouse.latest_sequence(lake, rows.DAY)


def test_columns_that_the_contract_gains_are_added_and_older_days_have_none_there(lake, tmp_path, monkeypatch):
    older = [(f.name, f.type, f) for f in dataclasses.fields(Call) if f.name not in ("score", "rule_packs")]
    with monkeypatch.context() as patch:
        old_call = dataclasses.make_dataclass(
            "Call", [o[:2] for o in older], kw_only=True, namespace={"__module__": Call.__module__}
        )
        patch.setattr(catalog, "RECORDS", {**catalog.RECORDS, "calls": old_call})
        patch.setattr(contracts, "TABLES", {**contracts.TABLES, "calls": old_call})
        day = rows.clean(marker="A")
        day.calls = [arrow.widen(old_call, call) for call in day.calls]
        publish(lake, day, tmp_path, run="old")
    publish(lake, rows.clean(date(2026, 1, 6), marker="B"), tmp_path, run="new")
    found = warehouse.query(
        lake, "select queue, max(score), any_value(rule_packs) from calls where queue <> '' group by 1 order by 1"
    )
    assert found[1] == [("A", None, None), ("B", 80.0, ["standard 1.0.0"])]


def test_a_day_is_read_at_the_snapshot_that_the_ledger_names_and_not_at_the_newest(lake, tmp_path):
    publication, _ = publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    publish(lake, rows.clean(marker="B"), tmp_path, run="r2")
    with catalog.opened(lake) as opened:
        table = catalog.load(opened, "turns")
        paths = plan.files_of(table, "turns", [publication])
        assert paths == plan.files_at(table, rows.DAY, publication.snapshot_turns)
        assert paths != plan.files_at(table, rows.DAY)
        lost = dataclasses.replace(publication, snapshot_turns=12345)
        with pytest.raises(StageError, match="snapshot 12345, which the ledger names for 2026-01-05"):
            plan.files_of(table, "turns", [lost])


def test_the_rows_of_the_ledger_are_contract_rows(lake, tmp_path):
    publication, _ = publish(lake, rows.clean(), tmp_path, run="r1")
    answer = warehouse.table(lake, "from publications").cast(arrow.schema_of(Publication))
    assert arrow.from_table(Publication, answer) == [publication]


def test_turns_of_several_days_come_back_whole(lake, tmp_path):
    for number in range(1, 4):
        publish(lake, rows.clean(date(2026, 1, number), calls=number), tmp_path, run=f"r{number}")
    assert warehouse.query(lake, "select call_date, count(*) from turns group by all order by all")[1] == [
        (date(2026, 1, number), 2 * number) for number in range(1, 4)
    ]
    assert len({turn.call_date for turn in arrow.from_table(Turn, warehouse.table(lake, "from turns"))}) == 3
