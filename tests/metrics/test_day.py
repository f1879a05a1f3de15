"""A day through `callqa run`: its metrics arrive, its cost is kept, its log lines say what they are about."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from callqa import storage, warehouse
from callqa.settings import LakeSettings
from tests.conftest import DEMO_CALLS, REPOSITORY
from tests.metrics.receiver import Receiver

pytestmark = pytest.mark.slow

DAY = "2026-01-07"
HEARD = ("100500-c5.wav", "101200-c6.wav", "085900-c1.mp3")
"""A ring-back, a busy tone, and a short call."""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("source") / DAY
    folder.mkdir()
    for name in HEARD:
        shutil.copy(DEMO_CALLS / DAY / name, folder)
    (folder / "empty.wav").write_bytes(b"")
    return folder.parent


class Run:
    """One `callqa run` in a process of its own, with somebody who takes its metrics."""

    def __init__(self, source: Path, lake: Path) -> None:
        receiver = Receiver()
        environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "CALLQA_LOG_FORMAT": "json"}
        command = ["run", "--date", DAY, "--source", source, "--lake", lake, "--json", "--verbose"]
        done = subprocess.run(
            [sys.executable, "-m", "callqa", *command],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        receiver.close()
        assert done.returncode == 0, done.stderr
        self.told = receiver
        self.summary = json.loads(done.stdout)
        self.log = [json.loads(line) for line in done.stderr.splitlines()]


@pytest.fixture(scope="module")
def runs(source, tmp_path_factory) -> tuple[LakeSettings, Run, Run]:
    """The day, and the day once more."""
    lake = tmp_path_factory.mktemp("costs") / "lake"
    return LakeSettings(root=str(lake)), Run(source, lake), Run(source, lake)


def test_the_first_run_tells_what_it_heard_and_what_became_of_the_day(runs):
    _, first, _ = runs
    told, cost = first.told, first.summary["cost"]
    assert told.total("callqa.audio.seconds", source="model") == pytest.approx(cost["heard_seconds"], abs=0.01)
    assert cost["heard_seconds"] > 0
    assert told.total("callqa.audio.seconds", source="cache") == 0
    assert told.total("callqa.recordings", status="rejected") == 1
    assert told.total("callqa.recordings.rejected", reason="empty_file") == 1
    assert told.total("callqa.cache.lookups", stage="prepare", result="miss") >= 3
    assert told.total("callqa.cache.lookups", result="hit") == 0
    assert told.total("callqa.gate.verdicts", verdict="passed") == 1
    assert told.count("callqa.transcription.real_time_factor", device="cpu") >= 1
    stages = {one.attributes["stage"] for one in told.points["callqa.stage.duration"]}
    assert stages == {"fetch", "prepare", "transcribe", "parse", "judge", "export", "gate", "publish"}
    assert {one.attributes["result"] for one in told.points["callqa.stage.duration"]} == {"done"}


def test_the_second_run_hears_nothing_and_costs_no_audio_again(runs):
    lake, first, second = runs
    assert second.told.total("callqa.audio.seconds", source="model") == 0
    heard = first.summary["cost"]["heard_seconds"]
    assert second.told.total("callqa.audio.seconds", source="cache") == pytest.approx(heard, abs=0.01)
    assert second.told.total("callqa.cache.lookups", stage="prepare", result="hit") >= 3
    sql = "select outcome, heard_seconds, cached_seconds, gpu_seconds, rejected, recordings from runs order by ended_at"
    rows = warehouse.query(lake, sql)[1]
    assert rows == [("published", heard, 0.0, 0.0, 1, 4), ("unchanged", 0.0, heard, 0.0, 1, 4)]


def test_the_summary_in_the_runs_folder_has_the_cost(runs):
    _, first, _ = runs
    kept = storage.read_json(Path(first.summary["run_dir"]) / "summary.json")
    cost = kept["cost"]
    assert cost == first.summary["cost"]
    assert set(cost["stage_seconds"]) >= {"prepare", "transcribe", "gate", "publish"}
    assert cost["cpu_seconds"] > cost["transcribe_cpu_seconds"] > 0
    assert cost["devices"] == ["cpu"]
    assert cost["audio_seconds"] > 10
    assert cost["asr_model"]


def test_every_line_of_a_stage_says_what_it_is_about(runs):
    _, first, _ = runs
    of_stages = [line for line in first.log if "stage" in line]
    assert {line["stage"] for line in of_stages} >= {"prepare", "transcribe"}
    for line in of_stages:
        assert (line["day"], line["run"]) == (DAY, first.summary["run_id"])
        assert line.get("shard", "").startswith("shard-") or line["stage"] in ("fetch", "export", "gate", "publish")


def test_nothing_that_was_said_is_in_the_log_or_the_metrics(runs):
    lake, first, second = runs
    texts = [text for (text,) in warehouse.query(lake, "select text from turns where length(text) > 3")[1]]
    assert texts
    told = json.dumps([first.log, second.log, repr(first.told.points), repr(second.told.points)], ensure_ascii=False)
    assert not [text for text in texts if text in told]
