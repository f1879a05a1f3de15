"""The bodies of the DAGs' tasks, as Airflow calls them, over a real day."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, AirflowSkipException, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from callqa import pipeline, turns
from callqa.errors import GateRefused, RunAtWorkError, SourceError, UnreachableError, UsageError
from callqa.remote import attempts
from callqa_airflow import intraday, stages
from callqa_airflow import late as late_runs
from callqa_airflow import turns as airflow_turns
from tests.late.conftest import DAY, SHORT, ledger, published
from tests.late.test_at_once import DagRun
from tests.warehouse.conftest import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def params(settings, monkeypatch) -> dict:
    monkeypatch.setenv("CALLQA_SHARDS__SECONDS", "20")
    return {"day": str(DAY), "source": settings.source.root, "lake": settings.lake.root}


def scheduled(day: dt.date) -> DagRun:
    return DagRun(f"scheduled__{day}", "scheduled")


def step(params: dict, name: str) -> dict:
    """The tasks of `intraday_call_qa`, one after another."""
    run = intraday.look(params, DagRun(name, "scheduled", "intraday_call_qa"), None)
    for shard in run["fresh"]:
        intraday.hear(shard, run)
    exported = intraday.export(run)
    return intraday.publish(exported, intraday.gate(exported, run), run, 1)


def test_a_look_publishes_what_is_new_and_ends_green_where_nothing_is(settings, feed, params):
    feed.deliver(SHORT[0])
    assert step(params, "one")["sequence"] == 1
    with pytest.raises(AirflowSkipException, match="nothing new"):
        step(params, "two")
    feed.deliver(SHORT[1])
    assert step(params, "three")["sequence"] == 2
    assert published(settings) == sorted(SHORT[:2])
    assert turns.last(settings.lake.root, DAY).ended


def test_a_look_that_the_gate_refuses_is_red_once(settings, feed, params, monkeypatch):
    monkeypatch.setenv("CALLQA_GATE__MAX_REJECTED_SHARE", "0.1")
    feed.deliver(SHORT[0])
    (feed.folder / "broken.wav").write_bytes(b"not a recording")
    monkeypatch.setenv("CALLQA_INTRADAY__SETTLE_SECONDS", "0")
    with pytest.raises(GateRefused, match="so far"):
        step(params, "one")
    with pytest.raises(AirflowSkipException, match="refused"):
        step(params, "two")
    assert ledger(settings) == []


def test_a_look_skips_a_day_that_another_run_is_at_work_on(settings, feed, params):
    feed.deliver(SHORT[0])
    turns.take(settings.lake.root, DAY, run_id="scheduled__x", by="daily_call_qa")
    with pytest.raises(AirflowSkipException, match=r"run scheduled__x \(daily_call_qa\) is at work"):
        step(params, "one")


def test_only_a_scheduled_run_looks_back_and_names_the_run_by_what_it_found(settings, feed, params):
    feed.deliver(SHORT[0])
    pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[1])
    tomorrow = {**params, "day": str(DAY + dt.timedelta(days=1))}
    for kind in ("manual", "backfill", "asset_triggered"):
        assert stages.days_to_run_again(tomorrow, DagRun("x", kind), None) == []
    (wanted,) = stages.days_to_run_again(tomorrow, scheduled(DAY), None)
    assert wanted["conf"] == {**params, "only_grow": True}
    assert wanted["trigger_run_id"].startswith(f"late__{DAY}__")
    assert stages.days_to_run_again(tomorrow, scheduled(DAY), None) == [wanted]
    # That run, once it was there, leaves nothing to be found.
    pipeline.run_day(settings, DAY)
    assert stages.days_to_run_again(tomorrow, scheduled(DAY), None) == []
    assert late_runs.LOOKING == "scheduled"


class Asked:
    """A task that asks Airflow: runs by id, and what is raised where it does not answer."""

    def __init__(self, trouble: Exception | None = None, **states: str) -> None:
        self.states, self.trouble = states, trouble

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        if self.trouble:
            raise self.trouble
        if run_id not in self.states:
            detail = {"status_code": 404, "message": "Not Found"}
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))
        return self.states[run_id]


def test_a_late_run_that_ended_without_publishing_what_came_is_tried_again_the_next_night(settings, feed, params):
    feed.deliver(SHORT[0])
    pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[1])
    tomorrow = {**params, "day": str(DAY + dt.timedelta(days=1))}

    def wanted(**states: str) -> str:
        (one,) = stages.days_to_run_again(tomorrow, scheduled(DAY), Asked(**states))
        return one["trigger_run_id"]

    first = wanted()
    assert wanted(**{first: "running"}) == wanted(**{first: "queued"}) == first
    assert wanted(**{first: "failed"}) == f"{first}~2"
    assert wanted(**{first: "failed", f"{first}~2": "success"}) == f"{first}~3"
    with pytest.raises(ConnectionError):
        stages.days_to_run_again(tomorrow, scheduled(DAY), Asked(ConnectionError("no Airflow")))


def test_only_a_run_that_airflow_does_not_know_is_over_and_none_that_it_cannot_be_asked_about():
    holder = turns.Holder(run_id="manual__2026-04-04T00:00:00.404", kind="airflow", by="daily_call_qa", since="")
    over = airflow_turns.asking
    assert over(Asked())(holder)
    assert not over(Asked(ConnectionError(f"{holder.run_id}: connection lost, 404 bytes read")))(holder)
    assert not over(Asked(**{holder.run_id: "running"}))(holder)
    assert over(Asked(**{holder.run_id: "failed"}))(holder)
    assert not over(None)(holder)


def test_a_run_that_names_no_day_is_told_so_by_fetch_alone(settings, params):
    nameless = DagRun("manual__1", "manual")
    without = {**params, "day": None}
    assert stages.turn_has_come(without, nameless, None)
    assert stages.days_to_run_again(without, nameless, None) == []
    with pytest.raises(UsageError, match="does not name its day"):
        stages.fetch(without, nameless)


def test_a_run_that_nobody_asked_for_refuses_to_publish_a_day_without_what_is_published(settings, feed, params):
    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    (feed.folder / SHORT[0]).unlink()
    with pytest.raises(SourceError, match="no longer in the source"):
        stages.fetch({**params, "only_grow": True}, DagRun("late__1", "manual"))
    assert turns.last(settings.lake.root, DAY).ended
    run = stages.fetch(params, DagRun("manual__1", "manual"))
    assert run["recordings"] == 2  # its row says that one is missing
    with pytest.raises(RunAtWorkError, match="manual__1"):
        stages.fetch(params, DagRun("manual__2", "manual"))


def test_a_run_whose_source_does_not_answer_keeps_its_turn_until_it_is_tried_again(settings, params, monkeypatch):
    monkeypatch.setattr(attempts, "FIRST_WAIT", 0.001)
    with free_port() as port, pytest.raises(UnreachableError):
        stages.fetch({**params, "source": f"sftp://127.0.0.1:{port}/calls"}, DagRun("scheduled__1", "scheduled"))
    assert not turns.last(settings.lake.root, DAY).ended
    with pytest.raises(RunAtWorkError, match="scheduled__1"):
        turns.take(settings.lake.root, DAY, run_id="late__1", by="daily_call_qa")
