"""The DAG that re-runs rules over published days, in Airflow's own test runner, with the real steps and the real gate."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.dag_processing.dagbag import DagBag

from callqa import storage, turns, warehouse
from callqa.settings import LakeSettings, Settings
from callqa_airflow import turns as airflow_turns
from tests.dags.conftest import REPO
from tests.rejudge.conftest import acme  # noqa: F401 - a fixture
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, calls, hits, publish, rows_of

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)


class Outcome:
    def __init__(self, dag_run, lake) -> None:
        self.state = dag_run.state
        self.run_id = dag_run.run_id
        self.states = {
            task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]": task.state
            for task in dag_run.get_task_instances()
        }
        self.names = {task.rendered_map_index for task in dag_run.get_task_instances() if task.map_index >= 0}
        path = storage.run_folder(lake, self.run_id) / "summary.json"
        self.summary = storage.read_json(path) if path.exists() else None

    def days(self) -> dict[str, str]:
        return {entry["day"]: entry["outcome"] for entry in self.summary["days"]}

    def events(self) -> list[dict]:
        from airflow.models.asset import AssetEvent
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            found = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == self.run_id)).all()
            return sorted((event.extra for event in found), key=lambda extra: extra["day"])


@pytest.fixture
def settings(acme, tmp_path):  # noqa: F811
    """Two published days of one call that AC01 hits and one that it will."""
    acme.install(word_rule("AC01", "投诉"))
    chosen = Settings(lake=LakeSettings(root=str(tmp_path / "lake")))
    day = calls(c1="我要投诉", c2="谢谢")
    publish(chosen, day, tmp_path)
    publish(chosen, day.on(NEXT), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
    return chosen


@pytest.fixture
def run(airflow_database, settings):
    def go(first=DAY, last=THIRD, **more) -> Outcome:
        conf = {"from": str(first), "to": str(last), "lake": settings.lake.root, **more}
        dag = DagBag(dag_folder=str(REPO / "dags" / "rejudge_archive.py")).dags["rejudge_archive"]
        return Outcome(dag.test(run_conf=conf), settings.lake.root)

    return go


@pytest.mark.slow
def test_every_published_day_is_judged_gated_published_and_announced(run, settings):
    outcome = run(rules=["AC01"])
    assert outcome.state == "success"
    assert outcome.days() == {str(DAY): "published", str(NEXT): "published", str(THIRD): "skipped"}
    assert outcome.events() == [{"day": str(DAY), "sequence": 2}, {"day": str(NEXT), "sequence": 2}]
    assert outcome.names == {str(DAY), str(NEXT)}
    assert hits(settings) == [("c2", "AC01", 2, "hit")] * 2
    again = run(rules=["AC01"])
    assert again.state == "success"
    assert again.days() == {str(DAY): "unchanged", str(NEXT): "unchanged", str(THIRD): "skipped"}
    assert again.events() == []
    assert turns.held_by(settings.lake.root, again.run_id, "rejudge_archive") == []
    assert {state for task, state in again.states.items() if task.startswith("day.publish")} == {"skipped"}
    assert len(warehouse.publications(settings.lake)) == 4


@pytest.mark.slow
def test_a_dry_run_of_one_day_reports_and_publishes_nothing(run, settings):
    before = rows_of(settings, "publications")
    outcome = run(last=DAY, dry_run=True)
    assert outcome.state == "success"
    assert outcome.days() == {str(DAY): "difference"}
    assert outcome.summary["changes"]["rules"]["AC01"]["new_hits"] == 1
    assert (outcome.states["day.judge[0]"], outcome.states["day.export[0]"]) == ("success", "skipped")
    assert outcome.events() == []
    assert rows_of(settings, "publications") == before


@pytest.mark.slow
def test_a_range_without_a_publication_is_reported_and_succeeds(run):
    outcome = run(first=THIRD, last=THIRD)
    assert outcome.state == "success"
    assert outcome.days() == {str(THIRD): "skipped"}


@pytest.mark.slow
def test_a_refused_day_is_red_and_the_others_are_published(run, settings, acme, tmp_path, monkeypatch):  # noqa: F811
    acme.install(word_rule("AC01", "投诉"))
    publish(settings, calls(c1="我要投诉", c3="谢谢", c4=None).on(NEXT), tmp_path, run="later")
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
    monkeypatch.setenv("CALLQA_GATE__MAX_REJECTED_SHARE", "0.2")
    outcome = run(last=NEXT)
    assert outcome.state == "failed"
    assert outcome.days() == {str(DAY): "published", str(NEXT): "refused"}
    assert (outcome.states["day.publish[0]"], outcome.states["day.publish[1]"]) == ("success", "failed")
    assert outcome.states["report"] == "failed"
    assert outcome.events() == [{"day": str(DAY), "sequence": 2}]


@pytest.mark.slow
def test_a_day_published_meanwhile_is_refused_and_theirs_stays(run, settings, tmp_path, monkeypatch):
    from callqa.rejudge import steps

    gate = steps.gate

    def overtaken(*arguments):
        publish(settings, calls(c9="我要投诉"), tmp_path, run="other")
        return gate(*arguments)

    monkeypatch.setattr(steps, "gate", overtaken)
    outcome = run(last=DAY)
    assert outcome.state == "failed"
    assert outcome.states["day.publish[0]"] == "failed"
    assert outcome.days() == {str(DAY): "unfinished"}
    assert turns.last(settings.lake.root, DAY).ended
    assert warehouse.query(settings.lake, "select distinct call_id from calls where call_date = ?", [DAY])[1] == [
        ("c9",)
    ]


@pytest.mark.slow
def test_a_day_waits_for_the_run_that_is_at_work_on_it_and_has_its_turn_until_it_is_published(
    run,
    settings,
    acme,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    """What that run publishes is what is judged."""
    from callqa.rejudge import steps

    states, gate, told = iter(["running", "running"]), steps.gate, []

    def state(ti, dag_id, run_id):
        found = next(states, "success")
        if found == "success":
            acme.install(word_rule("AC01", "投诉"))
            publish(settings, calls(c8="我要投诉", c9="谢谢"), tmp_path, run="night")
            acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
        return found

    def meanwhile(settings, *more):
        told.append(turns.at_work(settings.lake.root, DAY).by)
        return gate(settings, *more)

    monkeypatch.setattr(airflow_turns, "EVERY", 0.1)
    monkeypatch.setattr(airflow_turns, "state_of", state)
    monkeypatch.setattr(steps, "gate", meanwhile)
    turns.take(settings.lake.root, DAY, run_id="night", by="daily_call_qa")
    outcome = run(last=DAY)
    assert (outcome.state, outcome.days()) == ("success", {str(DAY): "published"})
    assert told == ["rejudge_archive"]
    assert warehouse.publications(settings.lake, DAY)[-1].origin.startswith("rejudge of sequence 2")
    assert ("c9", "AC01", 2, "hit") in hits(settings)
    assert turns.last(settings.lake.root, DAY).ended


@pytest.mark.slow
@pytest.mark.parametrize("more", [{"rules": ["AC09"]}, {"packs": ["acne"]}, {"first": THIRD, "last": DAY}])
def test_what_cannot_be_is_refused_before_any_day(run, more):
    outcome = run(**more)
    assert outcome.state == "failed"
    assert outcome.states["plan"] == "failed"
    assert outcome.summary is None
