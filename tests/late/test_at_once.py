"""Everything that may run a day, at the same moment over the same day."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from callqa import intraday, pipeline, turns
from callqa.errors import RunAtWorkError
from callqa_airflow import stages
from callqa_airflow import turns as airflow_turns
from tests.late.conftest import DAY, SHORT, ledger, published

pytestmark = pytest.mark.slow


@dataclass
class DagRun:
    """What a task is told of its run."""

    run_id: str
    run_type: str
    dag_id: str = "daily_call_qa"
    conf: None = None
    logical_date: None = None
    data_interval_start: None = None


def test_one_is_at_work_and_all_others_wait_or_are_told_by_whom(settings, feed, monkeypatch):
    feed.deliver(*SHORT[:2])
    monkeypatch.setenv("CALLQA_SHARDS__SECONDS", "20")
    params = {"day": str(DAY), "source": settings.source.root, "lake": settings.lake.root}
    airflow = [DagRun("scheduled__1", "scheduled"), DagRun("backfill__1", "backfill"), DagRun("late__1", "manual")]
    runs = {run.run_id: lambda run=run: stages.fetch(params, run) for run in airflow}
    runs |= {f"cli {n}": lambda: pipeline.run_day(settings, DAY) for n in (1, 2)}
    runs |= {f"look {n}": lambda n=n: intraday.publish_new(settings, DAY, f"look{n}") for n in (1, 2)}
    airflow_turns.take(settings, DAY, DagRun("first", "manual"))
    with pytest.raises(RunAtWorkError):  # what is imported at first use takes longer than a small day
        stages.fetch(params, airflow[0])
    turns.give_back(settings.lake.root, DAY, "first")
    start, ends = threading.Barrier(len(runs)), {}

    def one(name: str) -> None:
        start.wait()
        try:
            runs[name]()
            ends[name] = "at work"
        except RunAtWorkError as error:
            ends[name] = error.message

    threads = [threading.Thread(target=one, args=(name,)) for name in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [name for name, end in ends.items() if end == "at work"]
    holder = turns.last(settings.lake.root, DAY)
    told = {end for end in ends.values() if end != "at work"}
    assert told == {f"{DAY}: run {holder.run_id} ({holder.by}) is at work on it since {holder.since}"}
    # Whoever was first: the day is published once at most so far, and the next one has its turn when that ended.
    assert len(ledger(settings)) == (0 if winner in {run.run_id for run in airflow} else 1)
    turns.give_back(settings.lake.root, DAY, holder.run_id)
    last = DagRun("manual__9", "manual")
    assert airflow_turns.has_come(settings, DAY, last, None)
    assert not airflow_turns.has_come(settings, DAY, DagRun("manual__10", "manual"), None)
    turns.give_back(settings.lake.root, DAY, last.run_id)
    pipeline.run_day(settings, DAY)
    assert published(settings) == sorted(SHORT[:2])
