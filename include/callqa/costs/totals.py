"""What a whole run took: the attempts of its stages, added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import callqa
from callqa import storage
from callqa.contracts import RunCost
from callqa.costs.measuring import FOLDER, GPU, Spent
from callqa.errors import StageError


def of_stages(run_dir: str | Path) -> list[Spent]:
    """What every attempt of a run's stages took, by time; an account that cannot be read is left out."""
    found = [spent for path in sorted((Path(run_dir) / FOLDER).glob("*.json")) if (spent := _read(path))]
    return sorted(found, key=lambda spent: spent.started_at)


def _read(path: Path) -> Spent | None:
    try:
        return Spent(**storage.read_json(path))
    except (StageError, TypeError):  # of another version
        return None


def of_run(summary: Mapping[str, Any], spent: Sequence[Spent], now: dt.datetime) -> RunCost:
    """The row of a run that ends now. `summary` is that of `pipeline.summary`."""
    heard = [one for one in spent if one.stage == "transcribe" and one.worked]
    written = [one.bytes_written for one in spent if one.bytes_written is not None]
    outcome = summary["outcome"]
    published = "unchanged" if outcome.get("unchanged") else "published"
    return RunCost(
        call_date=dt.date.fromisoformat(summary["day"]),
        run_id=summary["run_id"],
        outcome=published if outcome["published"] else "refused",
        started_at=dt.datetime.fromisoformat(spent[0].started_at) if spent else now,
        ended_at=now,
        recordings=summary["recordings"],
        rejected=summary["rejected"],
        shards=len({one.shard for one in spent if one.stage == "prepare"}),
        audio_seconds=_seconds(sum(newest.values())) if (newest := _durations(spent)) else 0.0,
        heard_seconds=_seconds(sum(heard_seconds(one) for one in heard)),
        cached_seconds=_seconds(sum(cached_seconds(one) for one in heard)),
        gpu_seconds=_seconds(gpu_seconds(spent)),
        cpu_seconds=_seconds(sum(one.cpu_seconds for one in spent)),
        transcribe_cpu_seconds=_seconds(sum(one.cpu_seconds for one in spent if one.stage == "transcribe")),
        bytes_written=sum(written) if written else None,
        stage_seconds=_by_stage(spent),
        devices=sorted({one.device for one in heard if one.device}),
        asr_model=next((one.model for one in reversed(heard) if one.model), ""),
        version=callqa.__version__,
    )


def gpu_seconds(spent: Sequence[Spent]) -> float:
    """Wall time of transcription on a GPU, also of attempts that failed or were killed: which device they had nobody
    noted, but those of one run have the same, as far as all that ended well say so."""
    transcribing = [one for one in spent if one.stage == "transcribe"]
    devices = {one.device for one in transcribing if one.worked and one.device}
    on_gpu = bool(devices) and all(device.startswith(GPU) for device in devices)
    lost = sum(one.wall_seconds for one in transcribing if one.failed) if on_gpu else 0.0
    return sum(one.gpu_seconds for one in transcribing) + lost


def heard_seconds(spent: Spent) -> float:
    """Of audio that the model heard in an attempt of `transcribe`; those of one that failed are not known."""
    return spent.counts.get("heard_seconds", 0.0) if spent.worked else 0.0


def cached_seconds(spent: Spent) -> float:
    """Of audio that was heard before, as far as an attempt of `transcribe` asked for it."""
    return spent.counts.get("seconds", 0.0) - heard_seconds(spent) if spent.worked else 0.0


def _durations(spent: Sequence[Spent]) -> dict[str, float]:
    """Seconds of the recordings, by shard: an attempt that found it prepared tells the same."""
    return {one.shard: one.counts["seconds"] for one in spent if one.stage == "prepare" and "seconds" in one.counts}


def _by_stage(spent: Sequence[Spent]) -> dict[str, float]:
    return {
        stage: _seconds(sum(one.wall_seconds for one in spent if one.stage == stage))
        for stage in dict.fromkeys(one.stage for one in spent)
    }


def _seconds(value: float) -> float:
    return round(value, 3)
