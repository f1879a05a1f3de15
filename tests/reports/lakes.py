"""A made-up contact centre's days, published without the gate: two agents, moods that turn, threats, rejected recordings."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from callqa import warehouse
from callqa.contracts import Call, Evidence, Finding, Redaction, Turn
from callqa.settings import Settings
from tests import rows
from tests.warehouse import published

DAY = rows.DAY
NUMBER = "13912345678"
SECRET = "我的卡号是****************"
"""As parse leaves it."""
RATE = 8000


def settings(tmp_path: Path, **reports: Any) -> Settings:
    """Settings over a lake of a test's own; few calls are enough to be compared."""
    chosen = Settings().with_folders(source=str(tmp_path / "source"), lake=str(tmp_path / "lake"))
    values = {**chosen.reports.model_dump(), "min_calls": 4, **reports}
    return chosen.model_copy(update={"reports": type(chosen.reports).model_validate(values)})


def recording(folder: Path, name: str, seconds: float) -> tuple[str, str]:
    """A stereo recording, a tone of its own on each channel; returns its path and SHA-256."""
    path = folder / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * RATE)) / RATE
    # Amplitudes that change at different times: neither channel is an echo of the other.
    sides = [
        0.3 * np.sin(2 * np.pi * f * time) * (1 + np.sin(2 * np.pi * s * time)) for f, s in ((400, 1.3), (700, 3.7))
    ]
    soundfile.write(path, np.stack(sides, axis=1), RATE, subtype="PCM_16")
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


def turn(call_id: str, number: int, role: str, emotion: str, text: str, day: dt.date = DAY, **changes: Any) -> Turn:
    """A turn of eight seconds, ten seconds after the one before."""
    known: dict[str, Any] = {
        "role": role, "channel": int(role == "customer"), "emotion": emotion, "text": text, "text_match": text,
        "text_raw": text, "start": number * 10.0, "end": number * 10.0 + 8.0, "redactions": [], "words": [],
        "event_tags": [],
    }  # fmt: skip
    return rows.turn(call_id, number, day, **{**known, **changes})


def made(day: dt.date = DAY, calls: int = 12, folder: Path | None = None, **first: Any) -> rows.Day:
    """A day: every third call turns to anger and is a risk, every fourth is of the agent A2; one recording is rejected.

    The first call says a card number, masked; with `folder` it has a recording there. `first` changes its row.
    """
    found = rows.Day([], [], [], [], [], {"hit": 0, "clear": 0, "unknown": 0, "crash": 0}, day)
    for number in range(calls):
        call_id, angry = f"call-{day:%m%d}-{number:03d}", number % 3 == 0
        agent = "A2" if number % 4 == 0 else "A1"
        facts: dict[str, Any] = {}
        if folder is not None and number == 0:
            uri, digest = recording(folder, call_id, 60.0)
            facts = {"uri": uri, "sha256": digest, "file_name": Path(uri).name}
        found.calls.append(_call(call_id, day, number, agent, angry, {**facts, **(first if number == 0 else {})}))
        found.turns += _turns(call_id, day, agent, angry, number == 0)
        found.findings += _findings(call_id, day, angry)
    found.calls.append(rows.rejected(f"call-{day:%m%d}-broken", day, "truncated"))
    return found


def _call(call_id: str, day: dt.date, number: int, agent: str, angry: bool, changes: dict[str, Any]) -> Call:
    known: dict[str, Any] = {
        "started_at": dt.datetime(day.year, day.month, day.day, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=2 * number),
        "agent_id": agent, "agent_name": {"A1": "王芳", "A2": "Li Lei"}[agent], "team": "north", "queue": "cards",
        "customer_id": f"K{number}", "customer_number": "139****5678", "duration": 60.0,
        "emotion_start": "neutral", "emotion_end": "angry" if angry else "happy",
        "emotion_shares_customer": {"angry": 0.5, "neutral": 0.5} if angry else {"happy": 1.0},
        "emotion_shares_agent": {"neutral": 1.0} if agent == "A2" else {"happy": 1.0},
        "flags": ["regulator", "risk"] if angry else [], "rules_hit": ["HR01"] if angry else [],
        "score": 60.0 if angry else 100.0, "turn_count": 4,
    }  # fmt: skip
    return rows.call(call_id, day, **{**known, **changes})


def _turns(call_id: str, day: dt.date, agent: str, angry: bool, secret: bool) -> list[Turn]:
    tone = "neutral" if agent == "A2" else "happy"
    masked = {"redactions": [Redaction(kind="bank_card", start=5, end=21, audio_start=12.0, audio_end=16.0)]}
    return [
        turn(call_id, 0, "agent", tone, f"您好，请问有什么可以帮您 {call_id}", day),
        turn(call_id, 1, "customer", "neutral", SECRET if secret else "查一下账单", day, **(masked if secret else {})),
        turn(call_id, 2, "agent", tone, "不归我管" if angry else "已经为您办好", day),
        turn(call_id, 3, "customer", "angry" if angry else "happy", "我要投诉到12378" if angry else "谢谢", day),
    ]


def _findings(call_id: str, day: dt.date, angry: bool) -> list[Finding]:
    if not angry:
        return []
    evidence = [Evidence(turn=3, start=30.0, end=38.0, text="我要投诉到12378", condition="complains")]
    return [rows.finding(call_id, day=day, evidence=evidence, message="the customer is upset and says 投诉")]


def publish(chosen: Settings, day: rows.Day, root: Path, run: str = "run-1") -> None:
    """Publish a day's rows."""
    published.publish(chosen.lake, day, root / day.day.isoformat(), run=run, based_on=None)


def count(chosen: Settings, sql: str, *parameters: Any) -> Any:
    """The one value of a query over what is published."""
    return warehouse.query(chosen.lake, sql, parameters)[1][0][0]
