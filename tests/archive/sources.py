"""Sources of years, made quickly: files with a side-car or a header, and nothing that could be heard."""

from __future__ import annotations

import datetime as dt
import wave
from pathlib import Path


def day(root: Path, at: dt.date, seconds: list[float], *, side_car: bool = True) -> Path:
    """A day's folder: one recording of each length, `a.wav`, `b.wav` …"""
    folder = root / at.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["file,answered_at,ended_at"]
    for number, length in enumerate(seconds):
        name = f"{chr(ord('a') + number)}.wav"
        if side_car:
            (folder / name).write_bytes(b"RIFF")
            begin = dt.datetime.combine(at, dt.time(10))
            rows.append(f"{name},{begin.isoformat()},{(begin + dt.timedelta(seconds=length)).isoformat()}")
        else:
            _silence(folder / name, length)
    if side_car:
        (folder / "calls.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def _silence(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2))


class Clock:
    """A clock that goes on by a second each time somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now
