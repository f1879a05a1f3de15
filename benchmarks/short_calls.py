"""A day of very many short calls, made of a few pieces of the demo's calls: each file is its own, each sound is known.

A file is a piece of a stereo demo call (WAV, 8 kHz, mu-law) with a number in a chunk that decoders skip, so that the
bytes differ and nothing comes from a cache, while the samples are those of one of PIECES.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from callqa.settings import DEMO_FOLDER

PIECES = (
    ("2026-01-05", "091530-a2.wav", 8.0),
    ("2026-01-06", "091200-b2.wav", 6.0),
    ("2026-01-06", "103055-b8.wav", 6.0),
    ("2026-01-07", "093300-c3.wav", 5.0),
    ("2026-01-07", "112200-c10.wav", 5.0),
    ("2026-01-07", "114100-c11.wav", 5.0),
)
"""Day, file, and second from which on people speak."""
AGENTS, QUEUES = 200, ("billing", "after_sales", "orders")
ZONE = ZoneInfo("Asia/Shanghai")


def write_day(root: Path, day: str, calls: int, seconds: float) -> Path:
    """`<root>/<day>` with so many calls of so many seconds, and their calls.csv; gives `root`."""
    folder = root / day
    folder.mkdir(parents=True)
    pieces = list(_pieces(seconds))
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "call_id", "started_at", "answered_at", "ended_at", "direction", "queue", "agent_id"])
        for number in range(calls):
            name = f"{number:07}.wav"
            (folder / name).write_bytes(numbered(pieces[number % len(pieces)], number))
            writer.writerow(_row(name, number, day, calls, seconds))
    return root


def numbered(wav: bytes, number: int) -> bytes:
    """The same sound in a file of its own: a WAV with a LIST chunk at its end."""
    told = f"{number:08}".encode() + b"\0\0"
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(told)) + told
    whole = wav + b"LIST" + struct.pack("<I", len(info)) + info
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def _pieces(seconds: float) -> Iterator[bytes]:
    import numpy as np
    import soundfile
    import soxr

    for day, name, start in PIECES:
        samples, rate = soundfile.read(DEMO_FOLDER / "calls" / day / name, dtype="float32", always_2d=True)
        cut = samples[int(start * rate) : int((start + seconds) * rate)]
        told = io.BytesIO()
        soundfile.write(told, soxr.resample(cut, rate, 8000).astype(np.float32), 8000, format="WAV", subtype="ULAW")
        yield told.getvalue()


def _row(name: str, number: int, day: str, calls: int, seconds: float) -> list[str]:
    """Spread over twelve hours of the day."""
    began = datetime.fromisoformat(day).replace(hour=8, tzinfo=ZONE) + timedelta(seconds=number * 12 * 3600 / calls)
    answered, ended = began + timedelta(seconds=5), began + timedelta(seconds=5 + seconds)
    times = [moment.isoformat(timespec="seconds") for moment in (began, answered, ended)]
    agent = f"A{number % AGENTS:04}"
    return [name, f"{day}-{number:07}", *times, "inbound", QUEUES[number % len(QUEUES)], agent]
