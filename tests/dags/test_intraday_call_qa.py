"""Today so far, and runs that nobody asked for, through the real DAGs in Airflow's own test runner."""

from __future__ import annotations

import os
import shutil

import pytest
from airflow.dag_processing.dagbag import DagBag

from callqa import pipeline, turns, warehouse
from callqa.settings import LakeSettings
from callqa_airflow import late
from tests.dags.conftest import DEMO_CALLS, REPO

pytestmark = pytest.mark.slow

DAY = "2026-01-07"
SHORT = ("100500-c5.wav", "101200-c6.wav", "085900-c1.mp3")


def deliver(folder, *names: str) -> None:
    for name in names:
        shutil.copy(DEMO_CALLS / DAY / name, folder / DAY / name)
        os.utime(folder / DAY / name, (1_700_000_000, 1_700_000_000))


def run_dag(name: str, source, lake, **conf):
    """The state of a run, and that of its tasks."""
    dag = DagBag(dag_folder=str(REPO / "dags" / f"{name}.py")).dags[name]
    run = dag.test(run_conf={"source": str(source), "lake": str(lake), "day": DAY, **conf})
    return run, {task.task_id: task.state for task in run.get_task_instances()}


def events(run) -> list[dict]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return [
            e.extra for e in session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).all()
        ]


def runs_of(prefix: str) -> list[tuple[str, dict]]:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(select(DagRun).where(DagRun.run_id.startswith(prefix))).all()
        return [(run.run_id, run.conf) for run in found]


def end(run_id: str, state: str) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(DagRun).where(DagRun.run_id == run_id).values(state=state))


def ledger(lake) -> list[tuple[int, str | None]]:
    return [(row.sequence, row.origin) for row in warehouse.publications(LakeSettings(root=str(lake)))]


@pytest.fixture
def feed(tmp_path, monkeypatch):
    monkeypatch.setenv("CALLQA_SHARDS__SECONDS", "9")
    (tmp_path / "feed" / DAY).mkdir(parents=True)
    deliver(tmp_path / "feed", SHORT[0])
    return tmp_path / "feed"


def test_a_day_that_goes_on_is_published_in_steps_and_whole_at_night(airflow_database, feed, tmp_path):
    lake = tmp_path / "lake"
    first, states = run_dag("intraday_call_qa", feed, lake)
    assert states == dict.fromkeys(("look", "fresh", "hear", "export", "gate", "publish"), "success")
    assert events(first) == [{"day": DAY, "sequence": 1, "complete": False}]
    again, states = run_dag("intraday_call_qa", feed, lake)
    assert (again.state, states["look"], states["publish"]) == ("success", "skipped", "skipped")
    deliver(feed, SHORT[1])
    _, states = run_dag("intraday_call_qa", feed, lake)
    assert states["publish"] == "success"
    night, states = run_dag("daily_call_qa", feed, lake)
    assert states["turn"] == states["publish"] == "success"
    assert [(number, origin and origin.partition(":")[0]) for number, origin in ledger(lake)] == [
        (1, "intraday, incomplete"), (2, "intraday, incomplete"), (3, None),
    ]  # fmt: skip
    assert events(night) == [{"day": DAY, "sequence": 3}]


def test_late_recordings_start_one_run_of_their_day_however_often_they_are_found(
    airflow_database, feed, tmp_path, monkeypatch
):
    """As a scheduled run of the next day does; the test runner makes runs by hand."""
    monkeypatch.setattr(late, "LOOKING", "manual")
    monkeypatch.setenv("CALLQA_SOURCE__ON_EMPTY_DAY", "publish")
    lake = tmp_path / "lake"
    run_dag("daily_call_qa", feed, lake)
    deliver(feed, SHORT[1])
    for _ in range(2):
        _, states = run_dag("daily_call_qa", feed, lake, day="2026-01-08")
        assert states["look_back"] == "success"
    assert states["run_again"] == "skipped"  # the second time: that run is there
    ((run_id, conf),) = runs_of(f"late__{DAY}")
    assert run_id.startswith(f"late__{DAY}__")
    assert conf == {"day": DAY, "only_grow": True, "source": str(feed), "lake": str(lake)}
    end(run_id, "failed")
    run_dag("daily_call_qa", feed, lake, day="2026-01-08")
    assert sorted(run for run, _ in runs_of(f"late__{DAY}")) == [run_id, f"{run_id}~2"]


def test_a_run_that_nobody_asked_for_does_not_publish_a_day_without_what_is_published(airflow_database, feed, tmp_path):
    lake = tmp_path / "lake"
    deliver(feed, SHORT[1])
    run_dag("daily_call_qa", feed, lake)
    (feed / DAY / SHORT[0]).unlink()
    run, states = run_dag("daily_call_qa", feed, lake, only_grow=True)
    assert (run.state, states["fetch"]) == ("failed", "failed")
    assert len(ledger(lake)) == 1
    assert turns.last(str(lake), warehouse.publications(LakeSettings(root=str(lake)))[0].call_date).ended
    _, states = run_dag("daily_call_qa", feed, lake)
    assert states["publish"] == "success"


def test_a_run_that_ended_without_giving_its_turn_back_holds_nobody_up(airflow_database, feed, tmp_path):
    lake = tmp_path / "lake"
    ended, _ = run_dag("daily_call_qa", feed, lake)
    day = warehouse.publications(LakeSettings(root=str(lake)))[0].call_date
    turns.give_back(str(lake), day, ended.run_id)
    turns.take(str(lake), day, run_id=ended.run_id, by="daily_call_qa")  # as a run that was killed leaves it
    next_one, states = run_dag("daily_call_qa", feed, lake)
    assert (next_one.state, states["turn"]) == ("success", "success")
    assert turns.last(str(lake), day).run_id == next_one.run_id


def test_a_run_that_fails_in_the_middle_gives_its_turn_back_to_whoever_cannot_ask_airflow(
    airflow_database, feed, tmp_path, monkeypatch
):
    from callqa import intraday
    from callqa.errors import GateRefused

    def refused(*_: object) -> None:
        raise GateRefused("not today")

    lake = tmp_path / "lake"
    monkeypatch.setattr(intraday, "gate", refused)
    run, states = run_dag("intraday_call_qa", feed, lake)
    assert (run.state, states["gate"]) == ("failed", "failed")
    with turns.held(str(lake), pipeline.parse_day(DAY), "by hand", "callqa run"):
        pass


def test_a_run_that_airflow_knows_nothing_of_holds_nobody_up(airflow_database, feed, tmp_path):
    """It was deleted while it had the turn."""
    lake = tmp_path / "lake"
    (feed / DAY / SHORT[0]).unlink()
    turns.take(str(lake), pipeline.parse_day(DAY), run_id="manual__deleted", by="daily_call_qa")
    run, states = run_dag("intraday_call_qa", feed, lake)
    assert (run.state, states["look"]) == ("success", "skipped")
    assert turns.last(str(lake), pipeline.parse_day(DAY)).run_id == run.run_id


def test_intraday_lets_a_run_that_is_at_work_alone(airflow_database, feed, tmp_path):
    lake = tmp_path / "lake"
    with turns.held(str(lake), pipeline.parse_day(DAY), "by hand", "callqa run"):
        run, states = run_dag("intraday_call_qa", feed, lake)
    assert (run.state, states["look"], states["publish"]) == ("success", "skipped", "skipped")
    assert ledger(lake) == []


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_the_dag_runs_by_itself_only_where_the_settings_say_so(monkeypatch, enabled):
    monkeypatch.setenv("CALLQA_INTRADAY__ENABLED", enabled)
    monkeypatch.setenv("CALLQA_INTRADAY__EVERY_MINUTES", "10")
    dag = DagBag(dag_folder=str(REPO / "dags" / "intraday_call_qa.py")).dags["intraday_call_qa"]
    assert (dag.schedule is None) == (enabled == "false")
    assert dag.max_active_runs == 1
