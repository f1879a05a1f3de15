"""Hours in one recording: wall and processor time and peak memory of the whole prepare stage, from 10 minutes to 3 hours.

The recordings are the demo's stereo calls, one after another, again and again, as A-law of 8 kHz. Each is prepared by a
new process, with one process reading, into an empty lake. The peak is the largest resident size of the process that
reads; pages of files that are mapped count. Compare ratios within one run: absolute times depend on the machine.

    python -m benchmarks.long_recording [MINUTES ...]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from callqa import prepare, storage
from callqa.contracts import Recording
from callqa.prepare.workers.processes import IDLE
from callqa.settings import DEMO_FOLDER, PrepareSettings, SourceSettings

RATE = 8_000
MINUTES = (10, 30, 60, 180)
KILOBYTES_IN_A_MEGABYTE = 1024


def demo_audio() -> np.ndarray:
    """The demo's stereo calls that are whole and longer than 20 s, at 8 kHz, shape (samples, 2)."""
    calls = []
    for path in sorted((DEMO_FOLDER / "calls").glob("*/*.wav")):
        try:
            audio, rate = soundfile.read(path, always_2d=True)
        except soundfile.LibsndfileError:
            continue
        if audio.shape[1] == 2 and len(audio) > 20 * rate:
            calls.append(audio if rate == RATE else soxr.resample(audio, rate, RATE))
    return np.concatenate(calls)


def build(path: Path, minutes: float) -> None:
    """A stereo recording of so many minutes."""
    calls, left = demo_audio(), round(minutes * 60 * RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, subtype="ALAW", format="WAV") as out:
        while left > 0:
            out.write(calls[:left])
            left -= len(calls)


def prepared(path: Path, lake: str) -> dict[str, float]:
    """Prepare one recording in this process; its figures."""
    row = Recording(
        call_date=date(2026, 1, 5), call_id="long", uri=str(path), file_name=path.name,
        size_bytes=path.stat().st_size, etag="-",
    )  # fmt: skip
    shard = storage.write_rows(Path(lake) / "shard.parquet", Recording, [row])
    start = time.perf_counter()
    result = prepare.run(shard, run_dir=lake, lake=lake, source=SourceSettings(), settings=PrepareSettings(processes=1))
    wall = time.perf_counter() - start
    IDLE.end()
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall": wall, "cpu": reader.ru_utime + reader.ru_stime, "peak_mb": reader.ru_maxrss / KILOBYTES_IN_A_MEGABYTE,
        "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_IN_A_MEGABYTE,
        "clips": result["counts"]["clips"], "rejected": result["counts"]["rejected"],
        "seconds": result["counts"]["seconds"],
    }  # fmt: skip


def measured(minutes: float) -> dict[str, float]:
    """The figures of a recording of so many minutes, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "long.wav", minutes)
        command = [sys.executable, "-m", "benchmarks.long_recording", "--only", str(Path(folder) / "long.wav"), folder]
        figures: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return figures


def main(arguments: list[str]) -> None:
    """Measure and print a table in Markdown, or (`--only`) the figures of one recording as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="*", type=float, default=MINUTES)
    parser.add_argument("--only", nargs=2, metavar=("FILE", "LAKE"), help=argparse.SUPPRESS)
    chosen: Any = parser.parse_args(arguments)
    if chosen.only:
        print(json.dumps(prepared(Path(chosen.only[0]), chosen.only[1])))
        return
    print(
        f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, {platform.platform()}\n"
    )
    print("| minutes (stereo, 8 kHz) | clips | wall s | CPU s | CPU s / s of channel | times the first | peak MB |")
    print("|---|---|---|---|---|---|---|")
    first = None
    for minutes in chosen.minutes:
        of = measured(minutes)
        share = of["cpu"] / (minutes * 60)
        first = first or share
        print(
            f"| {minutes:g} | {of['clips']:.0f} | {of['wall']:.1f} | {of['cpu']:.1f} | {share / 2:.5f} "
            f"| {share / first:.2f} | {of['peak_mb']:.0f} |",
            flush=True,
        )
        print(json.dumps({"minutes": minutes, **of}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
