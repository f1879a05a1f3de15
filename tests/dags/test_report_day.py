"""What follows a publication: pages and messages; under a real scheduler once, from the recordings to the receiver."""

from __future__ import annotations

import contextlib
import json
import logging
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import DagBag

from callqa import notify, reports, warehouse
from callqa.errors import DeliveryError, UsageError
from callqa.notify import Sent
from callqa.settings import LakeSettings, Settings
from callqa_airflow import notifying, stack
from callqa_airflow.rest import Client
from tests import backfilling, refused, rows
from tests.dags.conftest import REPO
from tests.notify.receivers import Receiver, listening
from tests.waiting import until
from tests.warehouse.published import publish

BY_HAND = {"day": None, "notify": True, "lake": None}
ROUTE = (
    '[{name = "people", address = "ADDRESS", language = "en", rules = ["HR01"],'
    ' events = ["published", "refused", "failed"]}]'
)


def event(day="2026-01-05", sequence=1, run_type="scheduled", run_id="scheduled__x", **conf):
    run = SimpleNamespace(run_type=run_type, conf=conf)
    return SimpleNamespace(extra={"day": day, "sequence": sequence}, source_run_id=run_id, source_dag_run=run)


# Which days, and whether people are told


def test_each_published_day_once_by_its_newest_publication():
    found = notifying.days(BY_HAND, [event(sequence=2), event(sequence=1), event("2026-01-06")])
    assert [(entry["day"], entry["told_of"], entry["silent"]) for entry in found] == [
        ("2026-01-05", [1, 2], ""),
        ("2026-01-06", [1], ""),
    ]


def test_a_publication_that_nobody_is_told_of_does_not_silence_the_one_before_it():
    (entry,) = notifying.days(BY_HAND, [event(sequence=1), event(sequence=2, run_type="backfill")])
    assert (entry["told_of"], entry["silent"]) == ([1], "")


def test_rules_judged_again_before_people_were_told_of_the_day_do_not_silence_it(receiver, tmp_path, monkeypatch):
    monkeypatch.setattr(notifying, "_name", lambda entry: None)
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("CALLQA_NOTIFY__MAX_AGE_DAYS", "0")
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    publish(lake, rows.clean(marker=" again"), tmp_path, run="r2")
    warehouse.roll_back(lake, rows.DAY, 1, by="lin", reason="a test")
    silent = notifying.days(BY_HAND, [event(sequence=3)])[0]
    assert "rollback" in notifying.notify(silent, 1, 1)["silent"]
    assert receiver.requests == []
    both = notifying.days(BY_HAND, [event(sequence=1), event(sequence=3)])[0]
    assert notifying.notify(both, 1, 1)["silent"] == ""
    assert "4 call(s)" in str(receiver)


@pytest.mark.parametrize(
    ("published", "silent"),
    [
        (event(), False),
        (event(run_type="backfill"), True),
        (event(run_type="backfill", notify=True), False),
        (event(run_type="manual"), False),
        (event(run_type="manual", lake="/tmp/trial"), True),
        (event(run_type="manual", source="/tmp/other", lake=""), True),
        (event(run_type="manual", lake="/tmp/trial", notify=True), False),
        (event(run_type="manual", notify=False), True),
    ],
)
def test_backfills_and_trials_tell_nobody_unless_asked(published, silent):
    (entry,) = notifying.days(BY_HAND, [published])
    assert bool(entry["silent"]) is silent


def test_a_backfill_whose_run_is_gone_tells_nobody():
    published = event(run_id="backfill__2026-01-05")
    published.source_dag_run = None
    assert notifying.days(BY_HAND, [published])[0]["silent"]


def test_a_trials_day_is_looked_for_in_its_own_lake():
    assert notifying.days(BY_HAND, [event(lake="/tmp/trial")])[0]["lake"] == "/tmp/trial"


def test_a_person_names_the_day_and_whether_to_tell():
    (entry,) = notifying.days({**BY_HAND, "day": "2026-01-05"}, ())
    assert (entry["day"], entry["told_of"], entry["silent"]) == ("2026-01-05", [], "")
    assert notifying.days({**BY_HAND, "day": "2026-01-05", "notify": False}, ())[0]["silent"]
    with pytest.raises(UsageError, match="names no day"):
        notifying.days(BY_HAND, ())


def test_clips_are_cut_out_of_recordings_that_a_connection_opens(tmp_path, monkeypatch):
    made: list[tuple[Settings, float]] = []

    def run(settings, day, patience):
        made.append((settings, patience))
        return {"folder": "f", "changed": True, "periods": {}}

    monkeypatch.setattr(reports, "run", run)
    monkeypatch.setattr(notifying, "_name", lambda entry: None)
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", "s3://recordings")
    monkeypatch.setenv("CALLQA_SOURCE__CONNECTION", "recorder")
    monkeypatch.setenv("AIRFLOW_CONN_RECORDER", json.dumps({"conn_type": "aws", "login": "AK", "password": "SK"}))
    for published in (event(), event(run_type="backfill")):
        notifying.report(notifying.days(BY_HAND, [published])[0])
    assert made[0][0].source.storage["secret"] == "SK"
    assert [patience for _, patience in made] == [notifying.COST_SECONDS, 0.0]


def test_what_is_pending_fails_all_attempts_but_the_last():
    sent = Sent(({"state": "pending"}, {"state": "sent"}), ("route x: HTTP 500",))
    with pytest.raises(DeliveryError, match="1 message"):
        notifying._counts(sent, 2, 3)
    assert notifying._counts(sent, 3, 3) == {"pending": 1, "sent": 1}


# What is told of a run that comes to nothing


@pytest.fixture
def receiver(monkeypatch):
    with listening() as one:
        monkeypatch.setenv("PEOPLE", one.url)
        monkeypatch.setenv("CALLQA_NOTIFY__ROUTES", ROUTE.replace("ADDRESS", "env:PEOPLE"))
        yield one


def context(tmp_path, monkeypatch, task_id="fetch", run_type="scheduled", exception=None, **conf):
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    refused_day = {"day": "2026-01-05", "reasons": [f"check.{n}: too many" for n in range(12)]}
    run = SimpleNamespace(
        dag_id="daily_call_qa", run_id="r 1", run_type=run_type, logical_date=None, data_interval_start=None, conf=conf,
        clear_number=0,
    )  # fmt: skip
    ti = SimpleNamespace(task_id=task_id, xcom_pull=lambda task_ids: refused_day)
    return {"ti": ti, "dag_run": run, "params": {"day": "2026-01-05", **conf}, "exception": exception}


def test_a_run_that_fails_is_told_once_whatever_number_of_its_tasks_fail(receiver, tmp_path, monkeypatch):
    error = ValueError("cannot read /calls/2026-01-05/c-1.wav")
    for task_id in ("shard.transcribe", "shard.prepare"):
        notifying.day_failed(context(tmp_path, monkeypatch, task_id, exception=error))
    notifying.day_failed(context(tmp_path, monkeypatch))
    (text,) = receiver.texts()
    assert "2026-01-05 failed" in text
    assert "shard.transcribe (ValueError)" in text
    assert "c-1" not in text


def test_a_refused_day_is_told_with_its_reasons(receiver, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/x/")
    notifying.day_refused(context(tmp_path, monkeypatch, "quarantine"))
    notifying.day_failed(context(tmp_path, monkeypatch, "report"))
    (text,) = receiver.texts()
    assert "refused by the gate" in text
    assert "check.9: too many\n… (+2)" in text
    assert "https://airflow.example/x/dags/daily_call_qa/runs/r%201/required_actions" in text


@pytest.mark.parametrize("given", [{"run_type": "backfill"}, {"lake": "/tmp/trial"}, {"source": "/tmp/other"}])
def test_backfills_and_trials_that_come_to_nothing_tell_nobody(receiver, tmp_path, monkeypatch, given):
    notifying.day_failed(context(tmp_path, monkeypatch, **given))
    notifying.day_refused(context(tmp_path, monkeypatch, "quarantine", **given))
    assert receiver.requests == []


def test_a_callback_never_fails(receiver, tmp_path, monkeypatch, caplog):
    broken = context(tmp_path, monkeypatch)
    monkeypatch.setenv("CALLQA_NOTIFY__ROUTES", "no routes")
    with caplog.at_level(logging.WARNING, logger=notifying.__name__):
        notifying.day_failed(broken)
    assert "nobody could be told: SettingsError" in caplog.text


# The DAG


@pytest.mark.slow
def test_a_day_by_hand_gets_its_pages_and_tells_people_once(airflow_database, receiver, tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    receiver.always = 503

    def run(**conf):
        dag = DagBag(dag_folder=str(REPO / "dags" / "report_day.py")).dags["report_day"]
        ended = dag.test(run_conf={"day": "2026-01-05", "lake": lake.root, **conf})
        return {task.task_id: (task.state, task.rendered_map_index) for task in ended.get_task_instances()}

    assert run(notify=False)["day.notify"] == ("success", "2026-01-05")
    assert receiver.requests == []
    states = run()
    assert states["day.report"][0] == "success"
    # It could not be sent: a warning in the run, and a row; the next run sends it.
    assert states["day.notify"][0] == "success"
    found = notify.rows(Settings(lake=lake))
    assert [row["state"] for row in found] == ["pending", "pending"]
    receiver.always = 200
    before = len(receiver.requests)
    run()
    run()
    assert len(receiver.requests) == before + 2
    assert {row["state"] for row in notify.rows(Settings(lake=lake))} == {"sent"}


@pytest.mark.slow
def test_from_the_recordings_to_the_receiver(home, source, tmp_path, monkeypatch):
    """Published, backfilled, refused and failed: who hears of which, through connections that Airflow keeps."""
    for day, call in {
        "2026-01-05": "090112-a1.wav",
        "2026-01-06": "114000-b12.wav",
        "2026-01-07": "100500-c5.wav",
    }.items():
        root = source(day, call)
    (root / "2026-01-05" / "broken.wav").write_bytes(b"")
    with contextlib.ExitStack() as at_the_end:
        people: Receiver = at_the_end.enter_context(listening())
        monkeypatch.setenv("AIRFLOW_CONN_PEOPLE", json.dumps({"conn_type": "generic", "password": people.url}))
        monkeypatch.setenv("CALLQA_NOTIFY__ROUTES", ROUTE.replace("ADDRESS", "connection:people"))
        monkeypatch.setenv("CALLQA_NOTIFY__MAX_AGE_DAYS", "0")
        monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(root))
        monkeypatch.setenv("CALLQA_GATE__DECISION_HOURS", "0")
        at_the_end.callback(stack.down, home)
        assert stack.main(["up"]) == 0
        client = Client(home)
        until(lambda: client.patch("/dags/report_day", {"is_paused": False}))
        moment = "2026-01-06T00:00:00+08:00"
        backfilling.begin(client, {"from_date": moment, "to_date": moment, "max_active_runs": 1})
        refused.begin(client, ["2026-01-05", "2026-01-07", "2026-01-08"])
        states = {day: refused.ended(client, day) for day in ("2026-01-05", "2026-01-07", "2026-01-08")}
        runs = until(lambda: reported(client, 2))
        heard = until(lambda: len(texts_of(people)) >= 3 and texts_of(people))
    lake = LakeSettings(root=str(tmp_path / "lake"))
    assert states == {"2026-01-05": "failed", "2026-01-07": "success", "2026-01-08": "failed"}
    assert [str(row.call_date) for row in warehouse.publications(lake)] == ["2026-01-06", "2026-01-07"]
    assert runs == ["success", "success"]
    assert heard == {
        "2026-01-07 is published",
        "2026-01-05 was refused by the gate and waits for a decision",
        "2026-01-08 failed",
    }
    assert not any("2026-01-06" in text for text in people.texts())
    for day in ("2026-01-06", "2026-01-07"):
        assert (tmp_path / "lake" / "reports" / day / "report.json").is_file()
    secret = people.url.encode()
    assert not [path for path in home.state.rglob("*.log") if secret in path.read_bytes()]


def reported(client, count) -> list[str] | None:
    """The states of the runs that publications started, once there are so many and all have ended."""
    found = [run["state"] for run in client.get("/dags/report_day/dagRuns")["dag_runs"]]
    return found if len(found) >= count and set(found) <= {"success", "failed"} else None


def texts_of(people) -> set[str]:
    """What was heard of the days of this test; of yesterday, which Airflow runs by itself, nothing is said here."""
    titles = {text.splitlines()[0].removeprefix("[call quality] ") for text in people.texts()}
    return {title for title in titles if title.startswith("2026-01-") and "call(s)" not in title}
