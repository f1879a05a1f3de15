"""What the gate found is published with the day, once, and stays when the day is published again."""

from __future__ import annotations

import pytest

from callqa import arrow, storage, warehouse
from callqa.contracts import GateResult, GateSample
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, gate_results, ledger
from tests import rows
from tests.warehouse import published


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def results(folder, result: str, checks: int = 2) -> str:
    known = {
        "table": "turns",
        "severity": "blocking",
        "result": "passed",
        "observed": 0.0,
        "rows": 8,
        "low": 0.0,
        "high": 0.0,
    }
    sample = GateSample(call_id="c-000", turn=1, value="xx")
    found = [
        GateResult(call_date=rows.DAY, gate_result_id=result, position=n, check=f"c{n}", sentence="S.", samples=[sample], **known)
        for n in range(checks)
    ]  # fmt: skip
    return storage.write_rows(folder / f"{result}.parquet", GateResult, found)


def publish(lake, folder, run: str, result: str, marker: str = "") -> None:
    exported = rows.clean(marker=marker).exported(folder / run)
    files = {table: exported[table] for table in ("calls", "turns", "events", "findings")}
    digests = {table: storage.file_digest(path) for table, path in files.items()}
    known = {"day": rows.DAY, "run_id": run, "attempt": 1, "files": files, "digests": digests}
    wanted = warehouse.DayFiles(**known, gate_result_id=result, gate_results=results(folder, result))
    warehouse.publish_day(lake, wanted)


def seen(lake) -> list[tuple]:
    sql = """select sequence, "check", result, samples[1].value from publications
        join gate_results using (call_date, gate_result_id) order by all"""
    return warehouse.query(lake, sql)[1]


def test_each_publication_has_its_own_results(lake, tmp_path):
    publish(lake, tmp_path, "r1", "g1")
    publish(lake, tmp_path, "r2", "g2", marker="B")
    assert seen(lake) == [
        (1, "c0", "passed", "xx"),
        (1, "c1", "passed", "xx"),
        (2, "c0", "passed", "xx"),
        (2, "c1", "passed", "xx"),
    ]


def test_the_same_content_again_adds_no_results(lake, tmp_path):
    for run in ("r1", "r2"):
        publish(lake, tmp_path, run, f"g-{run}")
    assert warehouse.query(lake, "select distinct gate_result_id from gate_results")[1] == [("g-r1",)]


def test_results_that_an_ended_attempt_left_are_not_added_twice(lake, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(lake, tmp_path, "r1", "g1")
    assert seen(lake) == []
    publish(lake, tmp_path, "r1", "g1")
    assert [check for _, check, *_ in seen(lake)] == ["c0", "c1"]


def test_a_publication_without_results_has_none(lake, tmp_path):
    published.publish(lake, rows.clean(), tmp_path, run="r1")
    assert seen(lake) == []
    with catalog.opened(lake, create=True) as opened:
        gate_results.keep(opened, storage.write_rows(tmp_path / "none.parquet", GateResult, []))
    assert warehouse.query(lake, "select count(*) from gate_results")[1] == [(0,)]


def test_rows_come_back_as_they_were(lake, tmp_path):
    publish(lake, tmp_path, "r1", "g1")
    kept = storage.read_rows(tmp_path / "g1.parquet", GateResult)
    table = warehouse.table(lake, "from gate_results order by position")
    assert arrow.from_table(GateResult, table) == kept
