"""What a backfill's run does differently, without a scheduler: published and empty days, failures, an archive's end."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from airflow.sdk.api.datamodels._generated import DagRunType
from airflow.sdk.exceptions import AirflowSkipException

from callqa import archive, settings
from callqa.archive import Span
from callqa.settings import LakeSettings, Settings
from callqa_airflow import backfills
from tests import rows
from tests.warehouse import published

DAY = rows.DAY
SPAN = Span(DAY, DAY)


def dag_run(run_type="backfill", run_id="backfill__1", conf=None, clear_number=0):
    """As a task sees it: the type is a member of an enumeration."""
    return SimpleNamespace(
        run_type=DagRunType(run_type), run_id=run_id, conf=conf or {}, clear_number=clear_number,
        logical_date=dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC), data_interval_start=dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC),
    )  # fmt: skip


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def outcome(lake):
    found = archive.left(lake.root, SPAN)
    return found[DAY].outcome if found else None


def of_archive(lake, **values) -> Settings:
    made = Settings(lake=lake)
    return made.model_copy(update={"archive": made.archive.model_copy(update=values)})


def test_a_published_day_is_left_alone_by_a_backfill_and_by_nothing_else(lake, tmp_path):
    backfills.leave_published_alone(of_archive(lake), DAY, dag_run())  # nothing is published yet
    published.publish(lake, rows.clean(), tmp_path, run="r1")
    with pytest.raises(AirflowSkipException, match="publication 1"):
        backfills.leave_published_alone(of_archive(lake), DAY, dag_run())
    assert outcome(lake) == "done_before"
    for kind in ("scheduled", "manual"):
        backfills.leave_published_alone(of_archive(lake), DAY, dag_run(kind))


def test_a_published_day_is_run_again_where_somebody_asked(lake, tmp_path):
    published.publish(lake, rows.clean(), tmp_path, run="r1")
    backfills.leave_published_alone(of_archive(lake), DAY, dag_run(conf={"again": True}))
    backfills.leave_published_alone(of_archive(lake, published="again"), DAY, dag_run())
    backfills.leave_published_alone(of_archive(lake), DAY, dag_run(run_id="r1", clear_number=1))
    with pytest.raises(AirflowSkipException):
        backfills.leave_published_alone(of_archive(lake), DAY, dag_run(run_id="r2", clear_number=1))
    with pytest.raises(AirflowSkipException):
        backfills.leave_published_alone(of_archive(lake), DAY, dag_run(conf={"again": False}))


def test_an_empty_day_is_what_the_settings_say(lake):
    with pytest.raises(AirflowSkipException, match="no recordings of 2026-01-05"):
        backfills.leave_empty_alone(of_archive(lake), DAY, dag_run())
    assert outcome(lake) == "empty"
    backfills.leave_empty_alone(of_archive(lake), DAY, dag_run("scheduled"))
    backfills.leave_empty_alone(of_archive(lake, on_empty_day="refuse"), DAY, dag_run())
    wanted = {
        name: backfills.for_empty_days(of_archive(lake, on_empty_day=name), dag_run()).source.on_empty_day
        for name in ("skip", "publish", "refuse")
    }
    assert wanted == {"skip": "refuse", "publish": "publish", "refuse": "refuse"}
    nightly = of_archive(lake, on_empty_day="publish")
    assert backfills.for_empty_days(nightly, dag_run("scheduled")) == nightly


def test_a_failure_is_kept_with_its_task_and_without_its_words(lake, monkeypatch):
    monkeypatch.setenv("CALLQA_LAKE__ROOT", lake.root)
    monkeypatch.setattr(settings, "load", lambda: Settings(lake=lake))
    context = {
        "dag_run": dag_run(), "params": {"lake": lake.root}, "ti": SimpleNamespace(task_id="export"),
        "exception": ValueError("call c-1 of 13800000000"),
    }  # fmt: skip
    backfills.day_failed({**context, "dag_run": dag_run("scheduled")})
    assert outcome(lake) is None
    backfills.day_failed({**context, "ti": SimpleNamespace(task_id="report")})
    assert outcome(lake) is None
    backfills.day_failed(context)
    kept = archive.left(lake.root, SPAN)[DAY]
    assert (kept.outcome, kept.facts) == ("failed", {"task": "export", "error": "ValueError"})


def test_that_a_failure_cannot_be_kept_is_a_line_in_the_log(monkeypatch):
    said = []
    monkeypatch.setattr(backfills.log, "warning", lambda text, *values: said.append(text % values))
    backfills.day_failed({"dag_run": dag_run()})
    assert said == ["that the day failed cannot be kept: KeyError: 'ti'"]


def test_what_became_of_a_day_is_kept_of_backfills_only(lake):
    run = {"day": str(DAY), "run_id": "backfill__1"}
    told = {"published": True, "outcome": {"unchanged": False}}
    backfills.ended(Settings(lake=lake), run, told)
    assert outcome(lake) is None
    for summary, name in (
        (told, "published"),
        ({"published": True, "outcome": {"unchanged": True}}, "unchanged"),
        ({"published": False, "outcome": {"blocking": []}}, "refused"),
    ):
        backfills.ended(Settings(lake=lake), {**run, "backfill": True}, summary)
        assert outcome(lake) == name


def test_an_archive_is_over_when_no_run_of_its_days_is_queued_or_running(monkeypatch):
    asked = []

    def count(*, dag_id, logical_dates, states):
        asked.append(logical_dates)
        assert (dag_id, states) == ("daily_call_qa", ["queued", "running"])
        return sum(date in busy for date in logical_dates)

    params = {"from": "2016-01-01", "to": "2016-12-31"}
    busy = {dt.datetime(2016, 12, 30, 16, tzinfo=dt.UTC)}
    assert not backfills.is_over(params, count)
    assert len(asked) == 1  # the last days are asked about first
    busy = {dt.datetime(2015, 12, 31, 16, tzinfo=dt.UTC)}
    assert not backfills.is_over(params, count)
    busy, asked = set(), []
    assert backfills.is_over(params, count)
    dates = [date for piece in asked for date in piece]
    assert len(dates) == len(set(dates)) == 366
    assert max(len(piece) for piece in asked) == backfills.AT_ONCE
    assert min(dates) == dt.datetime(2015, 12, 31, 16, tzinfo=dt.UTC)


def test_a_backfills_refused_day_waits_for_nobody():
    from callqa.settings import GateSettings
    from callqa_airflow import decisions

    task = decisions.decide(GateSettings(decision_hours=48), refused_by="quarantine")
    ti = SimpleNamespace(xcom_pull=lambda task_ids: {"day": str(DAY), "reasons": [], "quarantine": "/lake"})
    answer = task.execute({"ti": ti, "dag_run": dag_run(), "run_id": "backfill__1"})
    assert (answer["approved"], answer["by"]) == (False, None)


def test_the_end_of_an_archive_is_told_in_two_lines():
    report = {
        "from": "2016-01-01", "to": "2025-12-31", "states": {"published": 3600, "failed": 0, "waiting": 2},
        "totals": {"recordings": 5, "rejected": 1, "hours": 2.5, "invalid": 0},
    }  # fmt: skip
    assert backfills.in_words(report) == [
        "2016-01-01 – 2025-12-31: 3600 published, 2 waiting",
        "5 recordings, 1 rejected, 2.5 h",
    ]


@pytest.fixture(scope="module")
def made_by_airflow(dags):
    """The runs that Airflow makes of a backfill between two moments."""
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags.dags["daily_call_qa"]))
    return lambda first, last: list(dag.iter_dagrun_infos_between(first, last))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2016-12-29", "2017-01-04"),
        ("2026-01-05", "2026-01-05"),
        ("2019-12-31", "2020-01-02"),
        ("2024-02-28", "2024-03-01"),
    ],
)
def test_a_backfill_has_a_run_of_each_day_that_it_is_asked_for_and_the_run_is_of_that_day(made_by_airflow, first, last):
    """Also of days before the DAG's start."""
    from callqa_airflow.days import business_day

    span = archive.span_of(first, last, "Asia/Shanghai")
    infos = made_by_airflow(*archive.bounds(span, "Asia/Shanghai"))
    days = [
        business_day(
            None, run_type=DagRunType.BACKFILL, logical_date=info.logical_date, timezone="Asia/Shanghai",
            data_interval_start=info.data_interval.start,
        )
        for info in infos
    ]  # fmt: skip
    assert days == span.days
    assert [info.logical_date for info in infos] == backfills.dates_of(span.days, "Asia/Shanghai")


def test_dates_without_a_zone_would_leave_out_the_first_day(made_by_airflow):
    bare = made_by_airflow(dt.datetime(2026, 1, 5, tzinfo=dt.UTC), dt.datetime(2026, 1, 7, tzinfo=dt.UTC))
    assert [info.logical_date for info in bare] == backfills.dates_of(
        [dt.date(2026, 1, 6), dt.date(2026, 1, 7)], "Asia/Shanghai"
    )


@pytest.mark.slow
@pytest.mark.parametrize("published_before", [False, True])
def test_a_run_that_has_nothing_to_do_ends_green_with_every_task_skipped(
    airflow_database, source, tmp_path, lake, monkeypatch, published_before
):
    """Through the DAG in Airflow's own test runner, whose runs are made by hand: they are told that they are a backfill's."""
    from airflow.dag_processing.dagbag import DagBag

    from tests.dags.conftest import REPO

    monkeypatch.setattr(backfills, "is_backfill", lambda _: True)
    root = source("2026-01-07", "100500-c5.wav")
    if published_before:
        published.publish(lake, rows.clean(), tmp_path, run="r1")
    dag = DagBag(dag_folder=str(REPO / "dags" / "daily_call_qa.py")).dags["daily_call_qa"]
    made = dag.test(run_conf={"source": str(root), "lake": lake.root, "day": str(DAY)})
    states = {task.task_id: str(task.state) for task in made.get_task_instances()}
    assert made.state == "success"
    assert {name for name, state in states.items() if state != "skipped"} <= {"turn", "look_back"}
    assert {states[name] for name in ("fetch", "export", "publish", "report")} == {"skipped"}
    assert outcome(lake) == ("done_before" if published_before else "empty")
