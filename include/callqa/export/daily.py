"""`daily_qc.json`: a day in the shape that the first, file-based version of this system wrote, for tools built on it.

A JSON array of one object a call that was heard (`analysed` or `invalid`; rejected recordings were skipped then and
are now): `call_id`; `duration_sec`, whole seconds, rounded down; `text`, what was said, turns joined by a space;
`emotion_start` and `emotion_end`, FunASR's emoji of the emotion, `""` for neutral and unknown; `risk_flag`, a rule
raised the flag `risk`; `invalid_flag`, the call is invalid.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from callqa import storage

EMOJI: Mapping[str, str] = {
    "happy": "😊",
    "sad": "😔",
    "angry": "😡",
    "neutral": "",
    "fearful": "😰",
    "disgusted": "🤢",
    "surprised": "😮",
    "unknown": "",
}
"""`emo_dict` of funasr.utils.postprocess_utils (FunASR 1.4.16), by our names."""

CALL_COLUMNS = ["call_id", "status", "duration", "emotion_start", "emotion_end", "flags"]
TURN_COLUMNS = ["call_id", "text"]


def write(path: str | Path, *, calls: str, turns: str) -> str:
    """Write the day's array from the sorted files of calls and turns, one call in memory at a time."""
    write_entries(path, entries(_rows(calls, CALL_COLUMNS), _rows(turns, TURN_COLUMNS)))
    return str(path)


def write_entries(path: str | Path, objects: Iterable[dict[str, Any]]) -> int:
    """Write objects as one array, one in memory at a time; returns how many there were."""
    count = 0
    with storage.atomic(path) as temporary, temporary.open("w", encoding="utf-8") as out:
        for count, entry in enumerate(objects, start=1):
            separator = "[\n" if count == 1 else ",\n"
            out.write(separator + "  " + json.dumps(entry, ensure_ascii=False, indent=2).replace("\n", "\n  "))
        out.write("\n]\n" if count else "[]\n")
    return count


def entries(calls: Iterable[dict[str, Any]], turns: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The day's objects from its rows of CALL_COLUMNS and of TURN_COLUMNS, both sorted by call."""
    texts = itertools.groupby(turns, key=lambda turn: str(turn["call_id"]))
    said = _next_text(texts)
    for call in calls:
        while said and said[0] < call["call_id"]:
            said = _next_text(texts)
        if call["status"] != "rejected":
            yield _entry(call, said[1] if said and said[0] == call["call_id"] else "")


def _next_text(texts: Iterator[tuple[str, Iterator[dict[str, Any]]]]) -> tuple[str, str] | None:
    call_id, turns = next(texts, (None, iter(())))
    return None if call_id is None else (call_id, " ".join(t for t in (turn["text"].strip() for turn in turns) if t))


def _entry(call: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "call_id": call["call_id"],
        "duration_sec": _whole(call["duration"]),
        "text": text,
        "emotion_start": EMOJI.get(call["emotion_start"], ""),
        "emotion_end": EMOJI.get(call["emotion_end"], ""),
        "risk_flag": "risk" in call["flags"],
        "invalid_flag": call["status"] == "invalid" or "invalid" in call["flags"],
    }


def _whole(seconds: float | None) -> int:
    """A duration that is not a number is the gate's to refuse, not this file's to fail at."""
    return int(seconds) if seconds is not None and math.isfinite(seconds) else 0


def _rows(path: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=10_000, columns=columns):
            yield from batch.to_pylist()
