"""The stage: the recordings of a shard, one after another, as clips."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Clip, Event, Prepared, Recording
from callqa.prepare.recording import Ear, Outcome
from callqa.settings import PrepareSettings, SourceSettings

log = logging.getLogger(__name__)


def run(shard: str, *, run_dir: str, lake: str, source: SourceSettings, settings: PrepareSettings) -> dict[str, Any]:
    """Write the rows of a shard's recordings, clips and tones under `<run_dir>/prepare/`.

    One recording is in memory at a time; the samples of its clips go to the lake's cache, where `Clip.audio` points.
    A recording that cannot be used becomes a row with its `reject_reason`; it never stops the shard.

    Returns `shard` (its name), `recordings`, `clips`, `events` (paths) and `counts`: `recordings`, `rejected`,
    `clips`, `seconds` (of audio) and `cached` (recordings that were not decoded again).

    Raises:
        StageError: the shard is not there or the lake cannot be written.
    """
    ear = Ear(lake, source, settings)
    out = Path(run_dir) / "prepare"
    name = Path(shard).stem
    roles = {str(channel): role for channel, role in source.channel_roles.items()}
    inputs = [ear.audio_version, roles, _digest(shard), lake]
    return storage.once(out / f"{name}.json", inputs, lambda: _make(shard, name, out, ear))


def _digest(shard: str) -> str:
    storage.read_table(shard, columns=[])  # says what is wrong with a shard that is not there
    return storage.file_digest(shard)


def _make(shard: str, name: str, out: Path, ear: Ear) -> dict[str, Any]:
    outcomes = [ear.prepare(recording) for recording in storage.read_rows(shard, Recording)]
    counts = _counts(outcomes)
    log.info("%s: %s", name, ", ".join(f"{key} {value}" for key, value in counts.items()))
    return {
        "shard": name,
        "recordings": storage.write_rows(out / f"{name}.recordings.parquet", Prepared, [o.prepared for o in outcomes]),
        "clips": storage.write_rows(out / f"{name}.clips.parquet", Clip, [c for o in outcomes for c in o.clips]),
        "events": storage.write_rows(out / f"{name}.events.parquet", Event, [e for o in outcomes for e in o.events]),
        "counts": counts,
    }


def _counts(outcomes: list[Outcome]) -> dict[str, Any]:
    return {
        "recordings": len(outcomes),
        "rejected": sum(o.prepared.reject_reason is not None for o in outcomes),
        "clips": sum(len(o.clips) for o in outcomes),
        "seconds": round(sum(o.prepared.duration or 0.0 for o in outcomes), 3),
        "cached": sum(o.cached for o in outcomes),
    }
