"""What an attempt of a stage took."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from callqa import costs, storage
from callqa.costs import measuring

RESULT = {
    "transcription": {
        "clips": 2,
        "transcribed": 2,
        "seconds": 9.5,
        "heard_seconds": 9.5,
        "device": "cuda:0",
        "model": "m",
    }
}


def attempt(run_dir: Path, *, result: dict | None = None, shard: str = "shard-000") -> costs.Spent:
    with costs.measured(run_dir, "transcribe", shard) as spent:
        if result:
            storage.write_json(run_dir / "transcribe" / f"{shard}.json", {"result": result})
            spent.take(result)
    return spent


def test_time_work_and_bytes_are_measured(tmp_path):
    with costs.measured(tmp_path, "export") as spent:
        subprocess.run([sys.executable, "-c", "sum(i * i for i in range(3_000_000))"], check=True)
        (tmp_path / "made").write_bytes(os.urandom(100_000))
        os.sync()
    assert spent.cpu_seconds > 0.02, "children count"
    assert spent.wall_seconds > 0
    assert spent.bytes_written is None or spent.bytes_written >= 0
    assert (spent.worked, spent.failed, spent.gpu_seconds) == (True, False, 0.0)
    assert costs.of_stages(tmp_path) == [spent]


def test_a_gpu_is_busy_for_as_long_as_it_transcribes(tmp_path):
    spent = attempt(tmp_path, result=RESULT)
    assert spent.gpu_seconds == spent.wall_seconds > 0
    assert (spent.device, spent.model, spent.counts["heard_seconds"]) == ("cuda:0", "m", 9.5)


def test_what_was_finished_before_was_no_work(tmp_path):
    first = attempt(tmp_path, result=RESULT)
    with costs.measured(tmp_path, "transcribe", "shard-000") as second:
        second.take(RESULT)
    assert (first.worked, second.worked, second.gpu_seconds) == (True, False, 0.0)
    assert len(costs.of_stages(tmp_path)) == 2


def test_an_attempt_that_fails_is_kept_too(tmp_path):
    with pytest.raises(RuntimeError), costs.measured(tmp_path, "judge", "shard-001"):
        raise RuntimeError
    (spent,) = costs.of_stages(tmp_path)
    assert (spent.stage, spent.shard, spent.failed, spent.worked) == ("judge", "shard-001", True, False)


def test_a_system_that_does_not_tell_what_was_written_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "IO", tmp_path / "none")
    with costs.measured(tmp_path, "gate") as spent:
        pass
    assert spent.bytes_written is None


def test_a_run_folder_that_cannot_be_written_does_not_fail_the_stage(tmp_path, caplog):
    (tmp_path / "costs").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, measuring.log.name), costs.measured(tmp_path, "gate") as spent:
        pass
    assert spent.worked
    assert "what gate took is not kept" in caplog.text


def test_accounts_of_another_version_are_left_out(tmp_path):
    attempt(tmp_path, result=RESULT)
    storage.write_json(tmp_path / "costs" / "judge.x.json", {"stage": "judge", "something": "new"})
    (tmp_path / "costs" / "broken.json").write_text("{")
    assert [one.stage for one in costs.of_stages(tmp_path)] == ["transcribe"]


KILLED = """
import sys, time
from callqa import costs
from callqa.costs import measuring
measuring.EVERY_SECONDS = 0.05
with costs.measured(sys.argv[1], "transcribe", "shard-000"):
    print("at work", flush=True)
    time.sleep(60)
"""


def test_an_attempt_that_is_killed_has_cost_what_it_noted_last(tmp_path):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as at_work:
        assert at_work.stdout.readline() == b"at work\n"
        until = time.monotonic() + 30
        while not costs.of_stages(tmp_path) and time.monotonic() < until:
            time.sleep(0.01)
        at_work.kill()
    (spent,) = costs.of_stages(tmp_path)
    assert (spent.stage, spent.shard, spent.failed, spent.worked) == ("transcribe", "shard-000", True, False)
    assert spent.wall_seconds >= 0.05


def test_what_is_noted_on_the_way_is_replaced_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "EVERY_SECONDS", 0.01)
    with costs.measured(tmp_path, "gate") as spent:
        until = time.monotonic() + 30
        while not costs.of_stages(tmp_path) and time.monotonic() < until:
            time.sleep(0.01)
        assert costs.of_stages(tmp_path)[0].failed
    assert costs.of_stages(tmp_path) == [spent]
    assert not spent.failed
