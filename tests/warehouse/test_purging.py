from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from callqa import arrow, contracts, storage, warehouse
from callqa.contracts import GateResult
from callqa.errors import HeldError, StageError, StalePublicationError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, plan, writer
from tests import rows
from tests.traces import find
from tests.warehouse import erasing
from tests.warehouse.erasing import CALL, NEEDLES, NEXT, erase, rewrite
from tests.warehouse.published import ALL, publish, seen

THIRD = date(2026, 1, 7)


def filled(lake: LakeSettings, folder: Path) -> LakeSettings:
    """Days before, between and after the publications with the call; it was reviewed, sampled by the gate and held."""
    publish(lake, rows.clean(date(2026, 1, 4), marker="P"), folder, run="r0")
    publish(lake, erasing.day_with(marker="A"), folder, run="r1")
    publish(lake, rows.clean(NEXT, marker="N"), folder, run="r2")
    publish(lake, erasing.day_with(marker="B"), folder, run="r3")
    publish(lake, rows.clean(THIRD, marker="T"), folder, run="r4")
    warehouse.add_reviews(lake, [erasing.review(CALL), erasing.review("c-000")])
    warehouse.add_reviews(lake, [erasing.review(CALL, verdict="rejected"), erasing.review(CALL, NEXT, note="other")])
    results = [erasing.gate_result(0, [CALL, "c-000", None]), erasing.gate_result(1, [])]
    with catalog.opened(lake) as opened:
        writer.append(opened, "gate_results", arrow.to_table(GateResult, results))
    said = {"by": "wang", "reason": f"complaint about {CALL}", "matter": "court 12/26"}
    warehouse.place_hold(lake, rows.DAY, CALL, **said)
    warehouse.release_hold(lake, rows.DAY, CALL, **said)
    return lake


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return filled(LakeSettings(root=str(tmp_path / "lake")), tmp_path)


@pytest.fixture
def of_an_older_version(tmp_path, monkeypatch) -> LakeSettings:
    """A warehouse whose manifests tell least and greatest values of every column."""
    kept = {key: value for key, value in catalog.TABLE_PROPERTIES.items() if "metrics" not in key}
    with monkeypatch.context() as patch:
        patch.setattr(catalog, "TABLE_PROPERTIES", kept)
        return filled(LakeSettings(root=str(tmp_path / "lake")), tmp_path)


def tables(lake: LakeSettings) -> Path:
    return Path(lake.root) / "warehouse"


def test_after_an_erasure_nothing_of_the_call_is_in_the_whole_warehouse(lake, tmp_path):
    assert {needle for _, needle in find(tables(lake), NEEDLES)} == set(NEEDLES)
    erase(lake, tmp_path)
    # The review of the next day is of another call with the same id, and stays.
    assert warehouse.query(lake, "select call_date from reviews where call_id = ?", [CALL])[1] == [(NEXT,)]
    erase(lake, tmp_path, day=NEXT)
    assert find(tables(lake), NEEDLES) == []
    assert seen(lake) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}


def test_nor_where_an_older_version_wrote_values_of_columns_into_manifests(of_an_older_version, tmp_path):
    lake = of_an_older_version
    folder = tables(lake) / "tables"
    assert any(file.endswith(".avro") for file, _ in find(folder, [CALL]))
    erase(lake, tmp_path)
    erase(lake, tmp_path, day=NEXT)
    assert find(tables(lake), NEEDLES) == []
    assert seen(lake) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}
    assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [([], [])] * 4


def test_days_stay_readable_when_their_snapshots_told_values_and_a_publisher_had_been_killed(
    of_an_older_version, tmp_path
):
    """The next day's tables are not as its publication says, so its snapshots are all that it could be read by."""
    lake = of_an_older_version
    half_published(lake, tmp_path, rows.clean(NEXT, marker="half"))
    erase(lake, tmp_path)
    assert find(tables(lake), NEEDLES[1:]) == []
    assert seen(lake) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}
    newest = warehouse.publications(lake, NEXT)[-1]
    assert newest.origin == "repair of sequence 1"


def test_the_account_of_what_went_is_right(lake, tmp_path):
    before = {str(path): path.stat().st_size for path in tables(lake).rglob("*") if path.is_file()}
    rewrite(lake, tmp_path)
    done = warehouse.purge_day(lake, rows.DAY)
    gone = {file.address: file.bytes for file in done.files}
    assert all(not Path(path).exists() for path in gone)
    assert done.bytes == sum(gone.values()) > 0
    parquet = {path for path in before if "/files/" in path and "2026-01-05" in path}
    assert {path for path in gone if path.endswith(".parquet")} == parquet
    assert all(gone[path] == before[path] for path in parquet)
    assert {name: len(ids) for name, ids in done.snapshots.items()} == dict.fromkeys(contracts.TABLES, 4)
    assert warehouse.purge_day(lake, rows.DAY) == warehouse.Purged()


def test_older_publications_say_that_they_are_gone(lake, tmp_path):
    rewrite(lake, tmp_path)
    warehouse.purge_day(lake, rows.DAY)
    assert [past.readable for past in warehouse.history(lake, rows.DAY)] == [False, False, True]
    for ask in (
        lambda: warehouse.roll_back(lake, rows.DAY, 1, by="li", reason="why not"),
        lambda: warehouse.compare(lake, rows.DAY, 1, 3),
        lambda: warehouse.reading(lake, warehouse.publication(lake, rows.DAY, 2)).__enter__(),
    ):
        with pytest.raises(StageError, match=r"is no longer there|cannot be read"):
            ask()
    assert warehouse.latest_sequence(lake, rows.DAY) == 3
    with pytest.raises(StageError) as caught:
        warehouse.roll_back(lake, rows.DAY, 1, by="li", reason="why not")
    assert "removed by an erasure or at the end of its retention does not come back" in caught.value.remedy


def test_other_days_keep_their_older_publications(lake, tmp_path):
    publish(lake, rows.clean(NEXT, marker="M"), tmp_path, run="r5")
    rewrite(lake, tmp_path)
    warehouse.purge_day(lake, rows.DAY)
    assert [past.readable for past in warehouse.history(lake, NEXT)] == [True, True]
    assert warehouse.compare(lake, NEXT).tables["turns"].columns == {"text": 8}
    warehouse.roll_back(lake, NEXT, 1, by="li", reason="a test")
    assert seen(lake) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}


def test_other_days_are_read_at_their_snapshots_by_day_though_these_list_a_file_that_is_gone(lake, tmp_path):
    rewrite(lake, tmp_path)
    warehouse.purge_day(lake, rows.DAY)
    newest = warehouse.publications(lake, NEXT)[-1]
    with catalog.opened(lake) as opened:
        table = catalog.load(opened, "turns")
        everything = table.scan(snapshot_id=newest.snapshot_turns).plan_files()
        gone = [t for t in everything if not Path(t.file.file_path.removeprefix("file://")).exists()]
        assert len(gone) == 1
        scan = table.scan(row_filter=catalog.of_day(NEXT), snapshot_id=newest.snapshot_turns)
        assert scan.to_arrow().num_rows == 8
        planned = [task.file.file_path.removeprefix("file://") for task in scan.plan_files()]
        found = duckdb.sql(f"select count(*), min(call_date) from read_parquet({planned})").fetchall()
        assert found == [(8, NEXT)]
        assert plan.files_at(table, NEXT, newest.snapshot_turns) == plan.files_of(table, "turns", [newest])
        assert table.scan().to_arrow().num_rows == 8 * 4


def test_files_that_no_snapshot_names_go_too(lake, tmp_path):
    """Of a refused run, of a publisher that was killed while it copied, and of the flat file."""
    with pytest.raises(StalePublicationError):
        publish(lake, erasing.day_with(marker="C"), tmp_path, run="r9", based_on=1)
    turns = tables(lake) / "files" / "turns" / "call_date=2026-01-05"
    (turns / ".half.parquet.tmp-abc").write_text(CALL)
    (tables(lake) / "daily_qc" / ".2026-01-05.json.tmp-abc").write_text(CALL)
    (tables(lake) / "rewriting").mkdir()
    (tables(lake) / "rewriting" / "turns.parquet").write_text(CALL)
    assert len(list(turns.iterdir())) == 4
    erase(lake, tmp_path)
    erase(lake, tmp_path, day=NEXT)
    assert len(list(turns.iterdir())) == 1
    assert find(tables(lake), NEEDLES) == []


def test_a_publisher_that_was_killed_half_way_is_put_right_first(lake, tmp_path):
    """Its tables show the call though no publication names them."""
    _, made = half_published(lake, tmp_path, erasing.day_with(marker="half"))
    rewrite(lake, tmp_path, change=lambda _, table: table)
    done = warehouse.purge_day(lake, rows.DAY)
    assert str(made) in {file.address for file in done.files}
    assert warehouse.publications(lake, rows.DAY)[-1].origin == "repair of sequence 2"
    assert [day.differing for day in warehouse.status(lake).days] == [[]] * 4
    erase(lake, tmp_path)
    erase(lake, tmp_path, day=NEXT)
    assert find(tables(lake), NEEDLES) == []


def test_of_a_day_that_was_never_published_everything_goes(lake, tmp_path):
    half_published(lake, tmp_path, erasing.day_with(day=date(2026, 2, 1)))
    assert warehouse.status(lake).unpublished == [date(2026, 2, 1)]
    warehouse.purge_day(lake, date(2026, 2, 1))
    assert warehouse.status(lake).unpublished == []
    assert list((tables(lake) / "files").rglob("call_date=2026-02-01/*")) == []
    assert seen(lake) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}


def half_published(lake: LakeSettings, folder: Path, day: rows.Day) -> tuple[warehouse.DayFiles, Path]:
    """The turns of a day are committed, and then the publisher is no more."""
    files = day.exported(folder / "half")
    digest = storage.file_digest(files["turns"])
    wanted = warehouse.DayFiles(
        day=day.day, run_id="half", attempt=1, files=files, digests={"turns": digest}, gate_result_id="gate"
    )
    with catalog.locked(lake), catalog.opened(lake) as opened:
        kept = writer._kept(lake, "turns", wanted)
        writer._swap(opened, "turns", kept, wanted)
    return wanted, Path(kept.paths[0])


def test_a_day_that_is_held_keeps_its_older_publications(lake):
    warehouse.place_hold(lake, rows.DAY, by="wang", reason="complaint 7", matter="court")
    with pytest.raises(HeldError, match="older publications would be removed: all of 2026-01-05 is held"):
        warehouse.purge_day(lake, rows.DAY)
    warehouse.purge_day(lake, NEXT)
    assert [past.readable for past in warehouse.history(lake, rows.DAY)] == [True, True]


@pytest.mark.parametrize("held", [CALL, None])
def test_what_is_kept_of_a_held_call_beside_the_tables_of_days_is_not_touched(lake, held):
    warehouse.place_hold(lake, rows.DAY, held, by="wang", reason="complaint 7", matter="court")
    before = warehouse.table(lake, "from reviews").num_rows
    with pytest.raises(HeldError, match=f"what is kept of call {CALL} would be removed"):
        warehouse.purge_added(lake, lambda day, call: (day, call) == (rows.DAY, CALL))
    assert warehouse.table(lake, "from reviews").num_rows == before


def test_of_the_gates_results_only_the_samples_go_and_of_a_hold_only_the_name(lake):
    done = warehouse.purge_added(lake, lambda day, call: (day, call) == (rows.DAY, CALL))
    assert done.rows == {"reviews": 2, "gate_results": 1, "holds": 2}
    found = warehouse.query(
        lake, 'select position, observed, samples from gate_results where "check" = ?', ["calls.known"]
    )
    sample = {"call_id": "c-000", "turn": None, "value": "1"}
    assert sorted(found[1])[:2] == [(0, 3.0, [sample, {**sample, "call_id": None}]), (1, 0.0, [])]
    assert sorted(warehouse.query(lake, "select call_id, call_date from reviews")[1]) == [
        ("c-000", rows.DAY),
        (CALL, NEXT),
    ]
    (digest, reason), _ = sorted(warehouse.query(lake, "select call_id, reason from holds")[1])
    assert reason == f"complaint about {digest}"
    assert len(digest) == 64
    again = warehouse.purge_added(lake, lambda day, call: (day, call) == (rows.DAY, CALL))
    assert (again.rows, again.files) == ({}, [])


def test_a_review_that_is_added_meanwhile_is_not_lost(lake, monkeypatch):
    """Another machine adds one between the reading of the table and the commit of what was read."""
    from pyiceberg.table import Table

    overwrite, added = Table.overwrite, []

    def overtaken(self, frame, **more):
        if not added:
            added.append(erasing.review("c-001", note="meanwhile"))
            with catalog.opened(lake) as opened:
                writer.append(opened, "reviews", arrow.to_table(contracts.Review, added))
        return overwrite(self, frame, **more)

    monkeypatch.setattr(Table, "overwrite", overtaken)
    warehouse.purge_added(lake, lambda day, call: (day, call) == (rows.DAY, CALL))
    assert sorted(warehouse.query(lake, "select call_id from reviews")[1]) == [("c-000",), ("c-001",), (CALL,)]


def test_all_reviews_may_go(lake):
    warehouse.purge_added(lake, lambda _day, _call: True)
    assert warehouse.query(lake, "select count(*) from reviews")[1] == [(0,)]
    warehouse.add_reviews(lake, [erasing.review("c-000")])
    assert warehouse.query(lake, "select call_id from reviews")[1] == [("c-000",)]


def test_where_nothing_was_ever_published_there_is_nothing_to_remove(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    assert warehouse.purge_day(lake, rows.DAY) == warehouse.Purged()
    assert warehouse.purge_added(lake, lambda _day, _call: True) == warehouse.Purged()
    assert not (tmp_path / "lake").exists()


def test_a_lake_that_is_reached_by_another_name_loses_nothing(lake, tmp_path):
    """The tables name their files by the folder's first name."""
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    other = LakeSettings(root=str(tmp_path / "link"))
    erase(other, tmp_path)
    assert seen(other) == {"P": ALL, "B": ALL, "N": ALL, "T": ALL}
    erase(other, tmp_path, day=NEXT)
    assert find(tables(lake), NEEDLES) == []
