"""The stage: a shard's segments → turns and events."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Event, Prepared, Segment, Turn
from callqa.errors import StageError
from callqa.parse import announcements, tags, turns
from callqa.parse.personal import redaction
from callqa.parse.roles import interaction
from callqa.parse.roles.deciding import assigned
from callqa.settings import RoleSettings, TextSettings

logger = logging.getLogger(__name__)

VERSION = 4
"""Of this stage: raised when the same segments would give other turns than before."""
INPUTS = ("recordings", "segments", "events")


def run(transcribed: dict[str, Any], *, run_dir: str, roles: RoleSettings, text: TextSettings) -> dict[str, Any]:
    """Turn what the model wrote into turns and events.

    Args:
        transcribed: result of transcribe.
        run_dir: folder of the run.
        roles: how the agent is told from the customer.
        text: what is masked.

    Returns:
        `transcribed` with `recordings` (rewritten: roles and the state of the call, as far as what was said tells
        them), `turns` (path of Turn rows by call and turn), `events` (path of Event rows: those it came with and those
        of the tags) and `unknown_tags` (how often each tag was met that nobody knows).

    Raises:
        StageError: a file is missing, or a segment belongs to no recording.
    """
    folder, shard = Path(run_dir) / "parse", transcribed["shard"]
    asked = [roles.model_dump(), text.model_dump()]
    inputs = {
        "version": VERSION,
        "settings": asked,
        "transcribed": transcribed,
        "files": [_digest(transcribed[key]) for key in INPUTS],
    }
    return storage.once(folder / f"{shard}.json", inputs, lambda: _parse(transcribed, folder, shard, roles, text))


def _parse(
    transcribed: dict[str, Any], folder: Path, shard: str, roles: RoleSettings, text: TextSettings
) -> dict[str, Any]:
    recordings = storage.read_rows(transcribed["recordings"], Prepared)
    by_call = _by_call(recordings, storage.read_rows(transcribed["segments"], Segment), transcribed["segments"])
    told = [assigned(row, turns.turns_of(row, by_call[row.call_id]), roles) for row in recordings]
    recordings = [row for row, _ in told]
    said = {row.call_id: announcements.marked(interaction.marked(own)) for row, own in told}
    spoken = [turn for row in recordings for turn in redaction.redacted(said[row.call_id], text.redact, row.duration)]
    recordings = [announcements.with_state(row, said[row.call_id]) for row in recordings]
    heard = [event for row in recordings for event in turns.events_of(row, by_call[row.call_id])]
    tones = storage.read_rows(transcribed["events"], Event)
    return {
        **transcribed,
        "recordings": storage.write_rows(folder / f"{shard}.recordings.parquet", Prepared, recordings),
        "turns": storage.write_rows(
            folder / f"{shard}.turns.parquet", Turn, sorted(spoken, key=lambda turn: (turn.call_id, turn.turn))
        ),
        "events": storage.write_rows(folder / f"{shard}.events.parquet", Event, turns.sorted_events([*tones, *heard])),
        "unknown_tags": _unknown_tags(shard, by_call),
    }


def _by_call(
    recordings: Sequence[Prepared], segments: Sequence[Segment], path: str
) -> dict[str, list[turns.ParsedSegment]]:
    by_call: dict[str, list[turns.ParsedSegment]] = {row.call_id: [] for row in recordings}
    for segment in segments:
        if segment.call_id not in by_call:
            raise StageError(
                f"{path} has a segment of call {segment.call_id}, which is no recording of the shard",
                remedy="run the shard again from prepare",
            )
        by_call[segment.call_id].append((segment, tags.parse(segment.text_raw)))
    return by_call


def _unknown_tags(shard: str, by_call: dict[str, list[turns.ParsedSegment]]) -> dict[str, int]:
    total = Counter[str]()
    for segments in by_call.values():
        for _, parsed in segments:
            total.update(parsed.unknown)
    if total:
        logger.warning("%s: the model wrote tags that nobody knows: %s", shard, dict(total))
    return dict(sorted(total.items()))


def _digest(path: str) -> str:
    if not Path(path).is_file():
        raise StageError(f"{path} is missing", remedy="run the stage that writes it again")
    return storage.file_digest(path)
