"""What runs took: the table `runs`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class RunCost:
    """What a run over a day's recordings took; one row a run, whatever became of it.

    What came from a cache, or was finished by an earlier attempt, is not in it a second time.
    """

    call_date: date
    run_id: str
    outcome: str
    """One of RUN_OUTCOMES, at the end of the run: a refused day may be approved later, the ledger says so."""
    started_at: datetime
    ended_at: datetime
    recordings: int
    rejected: int
    shards: int
    audio_seconds: float
    """Of the recordings, their durations."""
    heard_seconds: float
    """Of the clips that the model heard in this run …"""
    cached_seconds: float
    """… and of those that were heard before."""
    gpu_seconds: float
    """Wall time of transcription on GPUs; a task has one."""
    cpu_seconds: float
    """Of all stages, by all their processes."""
    transcribe_cpu_seconds: float
    bytes_written: int | None
    """That the stages' processes sent to disks, caches included; None where the system does not tell."""
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by stage, its shards added up."""
    devices: list[str] = field(default_factory=list)
    asr_model: str = ""
    """Name of the model; empty where nothing had to be heard."""
    version: str = ""
    """Of callqa."""


RUN_OUTCOMES = ("published", "unchanged", "refused")
