"""What an operator sees of a real Airflow: metrics of tasks, fields in their logs, a deadline that is missed."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from callqa_airflow import stack
from callqa_airflow.rest import Client
from tests import backfilling
from tests.dags.conftest import DEMO_CALLS
from tests.metrics.receiver import Receiver
from tests.waiting import started, until

pytestmark = pytest.mark.slow

DAY = "2026-01-07"
HEARD = ("100500-c5.wav", "085900-c1.mp3")
YESTERDAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() - dt.timedelta(days=1)
BY_HAND, OF_A_BACKFILL = "by~hand:1", "2026-01-06"


@pytest.fixture
def days(tmp_path) -> Path:
    """Two short recordings each of yesterday, of a day by hand and of a backfill's."""
    for day in (str(YESTERDAY), DAY, OF_A_BACKFILL):
        folder = tmp_path / "source" / day
        folder.mkdir(parents=True)
        for name in HEARD:
            shutil.copy(DEMO_CALLS / DAY / name, folder)
    return tmp_path / "source"


def test_metrics_logs_and_a_missed_deadline_of_real_tasks(home, days, tmp_path, monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(days))
    monkeypatch.setenv("CALLQA_ALARMS__PUBLISHED_BY", "00:00")
    lake = LakeSettings(root=str(tmp_path / "lake"))
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(receiver.close)
        at_the_end.callback(stack.down, home)
        assert stack.main(["up"]) == 0
        client = Client(home)
        midnight = dt.datetime.combine(dt.date.fromisoformat(OF_A_BACKFILL), dt.time(), ZoneInfo("Asia/Shanghai"))
        backfilling.begin(client, {"from_date": midnight.isoformat(), "to_date": midnight.isoformat()})
        started(client, "daily_call_qa", BY_HAND, {"day": DAY})
        states = until(lambda: ended(client))
        until(lambda: receiver.total("callqa.deadlines.missed"))
        until(lambda: client.patch("/dags/lake_metrics", {"is_paused": False}))
        until(lambda: receiver.points.get("callqa.published.age"))
    assert set(states.values()) == {"success"}
    assert len(states) == 3
    assert {str(row.call_date) for row in warehouse.publications(lake)} == {str(YESTERDAY), DAY, OF_A_BACKFILL}
    told_of_the_days(receiver)
    kept_in_the_warehouse(lake)
    lines_of_a_task(home)


def told_of_the_days(receiver: Receiver) -> None:
    assert receiver.total("callqa.deadlines.missed") == 1, "neither the run by hand nor the backfill's had a deadline"
    assert receiver.total("callqa.gate.verdicts", verdict="passed") == 3
    assert receiver.total("callqa.recordings") == 6
    assert receiver.count("callqa.stage.duration", stage="judge", result="done") == 3
    assert receiver.total("callqa.published.age") == 1
    assert receiver.total("callqa.audio.seconds", source="model") > 0


def kept_in_the_warehouse(lake: LakeSettings) -> None:
    rows = warehouse.query(lake, "select run_id, heard_seconds + cached_seconds, cpu_seconds from runs")[1]
    assert len(rows) == 3
    assert BY_HAND in {run for run, _, _ in rows}
    assert all(audio > 0 and cpu > 0 for _, audio, cpu in rows)


def lines_of_a_task(home) -> None:
    """The file in which Airflow keeps a task's log, and from which its page is made."""
    (path,) = (home.state / "logs").glob("dag_id=daily_call_qa/run_id=by~hand:1/task_id=shard.prepare/**/attempt=1.log")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    (line,) = [line for line in lines if line["event"].startswith("shard-000: recordings 2")]
    assert {name: line[name] for name in ("day", "run", "stage", "shard")} == {
        "day": DAY, "run": BY_HAND, "stage": "prepare", "shard": "shard-000",
    }  # fmt: skip


def ended(client: Client) -> dict[str, str] | None:
    runs = client.get("/dags/daily_call_qa/dagRuns")["dag_runs"]
    states = {run["dag_run_id"]: run["state"] for run in runs}
    return states if len(states) >= 3 and set(states.values()) <= {"success", "failed"} else None
