"""What happened, as metrics."""

from __future__ import annotations

from callqa import metrics
from callqa.costs import Spent

TRANSCRIBED = {"clips": 10, "transcribed": 6, "cached": 4, "rejected": 0, "seconds": 100.0, "heard_seconds": 60.0}


def spent(stage: str, **more) -> Spent:
    return Spent(stage, "shard-000", "2026-01-06T00:00:00+00:00", wall_seconds=3.0, **more)


def told(one: Spent) -> None:
    with metrics.sending():
        metrics.of_stage(one)


def test_a_transcribed_shard_tells_seconds_cache_and_speed(receiver):
    told(spent("transcribe", worked=True, counts=TRANSCRIBED, device="cpu"))
    assert receiver.total("callqa.audio.seconds", source="model") == 60
    assert receiver.total("callqa.audio.seconds", source="cache") == 40
    assert receiver.total("callqa.cache.lookups", stage="transcribe", result="hit") == 4
    assert receiver.total("callqa.cache.lookups", stage="transcribe", result="miss") == 6
    assert receiver.total("callqa.transcription.real_time_factor", device="cpu") == 0.05
    assert receiver.total("callqa.stage.duration", stage="transcribe", result="done") == 3


def test_what_was_finished_before_is_not_heard_a_second_time(receiver):
    told(spent("transcribe", worked=False, counts=TRANSCRIBED))
    told(spent("prepare", worked=False, counts={"recordings": 5, "cached": 1}))
    assert set(receiver.points) == {"callqa.stage.duration"}
    assert receiver.count("callqa.stage.duration", result="finished before") == 2


def test_a_failed_attempt_is_told_as_one(receiver):
    told(spent("judge", failed=True))
    assert receiver.count("callqa.stage.duration", stage="judge", result="failed") == 1


def test_a_shard_that_was_wholly_cached_has_no_speed(receiver):
    counts = {**TRANSCRIBED, "transcribed": 0, "cached": 10, "heard_seconds": 0.0}
    told(spent("transcribe", worked=True, counts=counts))
    assert "callqa.transcription.real_time_factor" not in receiver.points
    assert receiver.total("callqa.audio.seconds", source="cache") == 100


def test_a_day_tells_its_recordings_and_verdict(receiver):
    summary = {
        "analysed": 7, "invalid": 0, "rejected": 3, "gate": "refused",
        "rejections": [{"reason": "not_audio"}, {"reason": "not_audio"}, {"reason": "truncated"}],
        "gate_failures": {"blocking": ["day.rejected_share"], "warnings": ["day.volume"]},
    }  # fmt: skip
    with metrics.sending():
        metrics.of_day(summary)
    assert receiver.total("callqa.recordings", status="analysed") == 7
    assert receiver.total("callqa.recordings.rejected", reason="not_audio") == 2
    assert receiver.total("callqa.recordings.rejected", reason="truncated") == 1
    assert receiver.total("callqa.gate.verdicts", verdict="refused") == 1
    assert receiver.total("callqa.gate.failures", check="day.rejected_share", severity="blocking") == 1
    assert [point.attributes for point in receiver.points["callqa.recordings"]] == [
        {"status": "analysed"},
        {"status": "rejected"},
    ]
