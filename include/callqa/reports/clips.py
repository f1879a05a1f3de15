"""The sound around a turn of mood, before it and after it: silent wherever personal data is said, as for everybody who
listens, for the copy is `callqa.listen`'s."""

from __future__ import annotations

import datetime as dt
import io
import logging
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import soundfile

from callqa import listen
from callqa.errors import SourceError, StageError, UnreachableError
from callqa.listen.copying import FLAC_CHANNELS
from callqa.reports import folder as folders
from callqa.reports.data import Row
from callqa.reports.subject import Subject
from callqa.settings import Settings

log = logging.getLogger(__name__)
TURNS = "select turn, channel, text_match, redactions from turns where call_date = ? and call_id = ?"
UNREACHABLE = {"missing": "unreachable"}
LEAST_SECONDS = 0.1
"""A shorter piece is not written: the turn is at the very beginning or end."""


def make(subject: Subject, row: Row, folder: Path, number: int) -> dict[str, Any]:
    """Write `clips/NN-before.flac` and `…-after.flac` of a turn at `row["start"]`.

    Returns their names within the folder by side, with `seconds`; or `missing`: why there is no sound (`retention`,
    `gone`, `silence`: nobody knows where it must be silent; `unreachable`: its storage did not answer).

    Raises:
        StageError: the disk is full.
    """
    if is_over(subject.settings, row["call_date"]):
        return {"missing": "retention"}
    turns = subject.data.rows(TURNS, [row["call_date"], row["call_id"]])
    try:
        spans = listen.spans(turns, f"call {row['call_id']} of {row['call_date']}")
    except StageError:
        return {"missing": "silence"}
    whole = folder / f".{number:02}.wav"
    try:
        listen.copy(row["uri"], spans, whole, sha256=row["sha256"], source=subject.settings.source)
        return _cut(whole, row["start"], subject.settings.reports.clip_seconds, folder, number)
    except SourceError as error:
        log.warning("no clip of call %s of %s: %s", row["call_id"], row["call_date"], error.message)
        return UNREACHABLE if isinstance(error, UnreachableError) else {"missing": "gone"}
    finally:
        whole.unlink(missing_ok=True)


def is_over(settings: Settings, day: dt.date) -> bool:
    """Whether `retention.audio_days` keeps the sound of a day no longer: it must not come back through a report."""
    days = settings.retention.audio_days
    today = dt.datetime.now(ZoneInfo(settings.source.timezone)).date()
    return bool(days) and day < today - dt.timedelta(days=days)


def _cut(whole: Path, at: float, reach: float, folder: Path, number: int) -> dict[str, Any]:
    made: dict[str, Any] = {"missing": None}
    with soundfile.SoundFile(whole) as sound:
        rate, frames = sound.samplerate, len(sound)
        turn = min(frames, max(0, round(at * rate)))
        sides = {
            "before": (max(0, turn - round(reach * rate)), turn),
            "after": (turn, min(frames, turn + round(reach * rate))),
        }
        for side, (start, end) in sides.items():
            if (end - start) / rate >= LEAST_SECONDS:
                name = f"{folders.CLIPS}/{number:02}-{side}.flac"
                sound.seek(start)
                _write(folder / name, sound.read(end - start, dtype="int16", always_2d=True)[:, :FLAC_CHANNELS], rate)
                made[side] = {"file": name, "seconds": (end - start) / rate, "start": start / rate}
    return made


def _write(path: Path, samples: Any, rate: int) -> None:
    """Encoded in memory first: libsndfile keeps to itself that a disk is full."""
    encoded = io.BytesIO()
    soundfile.write(encoded, samples, rate, format="FLAC", subtype="PCM_16")
    folders.write(path, encoded.getvalue())
