"""Rows of a small day for the tests of export, gate, publish and warehouse."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from callqa import arrow, contracts, export, storage
from callqa.contracts import Call, Event, Evidence, Finding, Recording, Redaction, Turn, Word

DAY = date(2026, 1, 5)


def recording(call_id: str, day: date = DAY, **changes: Any) -> Recording:
    known = {
        "call_date": day,
        "call_id": call_id,
        "uri": f"/calls/{call_id}.wav",
        "file_name": f"{call_id}.wav",
        "size_bytes": 1000,
        "etag": "1-1",
        "started_at": datetime(day.year, day.month, day.day, 3, 4, 5, 678901, tzinfo=UTC),
        "channel_roles": {0: "agent", 1: "customer"},
        "extra": {"campaign": "spring"},
    }
    return Recording(**{**known, **changes})


def call(call_id: str, day: date = DAY, **changes: Any) -> Call:
    known = {
        "status": "analysed",
        "sha256": storage.digest_of(call_id),
        "duration": 60.0,
        "channels": 2,
        "sample_rate": 8000,
        "codec": "pcm_s16le",
        "speech_seconds": 50.0,
        "sound_seconds": 55.0,
        "audio_version": "prepare-1",
        "language": "zh",
        "language_shares": {"zh": 1.0},
        "emotion_start": "neutral",
        "emotion_end": "happy",
        "emotion_shares_agent": {"neutral": 1.0},
        "talk_seconds": {"agent": 20.0, "customer": 30.0},
        "event_counts": {"bgm": 1},
        "turn_count": 2,
        "text_chars": 12,
        "mean_confidence": 0.9,
        "score": 80.0,
        "rules_hit": ["HR01"],
        "rules_clear": 4,
        "asr_model": "demo",
        "asr_digest": "d1",
        "rule_packs": ["standard 1.0.0"],
    }
    return arrow.widen(Call, recording(call_id, day), **{**known, **changes})


def rejected(call_id: str, day: date = DAY, reason: str = "not_audio") -> Call:
    row = recording(call_id, day, reject_reason=reason, reject_detail=f"/calls/{call_id}.wav")
    return arrow.widen(Call, row, status="rejected")


def turn(call_id: str, number: int = 0, day: date = DAY, **changes: Any) -> Turn:
    known = {
        "call_date": day,
        "call_id": call_id,
        "turn": number,
        "channel": number % 2,
        "role": ("agent", "customer")[number % 2],
        "speaker": f"channel {number % 2}",
        "start": number * 10.0,
        "end": number * 10.0 + 9.0,
        "text": "我要退款。",
        "text_match": "我要退款。",
        "text_raw": "<|zh|><|ANGRY|><|Speech|><|withitn|>我要退款。",
        "language": "zh",
        "emotion": "angry",
        "emotion_score": 0.8,
        "event_tags": ["bgm"],
        "confidence": 0.9,
        "loudness": -20.0,
        "words": [Word(text="我", start=number * 10.0, end=number * 10.0 + 1.0, confidence=0.9)],
        "redactions": [
            Redaction(kind="bank_card", start=0, end=1, audio_start=number * 10.0, audio_end=number * 10.0 + 1.0)
        ],
    }
    return Turn(**{**known, **changes})


def event(call_id: str, start: float = 3.0, day: date = DAY, **changes: Any) -> Event:
    known = {
        "call_date": day,
        "call_id": call_id,
        "channel": 0,
        "start": start,
        "end": start + 1.0,
        "class_": "bgm",
        "score": 0.7,
        "detector": "sensevoice",
        "version": "1",
    }
    return Event(**{**known, **changes})


def finding(call_id: str, rule: str = "HR01", day: date = DAY, **changes: Any) -> Finding:
    known = {
        "call_date": day,
        "call_id": call_id,
        "rule": rule,
        "rule_version": 1,
        "pack": "standard",
        "pack_version": "1.0.0",
        "outcome": "hit",
        "severity": "critical",
        "score": -20.0,
        "evidence": [Evidence(turn=None, start=0.0, end=60.0, text="", condition="never said")],
        "message": "the customer is angry and speaks of a refund",
        "asr_model": "demo",
    }
    return Finding(**{**known, **changes})


@dataclasses.dataclass
class Day:
    """The rows of a day, to be changed by a test before they are written."""

    calls: list[Call]
    turns: list[Turn]
    events: list[Event]
    findings: list[Finding]
    recordings: list[Recording]
    outcomes: dict[str, int]
    day: date = DAY

    def replace(self, table: str, index: int, **changes: Any) -> Day:
        """This day with one row changed."""
        rows = list(getattr(self, table))
        rows[index] = dataclasses.replace(rows[index], **changes)
        return dataclasses.replace(self, **{table: rows})

    def shard(self, folder: Path, name: str = "shard-000") -> dict[str, Any]:
        """The day's rows as a judged shard."""
        files = {
            table: storage.write_rows(folder / name / f"{table}.parquet", record, getattr(self, table))
            for table, record in contracts.TABLES.items()
        }
        return {"shard": name, **files, "outcomes": self.outcomes}

    def exported(self, run_dir: Path) -> dict[str, Any]:
        """The day's rows after export."""
        return export.run([self.shard(run_dir / "judge")], day=self.day, run_dir=str(run_dir))

    def manifest(self, run_dir: Path) -> str:
        return storage.write_rows(run_dir / "fetch" / "manifest.parquet", Recording, self.recordings)


def clean(day: date = DAY, calls: int = 4, marker: str = "") -> Day:
    """A day that every check lets pass: `calls` analysed calls of two turns each, and a rejected recording.

    `marker` goes into the text of every row that has one, so that two days of the same calls differ in all tables.
    """
    ids = [f"c-{number:03d}" for number in range(calls)]
    return Day(
        calls=[*(call(i, day, queue=marker) for i in ids), rejected("c-broken", day)],
        turns=[turn(i, n, day, text=f"我要退款。{marker}") for i in ids for n in range(2)],
        events=[event(i, day=day, version=f"1{marker}") for i in ids],
        findings=[finding(i, day=day, message=f"said so{marker}") for i in ids],
        recordings=[recording(i, day) for i in [*ids, "c-broken"]],
        outcomes={"hit": calls, "clear": 4 * calls, "unknown": 0, "crash": 0},
        day=day,
    )


def empty(day: date = DAY) -> Day:
    return Day([], [], [], [], [], {"hit": 0, "clear": 0, "unknown": 0, "crash": 0}, day)
