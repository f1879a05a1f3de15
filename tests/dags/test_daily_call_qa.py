"""The DAG with the real stages, the real model and demo calls, in Airflow's own test runner."""

from __future__ import annotations

import shutil

import pendulum
import pytest
from airflow.dag_processing.dagbag import DagBag

from callqa import storage, warehouse
from callqa.settings import LakeSettings
from callqa_airflow.stages import every_shard
from tests.dags.conftest import DEMO_CALLS, REPO

pytestmark = pytest.mark.slow

DAY = "2026-01-07"
SHORT = ("100500-c5.wav", "101200-c6.wav")
"""A ring-back and a busy tone: 17 s together."""


@pytest.fixture
def run(airflow_database, lake):
    """Runs the DAG, parsed anew (a test run leaves its parameters in the object), over a source: state by task, the run's state, its summary (None where it did not get so far)."""

    def go(source, logical_date=None, lake=lake, **conf):
        conf = {"source": str(source), "lake": str(lake), **conf}
        dag = DagBag(dag_folder=str(REPO / "dags" / "daily_call_qa.py")).dags["daily_call_qa"]
        dag_run = dag.test(logical_date=logical_date, run_conf=conf)
        instances = dag_run.get_task_instances()
        states = {(task.task_id, task.map_index): task.state for task in instances}
        attempts = {task.task_id: task.try_number for task in instances}
        found = list((lake / "runs").glob(f"*{storage.run_folder('', dag_run.run_id).name}/summary.json"))
        return Outcome(dag_run, states, attempts, storage.read_json(found[0]) if found else None)

    return go


class Outcome:
    def __init__(self, dag_run, states, attempts, summary) -> None:
        self.state = dag_run.state
        self.run_id = dag_run.run_id
        self.states = {task: state for (task, _), state in states.items()}
        self.shards = {index for (task, index), _ in states.items() if task == "shard.judge" and index >= 0}
        self.attempts = attempts
        self.summary = summary

    def events(self) -> list[dict]:
        from airflow.models.asset import AssetEvent
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            found = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == self.run_id)).all()
            return [event.extra for event in found]


@pytest.fixture(scope="module")
def a_demo_day_by_dag(demo_settings, demo_runs, airflow_database, tmp_path_factory):
    """The first demo day through the DAG, over a lake of its own that shares the caches: (lake, day)."""
    lake = tmp_path_factory.mktemp("by-dag")
    (lake / "cache").symlink_to(f"{demo_settings.lake.root}/cache")
    day = min(demo_runs)
    dag = DagBag(dag_folder=str(REPO / "dags" / "daily_call_qa.py")).dags["daily_call_qa"]
    outcome = dag.test(run_conf={"source": str(DEMO_CALLS), "lake": str(lake), "day": day})
    assert outcome.state == "success"
    return lake, day


def published(lake) -> list[tuple]:
    return warehouse.query(LakeSettings(root=str(lake)), "SELECT call_id, status FROM calls ORDER BY call_id")[1]


def test_a_day_of_two_shards_is_published_and_announced(run, source, lake, monkeypatch):
    monkeypatch.setenv("CALLQA_SHARDS__SECONDS", "9")
    outcome = run(source(DAY, *SHORT), day=DAY)
    assert outcome.state == "success"
    assert outcome.shards == {0, 1}
    assert outcome.states["publish"] == "success"
    assert outcome.states["quarantine"] == "skipped"
    assert outcome.summary["day"] == DAY
    assert outcome.summary["recordings"] == 2
    assert outcome.events() == [{"day": DAY, "sequence": outcome.summary["outcome"]["sequence"]}]
    assert [status for _, status in published(lake)] == ["invalid", "invalid"]


@pytest.mark.parametrize("table", ["calls", "turns", "events", "findings"])
def test_the_dag_publishes_the_same_rows_as_the_command_line(a_demo_day_by_dag, demo_settings, table):
    """Of a whole demo day, all columns; `publications` alone says who published."""
    lake, day = a_demo_day_by_dag
    sql = f"SELECT * FROM {table} WHERE call_date = DATE '{day}' ORDER BY ALL"
    by_dag, by_hand = warehouse.query(LakeSettings(root=str(lake)), sql), warehouse.query(demo_settings.lake, sql)
    assert by_dag == by_hand
    assert by_dag[1], "nothing was published"


def test_a_day_of_one_shard_is_published_too(run, source, tmp_path):
    outcome = run(source(DAY, SHORT[0]), lake=tmp_path / "lake", day=DAY)
    assert outcome.state == "success"
    assert outcome.shards == {0}
    assert outcome.events() == [{"day": DAY, "sequence": 1}]
    assert len(published(tmp_path / "lake")) == 1


def test_a_day_that_the_gate_refuses_is_red_unpublished_unannounced_and_in_quarantine(
    run, source, tmp_path, monkeypatch
):
    """Where nobody is asked; the waiting is in test_decisions."""
    monkeypatch.setenv("CALLQA_GATE__DECISION_HOURS", "0")
    folder = source(DAY, SHORT[0])
    (folder / DAY / "broken.wav").write_bytes(b"")
    outcome = run(folder, lake=tmp_path / "lake", day=DAY)
    assert outcome.state == "failed"
    assert outcome.states["quarantine"] == "success"
    assert outcome.states["publish"] == "skipped"
    assert outcome.states["report"] == "failed"
    assert outcome.attempts["report"] == 1
    assert outcome.events() == []
    assert published(tmp_path / "lake") == []
    assert outcome.summary["gate"] == "refused"
    assert list((tmp_path / "lake" / "quarantine" / DAY).rglob("*.parquet"))


def test_a_day_without_recordings_is_refused_at_once(run, source, tmp_path):
    outcome = run(source("2026-01-05", "090112-a1.wav"), lake=tmp_path / "lake", day=DAY)
    assert outcome.state == "failed"
    assert outcome.states["fetch"] == "failed"
    assert outcome.attempts["fetch"] == 1
    assert outcome.events() == []


def test_a_day_without_recordings_is_published_where_the_settings_say_so(run, source, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLQA_SOURCE__ON_EMPTY_DAY", "publish")
    folder = source("2026-01-05", "090112-a1.wav")
    (folder / DAY).mkdir()
    outcome = run(folder, lake=tmp_path / "lake", day=DAY)
    assert outcome.state == "success"
    assert outcome.summary["recordings"] == 0
    assert outcome.events() == [{"day": DAY, "sequence": 1}]


def test_a_run_dated_by_hand_is_about_that_date(run, source, lake):
    outcome = run(source(DAY, SHORT[0]), logical_date=pendulum.datetime(2026, 1, 7, tz="UTC"))
    assert outcome.state == "success"
    assert outcome.summary["day"] == DAY


def test_a_run_that_names_no_day_fails_at_once(run, source):
    outcome = run(source(DAY, SHORT[0]))
    assert outcome.state == "failed"
    assert outcome.attempts["fetch"] == 1


def test_a_recording_that_was_replaced_changes_the_next_publication(run, source, tmp_path):
    folder, lake = source(DAY, SHORT[0]), tmp_path / "lake"
    first = run(folder, lake=lake, day=DAY)
    shutil.copy(DEMO_CALLS / DAY / SHORT[1], folder / DAY / SHORT[0])
    second = run(folder, lake=lake, day=DAY)
    assert second.summary["outcome"]["sequence"] == first.summary["outcome"]["sequence"] + 1
    assert first.summary["outcome"]["content_digest"] != second.summary["outcome"]["content_digest"]


@pytest.mark.parametrize("handed_over", [{"calls": "a"}, [{"calls": "a"}], iter([{"calls": "a"}])])
def test_one_shard_is_a_list_of_one_however_airflow_hands_it_over(handed_over):
    assert every_shard(handed_over) == [{"calls": "a"}]
