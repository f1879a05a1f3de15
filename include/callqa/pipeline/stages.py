"""Each stage with what it needs of the settings, as a step that is observed (`callqa.observed`)."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from callqa import export, fetch, gate, judge, observed, parse, prepare, transcribe
from callqa.pipeline.dates import parse_day
from callqa.settings import Settings


def run_fetch(settings: Settings, day: dt.date, run_dir: str, settle_seconds: float = 0.0) -> dict[str, Any]:
    """List the day and cut it into shards, without the recordings of calls that were erased.

    Those that were changed in the last `settle_seconds` are left to a later run.
    """
    from callqa import warehouse

    erased = warehouse.erased_register(settings.lake, day)
    work = functools.partial(fetch.run, source=settings.source, shards=settings.shards, erased=erased)
    listed = functools.partial(work, day=day, run_dir=run_dir, settle_seconds=settle_seconds)
    return observed.stage("fetch", run_dir, listed)


def run_shard(
    settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Prepare, transcribe, parse and judge one shard; returns judge's result."""
    parsed = hear_shard(settings, shard, run_dir, tell)
    tell("judge")
    return judge_shard(settings, parsed, run_dir)


def hear_shard(settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """Prepare, transcribe and parse one shard; returns parse's result."""
    tell("prepare")
    prepared = prepare_shard(settings, shard, run_dir)
    tell("transcribe")
    transcribed = transcribe_shard(settings, prepared, run_dir)
    tell("parse")
    return parse_shard(settings, transcribed, run_dir)


def prepare_shard(settings: Settings, shard: str, run_dir: str) -> dict[str, Any]:
    """Recordings of one shard → clips."""
    known: dict[str, Any] = {
        "run_dir": run_dir,
        "lake": settings.lake.root,
        "source": settings.source,
        "settings": settings.prepare,
    }
    return observed.stage("prepare", run_dir, lambda: prepare.run(shard, **known), shard=Path(shard).stem)


def transcribe_shard(settings: Settings, prepared: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Clips of one shard → segments."""
    known: dict[str, Any] = {"run_dir": run_dir, "lake": settings.lake.root, "settings": settings.engine}
    return observed.stage("transcribe", run_dir, lambda: transcribe.run(prepared, **known), shard=prepared["shard"])


def parse_shard(settings: Settings, transcribed: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Segments of one shard → turns and events."""
    known: dict[str, Any] = {"run_dir": run_dir, "roles": settings.roles, "text": settings.text}
    return observed.stage("parse", run_dir, lambda: parse.run(transcribed, **known), shard=transcribed["shard"])


def judge_shard(settings: Settings, parsed: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Turns of one shard → findings and calls."""
    known: dict[str, Any] = {"run_dir": run_dir, "settings": settings.rules}
    return observed.stage("judge", run_dir, lambda: judge.run(parsed, **known), shard=parsed["shard"])


def run_export(judged: list[dict[str, Any]], day: dt.date, run_dir: str) -> dict[str, Any]:
    """The shards' results as the day's files; returns export's result."""
    return observed.stage("export", run_dir, lambda: export.run(judged, day=day, run_dir=run_dir))


def run_gate(settings: Settings, run: Mapping[str, Any], exported: dict[str, Any], manifest: str) -> dict[str, Any]:
    """Audit the day's files, compared with the days published before; returns the gate's verdict."""
    from callqa import warehouse

    path = Path(run["run_dir"]) / "gate" / "history.parquet"
    history = warehouse.days_before(settings.lake, parse_day(run["day"]), settings.gate.drift_days, path)
    known: dict[str, Any] = {
        "manifest": manifest,
        "run_dir": run["run_dir"],
        "settings": settings.gate,
        "history": history,
    }
    return observed.stage("gate", run["run_dir"], lambda: gate.run(exported, **known))
