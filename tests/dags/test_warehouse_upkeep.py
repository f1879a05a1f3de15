"""The DAG of the nightly upkeep over a lake of published days, in Airflow's own test runner."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from callqa import upkeep, warehouse
from callqa.settings import LakeSettings
from tests import rows
from tests.dags.conftest import REPO
from tests.warehouse.published import publish

pytestmark = pytest.mark.slow


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A published day, a run folder of long ago and a file that a killed publisher left."""
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    for name in ("runs/2026-01-05__old/summary.json", "warehouse/files/turns/call_date=2026-01-05/left.parquet"):
        path = tmp_path / "lake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
        long_ago = time.time() - 200 * 86400
        os.utime(path, (long_ago, long_ago))
    return lake


@pytest.fixture
def run(airflow_database, lake):
    def go(**conf):
        dag = DagBag(dag_folder=str(REPO / "dags" / "warehouse_upkeep.py")).dags["warehouse_upkeep"]
        ended = dag.test(run_conf={"lake": lake.root, **conf})
        return ended.state, {task.task_id: task.state for task in ended.get_task_instances()}

    return go


def files(lake) -> set[str]:
    return {path.name for path in Path(lake.root).rglob("*") if path.name in ("left.parquet", "summary.json")}


def test_a_night_removes_what_is_left_and_readers_notice_nothing(run, lake):
    before = warehouse.query(lake, "select * from turns order by all")
    assert run() == ("success", dict.fromkeys((*upkeep.STEPS, "report"), "success"))
    assert files(lake) == set()
    assert warehouse.query(lake, "select * from turns order by all") == before


def test_a_dry_run_removes_nothing(run, lake):
    assert run(dry_run=True)[0] == "success"
    assert files(lake) == {"left.parquet", "summary.json"}


def test_a_step_that_fails_is_red_and_the_others_are_done(run, lake, monkeypatch):
    def broken(*args, **more):
        raise OSError("the disk is gone")

    monkeypatch.setattr(warehouse, "compact", broken)
    state, states = run()
    assert state == "failed"
    assert states == {**dict.fromkeys(upkeep.STEPS, "success"), "compact": "failed", "report": "upstream_failed"}
    assert files(lake) == set()
