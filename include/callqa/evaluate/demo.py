"""A manifest of the demo's calls, from what was said in them when they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.settings import DEMO_FOLDER

CALLS = DEMO_FOLDER / "calls"


def write_manifest(path: str | Path) -> str:
    """Write a line for every turn of the demo's calls that hold speech and are whole; returns the path."""
    calls = json.loads((CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    lines = [json.dumps(_line(call, turn), ensure_ascii=False) for call in calls for turn in call["turns"]]
    with storage.atomic(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _line(call: dict[str, Any], turn: dict[str, Any]) -> dict[str, Any]:
    return {
        "audio": str((CALLS / call["day"] / call["file"]).resolve()),
        "text": turn["text"],
        "language": turn["language"],
        "emotion": turn["emotion"],
        "events": [] if turn["event"] == "speech" else [turn["event"]],
        "codec": call["format"],
        "start": turn["start"],
        "end": turn["end"],
        "channel": turn["channel"],
    }
