from __future__ import annotations

import json
from pathlib import Path


def test_it_is_the_publications_own_file_byte_by_byte(archive, tmp_path):
    folder, made = archive.export("daily-json", tmp_path)
    own = Path(archive.lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json"
    assert (folder / "daily_qc.json").read_bytes() == own.read_bytes()
    assert made["files"] == {"daily_qc.json": 5}
    assert made["left_out"] == [{"reason": "rejected: nothing was heard", "calls": 1, "first": ["c-broken"]}]


def test_one_call_alone(archive, tmp_path):
    folder, _ = archive.export("daily-json", tmp_path, call="c-000")
    assert json.loads((folder / "daily_qc.json").read_text(encoding="utf-8")) == [
        {
            "call_id": "c-000",
            "duration_sec": 60,
            "text": "您好 我要投诉\n马上 请稍等 再见",
            "emotion_start": "",
            "emotion_end": "😊",
            "risk_flag": True,
            "invalid_flag": False,
        }
    ]
