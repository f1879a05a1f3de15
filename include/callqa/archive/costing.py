"""What hearing some hours would take: time, by what was measured, and space."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa import warehouse
from callqa.settings import DEMO_MODEL, Settings

CPU_SECONDS_A_SECOND = 0.0376
"""CPU seconds of the whole path for a second of recording: full-size model, int8, AMD EPYC with VNNI, mostly stereo.

benchmarks/RESULTS.md, "The whole path on a CPU, full size": 34.2 s for 910 s."""
DEMO_CPU_SECONDS_A_SECOND = 0.022
"""The same of the demo model, a day's gate included: "Stage by stage, demo model, CPU", 8.05 s of wall for 366 s."""
CACHE_BYTES_A_SECOND = 22_500
"""In the caches for a second of recording, mostly stereo: 20.6 MB for the demo's 913 s."""
RUN_BYTES_A_SECOND = 2_600
"""Published and in the run's folder for a second of recording: 2.4 MB for the demo's 913 s. Its days are small, so that
files of which each day has one weigh more than they will."""
RUNS = """
    select audio_seconds * heard_seconds / (heard_seconds + cached_seconds) as heard, cpu_seconds, gpu_seconds
    from runs where asr_model = ? and heard_seconds > 0 and (gpu_seconds > 0) = ?
    order by ended_at desc limit ?
"""
"""Of each run the seconds of recordings that it heard (its clips are shorter, or longer where there are channels)."""
MOST_RUNS = 30
FEWEST_SECONDS = 600.0
"""Of recordings, for the runs' own figure to count: below, it says how long a process takes to start."""
FEWEST_ENTRIES = 20
"""Of the cache, for its own figure to count."""
MOST_ENTRIES = 400


@dataclass(frozen=True)
class Rate:
    """How fast recordings are heard."""

    device: str
    """`cpu` or `gpu`: whose hours are estimated."""
    seconds: float | None
    """Of that device for a second of recording; None: nothing was measured."""
    basis: str


def rate(settings: Settings) -> Rate:
    """By what earlier runs with the same model took here, else by the project's own benchmarks."""
    from callqa.transcribe import choice

    on_gpu = choice.engine_of(settings.engine) == choice.FUNASR and settings.engine.device != "cpu"
    device = "gpu" if on_gpu else "cpu"
    measured = _measured(settings, device)
    if measured:
        return measured
    if on_gpu:
        return Rate(device, None, "no run on a GPU was measured here: run one day, and plan again")
    if settings.engine.model == DEMO_MODEL:
        return Rate(device, DEMO_CPU_SECONDS_A_SECOND, "the project's benchmark of the demo model, on another machine")
    basis = "the project's benchmark (full-size model, int8, AMD EPYC), on another machine"
    return Rate(device, CPU_SECONDS_A_SECOND, basis)


def _measured(settings: Settings, device: str) -> Rate | None:
    """By the newest runs that heard something with this model on this kind of device."""
    from callqa.transcribe.models import model_store

    _, rows = warehouse.query(settings.lake, RUNS, [model_store.name_of(settings.engine), device == "gpu", MOST_RUNS])
    heard = sum(row[0] for row in rows)
    if heard < FEWEST_SECONDS:
        return None
    took = sum(row[2 if device == "gpu" else 1] for row in rows)
    basis = f"{len(rows)} runs of this lake, which heard {heard / 3600:.1f} hours of recordings"
    return Rate(device, took / heard, basis)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cache_bytes_a_second(lake: str) -> tuple[float, str]:
    """By what the lake's own cache has taken so far, and what that goes by."""
    seconds = size = 0.0
    count = 0
    for path in itertools.islice(Path(lake).glob("cache/prepare/*/*.json"), MOST_ENTRIES):
        duration = _duration(path)
        samples = path.with_suffix(".parquet")
        if duration and samples.exists():
            seconds, size, count = seconds + duration, size + samples.stat().st_size + path.stat().st_size, count + 1
    if count < FEWEST_ENTRIES:
        return CACHE_BYTES_A_SECOND, "the demo's calls"
    return size / seconds, f"{count} entries of this lake's cache"


def _duration(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["facts"].get("duration") or 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0.0


def storage_of(lake: str, hours: float) -> dict[str, Any]:
    """Bytes that hearing so many hours adds to the lake, and what is free there."""
    cache, basis = cache_bytes_a_second(lake)
    seconds = hours * 3600
    needed = int(seconds * (cache + RUN_BYTES_A_SECOND))
    free = shutil.disk_usage(_existing(Path(lake))).free
    return {
        "cache_bytes": int(seconds * cache),
        "published_bytes": int(seconds * RUN_BYTES_A_SECOND),
        "free_bytes": free,
        "enough": needed < free,
        "basis": basis,
    }


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
