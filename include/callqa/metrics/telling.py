"""What happened, as metrics: of a stage's attempt, of a finished day, of a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from callqa.costs.measuring import Spent
from callqa.costs.totals import cached_seconds, heard_seconds
from callqa.metrics.provider import add, record


def of_stage(spent: Spent) -> None:
    """One attempt of a stage; what it found finished is not counted a second time."""
    result = "failed" if spent.failed else "done" if spent.worked else "finished before"
    record("stage.duration", spent.wall_seconds, stage=spent.stage, result=result)
    if not spent.worked:
        return
    if spent.stage == "prepare":
        cached = spent.counts.get("cached", 0)
        _lookups("prepare", hits=cached, misses=spent.counts.get("recordings", 0) - cached)
    if spent.stage == "transcribe":
        _transcribed(spent)


def _transcribed(spent: Spent) -> None:
    _lookups("transcribe", hits=spent.counts.get("cached", 0), misses=spent.counts.get("transcribed", 0))
    for source, seconds in (("model", heard_seconds(spent)), ("cache", cached_seconds(spent))):
        if seconds > 0:
            add("audio.seconds", seconds, source=source)
    if (heard := heard_seconds(spent)) > 0:
        record("transcription.real_time_factor", spent.wall_seconds / heard, device=spent.device)


def _lookups(stage: str, *, hits: float, misses: float) -> None:
    for result, count in (("hit", hits), ("miss", misses)):
        if count > 0:
            add("cache.lookups", count, stage=stage, result=result)


def of_day(summary: Mapping[str, Any]) -> None:
    """A day that a run has ended, as `pipeline.summary` tells it."""
    for status in ("analysed", "invalid", "rejected"):
        if summary[status]:
            add("recordings", summary[status], status=status)
    for reason, count in sorted(Counter(one["reason"] or "unknown" for one in summary["rejections"]).items()):
        add("recordings.rejected", count, reason=reason)
    for severity, failures in (("blocking", "blocking"), ("warning", "warnings")):
        for check in summary["gate_failures"][failures]:
            add("gate.failures", 1, check=check, severity=severity)
    of_verdict(summary["gate"])


def of_verdict(verdict: str) -> None:
    """A day that the gate `passed` or `refused`, or that a person `approved` or `rejected`."""
    add("gate.verdicts", 1, verdict=verdict)


def messages_sent(route: str, result: str) -> None:
    """An attempt to send people a message; `result` is `sent`, `failed` or `unsure` (it may have arrived)."""
    add("messages", 1, route=route, result=result)


def deadline_missed() -> None:
    """A day was not published by the hour that the settings name."""
    add("deadlines.missed", 1)
