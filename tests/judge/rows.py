"""Rows of a shard as parse leaves them, with everything filled in that a test does not care about."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Event, Prepared, Turn

DAY = date(2026, 1, 5)


def recording(call_id: str = "c1", **more: Any) -> Prepared:
    facts: dict[str, Any] = {
        "uri": f"/calls/{call_id}.wav", "file_name": f"{call_id}.wav", "size_bytes": 9, "etag": "e",
        "channel_roles": {0: "agent", 1: "customer"}, "sha256": "ab", "duration": 30.0, "channels": 2,
    }  # fmt: skip
    return Prepared(call_date=DAY, call_id=call_id, **{**facts, **more})


def turn(number: int, start: float, end: float, text: str = "您好", call_id: str = "c1", **more: Any) -> Turn:
    facts: dict[str, Any] = {
        "channel": 0, "role": "agent", "speaker": "agent", "text_raw": text, "language": "zh", "emotion": "neutral",
        "confidence": 0.9, "loudness": -20.0,
    }  # fmt: skip
    return Turn(
        call_date=DAY,
        call_id=call_id,
        turn=number,
        start=start,
        end=end,
        text=text,
        text_match=text,
        **{**facts, **more},
    )


def said_by_customer(number: int, start: float, end: float, text: str, **more: Any) -> Turn:
    return turn(number, start, end, text, **{"channel": 1, "role": "customer", "speaker": "customer", **more})


def event(class_: str, start: float, end: float, call_id: str = "c1", **more: Any) -> Event:
    facts: dict[str, Any] = {"channel": 0, "detector": "sensevoice", "version": "1", **more}
    return Event(call_date=DAY, call_id=call_id, class_=class_, start=start, end=end, **facts)


def shard(folder: Path, recordings: list[Prepared], turns: list[Turn], events: list[Event] = ()) -> dict[str, Any]:
    """Parse's result over these rows."""
    paths = {name: folder / "parse" / f"shard-000.{name}.parquet" for name in ("recordings", "turns", "events")}
    return {
        "shard": "shard-000",
        "recordings": storage.write_rows(paths["recordings"], Prepared, recordings),
        "turns": storage.write_rows(paths["turns"], Turn, turns),
        "events": storage.write_rows(paths["events"], Event, events),
        "transcription": {"model": "demo", "digest": "d1"},
        "unknown_tags": {},
    }
