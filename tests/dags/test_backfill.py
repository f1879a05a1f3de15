"""An archive run by Airflow's own backfill, under a real scheduler that is killed on the way, with today's run beside it."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from callqa import archive, storage, warehouse
from callqa.archive import Span
from callqa.settings import LakeSettings, Settings
from callqa_airflow import stack
from callqa_airflow.home import Home
from callqa_airflow.processes import Component
from callqa_airflow.rest import Client, segment
from tests import backfilling, waiting
from tests.dags.conftest import DEMO_CALLS, PARSED_ONCE
from tests.waiting import started

pytestmark = pytest.mark.slow

ZONE = "Asia/Shanghai"
SHORT = ("100500-c5.wav", "085900-c1.mp3")
"""The tone of a number that is none, and a short call: two shards, one of them with something to transcribe."""
ARCHIVE = Span(dt.date(2016, 12, 29), dt.date(2017, 1, 4))
"""Older than the DAG's start, over the turn of a year."""
EMPTY = (dt.date(2016, 12, 31), dt.date(2017, 1, 1))
"""Its weekend."""
BROKEN = dt.date(2017, 1, 2)
"""A day of files that are no recordings: the gate refuses it."""
AGAIN = Span(dt.date(2016, 12, 30), BROKEN)
"""What is run again: a day of each kind."""
TODAY = dt.date(2026, 1, 7)
until = functools.partial(waiting.until, seconds=420.0)


def days_of(root: Path) -> Path:
    """A source with the archive's days and today."""
    for day in [*ARCHIVE.days, TODAY]:
        folder = root / day.isoformat()
        if day in EMPTY:
            continue
        folder.mkdir(parents=True)
        for file in SHORT:
            if day == BROKEN:
                (folder / file).write_bytes(b"not audio")
            else:
                shutil.copy(DEMO_CALLS / "2026-01-07" / file, folder / file)
    (root / EMPTY[0].isoformat()).mkdir()  # one has a folder, the other not even that
    return root


@dataclass
class Story:
    """What was seen of the archive."""

    settings: Settings
    runs: dict[dt.date, dict[str, Any]] = field(default_factory=dict)
    """Airflow's runs by day, once all was over."""
    today: dict[str, Any] = field(default_factory=dict)
    left_when_today_began: int = 0
    first: dict[dt.date, Any] = field(default_factory=dict)
    """Publications after the first backfill …"""
    second: dict[dt.date, Any] = field(default_factory=dict)
    """… and after the others."""
    heard: list[dict[str, int]] = field(default_factory=list)
    """What the model had heard by the end of each backfill."""
    outcomes: list[dict[dt.date, str]] = field(default_factory=list)
    """By day, after each backfill."""
    report: dict[str, Any] = field(default_factory=dict)
    """Of the first backfill, as it was written by itself."""
    killed: bool = False


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Home, Settings]]:
    """All of Airflow over a lake of its own, the pool with one slot."""
    folder = tmp_path_factory.mktemp("backfill")
    with pytest.MonkeyPatch.context() as patched:
        import os

        for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
            patched.delenv(name)
        values = {
            "CALLQA_AIRFLOW_HOME": folder / "home", "CALLQA_LAKE__ROOT": folder / "lake",
            "CALLQA_SOURCE__ROOT": days_of(folder / "source"), "CALLQA_SHARDS__SECONDS": 9,
            "CALLQA_SOURCE__LATE_DAYS": 0, "CALLQA_ARCHIVE_POLL_SECONDS": 5, "CALLQA_RETRY_SECONDS": 1,
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False", "AIRFLOW__API__PORT": stack_port(),
        }  # fmt: skip
        for name, value in [*values.items(), PARSED_ONCE]:
            patched.setenv(name, str(value))
        home = Home(folder / "home")
        with contextlib.ExitStack() as at_the_end:
            at_the_end.callback(stack.down, home)
            assert stack.main(["up"]) == 0
            client = Client(home)
            until(lambda: client.get("/dags/daily_call_qa"))
            until(lambda: client.get("/dags/archive_report"))
            yield client, home, Settings(lake=LakeSettings(root=str(folder / "lake")))


@pytest.fixture(scope="module")
def story(airflow: tuple[Client, Home, Settings]) -> Story:
    client, home, settings = airflow
    told = Story(settings)
    begin(client, ARCHIVE)
    started(client, "archive_report", "its-report", {"from": str(ARCHIVE.first), "to": str(ARCHIVE.last)})
    until(lambda: len(ended(client)) >= 1)
    told.left_when_today_began = len(ARCHIVE) - len(ended(client))
    started(client, "daily_call_qa", "today", {"day": str(TODAY)})
    told.today = until(lambda: over(client, "daily_call_qa", "today"))
    told.killed = kill_scheduler(home)
    assert stack.main(["up"]) == 0
    until(lambda: over(client, "archive_report", "its-report"))
    told.runs = {day: run for run in ended(client) if (day := day_of(run))}
    told.first, told.outcomes, told.heard = published(settings), [outcomes(settings)], [heard(settings)]
    told.report = storage.read_json(Path(settings.lake.root) / archive.REPORTS / f"{ARCHIVE.first}_{ARCHIVE.last}.json")
    for more in (
        {"reprocess_behavior": "completed"},
        {"reprocess_behavior": "completed", "dag_run_conf": {"again": True}},
    ):
        until(lambda: all(one["completed_at"] for one in client.get("/backfills", dag_id="daily_call_qa")["backfills"]))
        begin(client, AGAIN, **more)
        until(lambda: len(ended(client)) == len(ARCHIVE))
        told.outcomes.append(outcomes(settings))
        told.heard.append(heard(settings))
    told.second = published(settings)
    return told


def stack_port() -> int:
    from tests.dags.conftest import free_port

    return free_port()


def begin(client: Client, span: Span, **more: Any) -> None:
    first, last = archive.bounds(span, ZONE)
    body = {"from_date": first.isoformat(), "to_date": last.isoformat(), "max_active_runs": 2, **more}
    backfilling.begin(client, body)


def ended(client: Client) -> list[dict[str, Any]]:
    runs = client.get("/dags/daily_call_qa/dagRuns", run_type="backfill", limit=100)["dag_runs"]
    return [run for run in runs if run["state"] in ("success", "failed")]


def over(client: Client, dag: str, run: str) -> dict[str, Any] | None:
    found = client.get(f"/dags/{dag}/dagRuns/{segment(run)}")
    return found if found["state"] in ("success", "failed") else None


def day_of(run: dict[str, Any]) -> dt.date:
    from zoneinfo import ZoneInfo

    return dt.datetime.fromisoformat(run["logical_date"]).astimezone(ZoneInfo(ZONE)).date()


def published(settings: Settings) -> dict[dt.date, Any]:
    return {row.call_date: row for row in warehouse.publications(settings.lake)}


def outcomes(settings: Settings) -> dict[dt.date, str]:
    return {day: one.outcome for day, one in archive.left(settings.lake.root, ARCHIVE).items()}


def heard(settings: Settings) -> dict[str, int]:
    """Clips that the runs transcribed, and entries of the cache."""
    lake = Path(settings.lake.root)
    shards = [storage.read_json(path)["result"]["transcription"] for path in lake.glob("runs/*/transcribe/*.json")]
    entries = [path for path in lake.glob("cache/transcribe/*/*") if not path.name.startswith(".")]
    return {"clips": sum(shard["transcribed"] for shard in shards), "entries": len(entries)}


def kill_scheduler(home: Home) -> bool:
    """kill -9 of the scheduler and all that it started: executor, supervisors, tasks."""
    part = Component("scheduler", home.run)
    first, members = part.process(), part.members()
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(members, timeout=30)
    return first is not None and len(members) > 1 and not first.is_running()  # the keeper may have started another


def test_a_backfill_of_a_day_publishes_that_day(story):
    calling = [day for day in ARCHIVE.days if day not in (*EMPTY, BROKEN)]
    assert sorted(story.first) == sorted([*calling, TODAY])
    assert {day: row.run_id for day, row in story.first.items() if day != TODAY} == {
        day: story.runs[day]["dag_run_id"] for day in calling
    }
    _, rows = warehouse.query(story.settings.lake, "select call_date, count(*) from calls group by 1 order by 1")
    assert rows == [(day, len(SHORT)) for day in sorted(story.first)]


def test_an_empty_day_is_an_outcome_and_no_failure(story):
    for day in EMPTY:
        assert story.runs[day]["state"] == "success"
        assert story.outcomes[0][day] == "empty"


def test_a_refused_day_is_red_and_waits_for_nobody(story):
    assert story.runs[BROKEN]["state"] == "failed"
    assert story.outcomes[0][BROKEN] == "refused"
    assert BROKEN not in story.first


def test_a_scheduler_that_was_killed_goes_on_where_it_was(story):
    assert story.killed
    assert sorted(story.runs) == ARCHIVE.days
    assert {run["state"] for day, run in story.runs.items() if day != BROKEN} == {"success"}


def test_todays_run_ends_before_the_archive_does(story):
    assert story.left_when_today_began >= 4
    assert story.today["state"] == "success"
    later = [run for run in story.runs.values() if run["end_date"] > story.today["end_date"]]
    assert len(later) >= 2


def test_the_report_is_written_by_itself_once_the_last_day_is_done(story):
    made = story.report
    assert made["states"] == {"published": 4, "waiting": 1, "rejected": 0, "empty": 2, "failed": 0, "nothing": 0}
    assert made["waiting"] == [str(BROKEN)]
    assert made["totals"]["recordings"] == 8
    assert made["cost"]["heard_hours"] + made["cost"]["cached_hours"] >= 0


def test_a_backfill_over_days_already_done_changes_nothing(story):
    assert {story.outcomes[2][day] for day in AGAIN.days} == {"unchanged", "empty", "refused"}
    assert story.second == story.first


def test_a_backfill_over_days_already_done_transcribes_nothing(story):
    assert story.heard[0]["clips"] > 0
    assert story.heard[1] == story.heard[2] == story.heard[0]
