"""The stage: the recordings of a shard as clips, several at once, each in a process of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callqa import logs, storage
from callqa.contracts import Clip, Event, Prepared, Recording
from callqa.prepare.intake.rejection import Rejection
from callqa.prepare.recording import Ear, Outcome
from callqa.prepare.workers.crew import Limits, Lost, run_all
from callqa.settings import PrepareSettings, SourceSettings

WORK = "callqa.prepare.recording:work"
"""What the processes run."""
_LOST = {
    "time": ("time_limit", "raise prepare.max_recording_seconds in qa.toml, or split the recording"),
    "memory": ("memory_limit", "raise prepare.max_recording_mb in qa.toml, or split the recording"),
    "crash": ("unreadable", "it breaks a decoder: convert it to wav or flac, and report it with the file"),
}

log = logging.getLogger(__name__)


def run(shard: str, *, run_dir: str, lake: str, source: SourceSettings, settings: PrepareSettings) -> dict[str, Any]:
    """Write the rows of a shard's recordings, clips and tones under `<run_dir>/prepare/`.

    The samples of the clips go to the lake's cache, where `Clip.audio` points. A recording that cannot be used, takes
    too long or too much memory, or ends the process that reads it becomes a row with its `reject_reason`; it never
    stops the shard. The files do not depend on how many processes there are.

    Returns `shard` (its name), `recordings`, `clips`, `events` (paths) and `counts`: `recordings`, `rejected`,
    `clips`, `seconds` (of audio) and `cached` (recordings that were not decoded again).

    Raises:
        UnreachableError: the storage of a recording does not answer; later it may.
        StageError: the shard is not there, the lake cannot be written, the disk is full, or no process can be started.
    """
    ear = Ear(lake, source, settings)
    out = Path(run_dir) / "prepare"
    name = Path(shard).stem
    roles = {str(channel): role for channel, role in source.channel_roles.items()}
    limits = Limits(seconds=settings.max_recording_seconds, megabytes=settings.max_recording_mb)
    inputs = [ear.versions, roles, _digest(shard), lake, limits.seconds, limits.megabytes]
    return storage.once(out / f"{name}.json", inputs, lambda: _make(shard, name, out, ear, limits))


def _digest(shard: str) -> str:
    storage.read_table(shard, columns=[])  # says what is wrong with a shard that is not there
    return storage.file_digest(shard)


def _make(shard: str, name: str, out: Path, ear: Ear, limits: Limits) -> dict[str, Any]:
    outcomes = _outcomes(storage.read_rows(shard, Recording), ear, limits)
    counts = _counts(outcomes)
    log.info("%s: %s", name, ", ".join(f"{key} {value}" for key, value in counts.items()))
    return {
        "shard": name,
        "recordings": storage.write_rows(out / f"{name}.recordings.parquet", Prepared, [o.prepared for o in outcomes]),
        "clips": storage.write_rows(out / f"{name}.clips.parquet", Clip, [c for o in outcomes for c in o.clips]),
        "events": storage.write_rows(out / f"{name}.events.parquet", Event, [e for o in outcomes for e in o.events]),
        "counts": counts,
    }


def _outcomes(recordings: Sequence[Recording], ear: Ear, limits: Limits) -> list[Outcome]:
    """The rows of each recording, in the shard's order."""
    usable = [recording for recording in recordings if not recording.reject_reason]
    processes = ear.settings.processes or _cores()
    results = iter(run_all(WORK, [(ear, recording) for recording in usable], processes, limits))
    return [
        ear.rejected(recording, None) if recording.reject_reason else _told(recording, next(results), ear)
        for recording in recordings
    ]


def _told(recording: Recording, result: Outcome | Lost, ear: Ear) -> Outcome:
    with logs.about(call=recording.call_id):
        return _outcome(recording, result, ear)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(recording: Recording, result: Outcome | Lost, ear: Ear) -> Outcome:
    if isinstance(result, Outcome):
        if result.fault:
            log.error("%s: unexpected error\n%s", recording.uri, result.fault)
        for fault in result.detector_faults:
            log.error("%s: rules on its events are unknown: %s", recording.uri, fault)
        return result
    if result.claimed:
        ear.tidy(recording, result.claimed)
    reason, remedy = _LOST[result.reason]
    log.error("%s: %s", recording.uri, result.detail)
    return ear.rejected(recording, Rejection(reason, f"{result.detail}; {remedy}"), result.claimed)


def _counts(outcomes: list[Outcome]) -> dict[str, Any]:
    return {
        "recordings": len(outcomes),
        "rejected": sum(o.prepared.reject_reason is not None for o in outcomes),
        "clips": sum(len(o.clips) for o in outcomes),
        "seconds": round(sum(o.prepared.duration or 0.0 for o in outcomes), 3),
        "cached": sum(o.cached for o in outcomes),
    }
