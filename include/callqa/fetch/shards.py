"""A day's recordings cut into pieces of work, by seconds of audio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar

from callqa.contracts import Recording
from callqa.settings import ShardSettings, SourceSettings

BYTES_PER_SECOND = {
    ".wav": 16_000, ".flac": 9_000, ".mp3": 4_000, ".m4a": 4_000, ".aac": 4_000,
    ".ogg": 3_000, ".opus": 3_000, ".wma": 4_000, ".amr": 1_600, ".gsm": 1_650,
}  # fmt: skip
"""Typical of telephone recordings (8 kHz, 16 bit; 32 kbit/s; AMR 12.2; GSM 13.2): only for balance."""
PROBED = (b"RIFF", b"RF64", b"fLaC")
"""Beginnings of files whose header tells the duration without reading on."""
GROWTH = 1.05

Item = TypeVar("Item")


def cut(recordings: Sequence[Recording], source: SourceSettings, settings: ShardSettings) -> list[list[Recording]]:
    """Recordings in their order, each shard of at most `settings.seconds`; larger where there were too many shards.

    A longer recording is a shard of its own. Of no recordings there is one shard, empty.
    """
    weights = [seconds_of(recording, source) for recording in recordings]
    target = settings.seconds
    while _count(weights, target) > settings.maximum:
        target *= GROWTH
    return _greedy(recordings, weights, target) or [[]]


def seconds_of(recording: Recording, source: SourceSettings) -> float:
    """Seconds of audio that a recording probably has: by its metadata, its header, or its size."""
    return measured(recording, source)[0]


def measured(recording: Recording, source: SourceSettings) -> tuple[float, str]:
    """The same, and what it goes by: `rejected`, `side-car`, `header` or `size`."""
    if recording.reject_reason:
        return 0.0, "rejected"
    told, by = _told(recording), "side-car"
    if told is None:
        told, by = _probed(recording), "header"
    if told is None:
        told, by = recording.size_bytes / BYTES_PER_SECOND.get(_suffix(recording), 4_000), "size"
    return min(told, source.max_call_seconds), by


def _suffix(recording: Recording) -> str:
    return PurePosixPath(recording.file_name).suffix.lower()


def _told(recording: Recording) -> float | None:
    if recording.answered_at is None or recording.ended_at is None:
        return None
    seconds = (recording.ended_at - recording.answered_at).total_seconds()
    return seconds if seconds > 0 else None


def _probed(recording: Recording) -> float | None:
    import soundfile

    if "://" in recording.uri:
        return None
    try:
        with Path(recording.uri).open("rb", buffering=0) as file:
            if file.read(4) not in PROBED:
                return None
            file.seek(0)
            with soundfile.SoundFile(file.fileno(), closefd=False) as sound:
                return float(sound.frames / sound.samplerate)
    except (OSError, RuntimeError, ZeroDivisionError):
        return None


def _count(weights: Iterable[float], target: float) -> int:
    return len(_greedy(list(weights), list(weights), target))


def _greedy(items: Sequence[Item], weights: Sequence[float], target: float) -> list[list[Item]]:
    shards: list[list[Item]] = []
    filled = 0.0
    for item, weight in zip(items, weights, strict=True):
        if not shards or filled + weight > target:
            shards.append([])
            filled = 0.0
        shards[-1].append(item)
        filled += weight
    return shards
