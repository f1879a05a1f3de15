"""The recordings of a manifest through the stages that a day goes through: prepare, transcribe, parse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from callqa import pipeline, storage
from callqa.contracts import Event, Prepared, Recording, Turn
from callqa.evaluate.manifest import Reference
from callqa.settings import Settings

SHARD = 500
"""Recordings that go through a stage together."""
HOW = ("engine", "precision", "device")
"""Of a transcription: what it was obtained with."""

Tell = Callable[[str, int, int], None]
"""Is told the stage, and how many recordings of how many are done."""


@dataclass
class Listened:
    """What the stages made of one recording."""

    prepared: Prepared
    turns: list[Turn] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Pass:
    """What was heard in all recordings of a manifest under one set of settings."""

    recordings: dict[tuple[str, str], Listened]
    """By audio and language hint."""
    how: dict[str, str]
    """Engine, precision and device; `cache` for what was heard before."""


def listen(references: Sequence[Reference], settings: Settings, tell: Tell) -> Pass:
    """Every recording of the references, each once.

    Nothing is masked in the texts: digits that were heard wrong count, so they must be seen. Caches are the lake's.

    Raises:
        CallQAError: the model or the lake cannot be used. A recording that cannot is a row with its reject_reason.
    """
    keys = list(dict.fromkeys((reference.audio, reference.language_hint) for reference in references))
    rows = [_recording(number, *key) for number, key in enumerate(keys)]
    identity = storage.digest_of([[row.uri, row.etag, row.language_hint] for row in rows] + [settings.model_dump()])
    run_dir = str(storage.run_folder(settings.lake.root, f"evaluate__{identity[:16]}"))
    heard: dict[str, Listened] = {}
    how: dict[str, dict[str, None]] = {name: {} for name in HOW}
    for first in range(0, len(rows), SHARD):
        part = rows[first : first + SHARD]
        shard = f"{run_dir}/fetch/shard-{first // SHARD:03d}.parquet"
        storage.write_rows(shard, Recording, part)
        parsed = pipeline.hear_shard(_unmasked(settings), shard, run_dir, partial(_told, tell, first, len(rows)))
        for name, values in how.items():
            values[parsed["transcription"][name]] = None
        heard |= _by_call(parsed)
    recordings = {key: heard[row.call_id] for key, row in zip(keys, rows, strict=True)}
    return Pass(recordings, {name: ", ".join(values) for name, values in how.items()})


def _told(tell: Tell, done: int, total: int, stage: str) -> None:
    tell(stage, done, total)


def _unmasked(settings: Settings) -> Settings:
    """So that wrong digits count."""
    return settings.model_copy(update={"text": settings.text.model_copy(update={"redact": []})})


def _recording(number: int, audio: str, hint: str) -> Recording:
    size, etag = _stat(audio)
    return Recording(
        call_date=datetime.now(UTC).date(),
        call_id=f"{number:06d}",
        uri=audio,
        file_name=Path(audio).name,
        size_bytes=size,
        etag=etag,
        language_hint=hint,
    )


def _stat(audio: str) -> tuple[int, str]:
    """Size and identity of a local file; of another nothing, and prepare says what is wrong with it."""
    try:
        stat = Path(audio).stat()
    except OSError:
        return 0, ""
    return stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}"


def _by_call(parsed: dict[str, Any]) -> dict[str, Listened]:
    heard = {row.call_id: Listened(row) for row in storage.read_rows(parsed["recordings"], Prepared)}
    for turn in storage.read_rows(parsed["turns"], Turn):
        heard[turn.call_id].turns.append(turn)
    for event in storage.read_rows(parsed["events"], Event):
        heard[event.call_id].events.append(event)
    return heard
