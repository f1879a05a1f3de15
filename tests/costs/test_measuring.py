"""What an attempt of a stage took."""

from __future__ import annotations

import os
import subprocess
import sys
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
    with costs.measured(tmp_path, "gate") as spent:
        pass
    assert spent.worked
    assert "what gate took is not kept" in caplog.text


def test_accounts_of_another_version_are_left_out(tmp_path):
    attempt(tmp_path, result=RESULT)
    storage.write_json(tmp_path / "costs" / "judge.x.json", {"stage": "judge", "something": "new"})
    (tmp_path / "costs" / "broken.json").write_text("{")
    assert [one.stage for one in costs.of_stages(tmp_path)] == ["transcribe"]
