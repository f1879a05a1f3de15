"""Which run's tasks go first, as Airflow's scheduler asks: of the DAG as it is serialized."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from callqa_airflow.priority import TODAY, of_archive

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("run_id", "archive"),
    [
        ("backfill__2016-01-04T16:00:00+00:00", True),
        ("backfill__2026-11-20T16:00:00+00:00", True),
        ("scheduled__2026-11-20T16:00:00+00:00", False),
        ("scheduled__2026-11-20T16:00:00.123456+00:00", False),
        ("scheduled__2016-01-04T16:00:00+00:00", True),
        ("manual__2016-01-04T16:00:00+00:00_AbCd", False),
        ("late__2016-01-04__0123456789abcdef", False),
        ("demo__2026-01-05__20261122T120000", False),
        ("backfill of mine", False),
        ("scheduled__yesterday", False),
        ("", False),
    ],
)
def test_a_runs_id_says_whether_it_is_of_an_archive(run_id, archive):
    assert of_archive(run_id, NOW) is archive


def test_every_task_of_today_weighs_more_than_any_of_an_archive(dags):
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags.dags["daily_call_qa"]))

    def weights(run_id):
        return {t.task_id: t.weight_rule.get_weight(SimpleNamespace(task=t, run_id=run_id)) for t in dag.tasks}

    of_the_archive, today = weights("backfill__2016-01-04T16:00:00+00:00"), weights("manual__today")
    assert max(of_the_archive.values()) < min(today.values())
    assert "shard.transcribe" in today
    new = {t.task_id: t.weight_rule.get_weight(SimpleNamespace(task=t)) for t in dag.tasks}
    assert min(new.values()) >= TODAY
