"""Turns for tests, with every field that does not matter filled in."""

from datetime import date
from typing import Any

from callqa.contracts import Prepared, Turn

DAY = date(2026, 1, 5)


def recording(**fields: Any) -> Prepared:
    facts = {"call_id": "c", "uri": "c.wav", "file_name": "c.wav", "size_bytes": 1, "etag": "e", "channels": 1}
    return Prepared(call_date=DAY, **{**facts, **fields})


def turn(number: int, **fields: Any) -> Turn:
    start = fields.get("start", 3.0 * number)
    facts = {
        "channel": 0, "role": "unknown", "speaker": f"ch{fields.get('channel', 0)}", "start": start, "end": start + 2.5,
        "text": "嗯", "text_match": "", "text_raw": "", "language": "zh", "emotion": "neutral", "confidence": 1.0,
        "loudness": -20.0,
    }  # fmt: skip
    return Turn(call_date=DAY, call_id="c", turn=number, **{**facts, **fields})
