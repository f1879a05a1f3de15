"""A run's row: its attempts added up, nothing twice."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from callqa import costs, warehouse
from callqa.contracts import RunCost
from callqa.costs import Spent
from callqa.settings import LakeSettings

NOW = dt.datetime(2026, 1, 6, 3, tzinfo=dt.UTC)
SUMMARY = {
    "day": "2026-01-05",
    "run_id": "r1",
    "recordings": 7,
    "rejected": 2,
    "outcome": {"published": True, "unchanged": False},
}


def spent(stage: str, shard: str = "", minute: int = 0, **more) -> Spent:
    known = {"wall_seconds": 10.0, "cpu_seconds": 15.0, "bytes_written": 1000, "worked": True}
    return Spent(stage, shard, f"2026-01-06T00:{minute:02}:00+00:00", **{**known, **more})


def prepared(shard: str, seconds: float, **more) -> Spent:
    return spent("prepare", shard, counts={"recordings": 3, "seconds": seconds}, **more)


def transcribed(shard: str, seconds: float, heard: float, **more) -> Spent:
    counts = {"seconds": seconds, "heard_seconds": heard, "transcribed": 1}
    more = {"device": "cuda:0", "gpu_seconds": 10.0, "model": "m", **more}
    return spent("transcribe", shard, counts=counts, **more)


DAY = [
    spent("fetch"),
    prepared("s0", 100.0, minute=1), transcribed("s0", 80.0, 80.0, minute=2),
    prepared("s1", 50.0, minute=3), transcribed("s1", 40.0, 10.0, minute=4),
    spent("publish", minute=5),
]  # fmt: skip


def row(found: list[Spent], **summary) -> RunCost:
    return costs.of_run({**SUMMARY, **summary}, found, NOW)


def test_shards_are_added_up():
    cost = row(DAY)
    assert (cost.call_date, cost.run_id, cost.outcome, cost.shards) == (dt.date(2026, 1, 5), "r1", "published", 2)
    assert (cost.audio_seconds, cost.heard_seconds, cost.cached_seconds) == (150, 90, 30)
    assert (cost.gpu_seconds, cost.cpu_seconds, cost.transcribe_cpu_seconds) == (20, 90, 30)
    assert cost.stage_seconds == {"fetch": 10, "prepare": 20, "transcribe": 20, "publish": 10}
    assert (cost.bytes_written, cost.devices, cost.asr_model) == (6000, ["cuda:0"], "m")
    assert (cost.started_at.hour, cost.ended_at) == (0, NOW)


def test_a_shard_that_was_finished_costs_its_look_and_no_audio():
    again = [
        prepared("s0", 100.0, minute=10, worked=False, wall_seconds=0.1, cpu_seconds=0.1),
        transcribed("s0", 80.0, 80.0, minute=11, worked=False, wall_seconds=0.1, cpu_seconds=0.1, gpu_seconds=0.0),
    ]
    cost, before = row([*DAY, *again]), row(DAY)
    assert (cost.audio_seconds, cost.heard_seconds, cost.cached_seconds) == (150, 90, 30)
    assert cost.gpu_seconds == before.gpu_seconds
    assert cost.cpu_seconds == pytest.approx(before.cpu_seconds + 0.2)


def test_a_failed_attempt_costs_time_and_its_retry_the_rest():
    failed = transcribed("s0", 0.0, 0.0, minute=1, worked=False, failed=True, gpu_seconds=0.0)
    assert row([failed, *DAY]).cpu_seconds == row(DAY).cpu_seconds + 15
    assert row([failed, *DAY]).heard_seconds == 90


def test_a_gpu_was_busy_for_attempts_that_failed_or_were_killed_too():
    lost = transcribed("s0", 0.0, 0.0, minute=1, worked=False, failed=True, gpu_seconds=0.0, device="")
    assert row([lost, *DAY]).gpu_seconds == row(DAY).gpu_seconds + 10
    on_cpu = [dataclasses.replace(one, device="cpu", gpu_seconds=0.0) for one in (lost, *DAY)]
    assert row(on_cpu).gpu_seconds == 0
    assert row([lost]).gpu_seconds == 0, "nobody said that there is a GPU"


def test_what_became_of_the_day_is_told():
    assert row([], outcome={"published": False}).outcome == "refused"
    assert row([], outcome={"published": True, "unchanged": True}).outcome == "unchanged"
    assert (row([]).started_at, row([]).bytes_written, row([]).audio_seconds) == (NOW, None, 0.0)


def test_a_month_is_one_question_and_a_run_one_row(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    first = row(DAY)
    warehouse.keep_cost(lake, first)
    warehouse.keep_cost(lake, first)
    other = dataclasses.replace(first, call_date=dt.date(2026, 1, 6), run_id="it's another", outcome="refused")
    warehouse.keep_cost(lake, other)
    warehouse.keep_cost(lake, dataclasses.replace(other, gpu_seconds=25.0, ended_at=NOW + dt.timedelta(hours=1)))
    sql = "select count(*), sum(gpu_seconds), sum(heard_seconds), sum(stage_seconds['transcribe']) from runs"
    assert warehouse.query(lake, f"{sql} where call_date between '2026-01-01' and '2026-01-31'")[1] == [
        (2, 45, 180, 40)
    ]
    assert warehouse.publications(lake) == []
