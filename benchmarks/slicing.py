"""Long calls built from known pieces of speech: is every piece written once, in order, at its time?

Random turns of the demo calls with pauses of 0.1-6 s, levels of -12 to +3 dB and line noise, an hour on one and on two
channels; and lectures without a rest, sliced with several limits: the limit of 30 s cuts least and is what the others
are compared with. Everything goes through fetch, prepare and transcribe with the demo model, whose own faults are
counted too: only the difference between limits is the slicer's.

    python -m benchmarks.slicing [--minutes 60] [--noise-dbfs -62]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
from tests.conftest import DEMO_CALLS
from tests.prepare import long_calls
from tests.prepare.long_calls import Audio, Piece, Placed

from callqa.settings import EngineSettings, PrepareSettings

ENGINE = EngineSettings(device="cpu", processes=1)
GAPS = (0.0, 0.08, 0.15)
LIMITS = (30.0, 15.0, 8.0)
COLUMNS = (
    "recording", "minutes", "pieces", "found", "characters missing", "surplus", "times off by, 1 / 50 / 99 %",
    "edges in a word", "s in no or two clips", "clips", "wall s",
)  # fmt: skip


def measure(calls: dict[str, tuple[list[Placed], Audio]], settings: PrepareSettings, note: str = "") -> None:
    """A line of the table for each call."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        audio = {name: samples for name, (_, samples) in calls.items()}
        segments = long_calls.heard(Path(folder), audio, ENGINE, settings)
        wall = (time.perf_counter() - start) / len(calls)
    for name, (placed, samples) in calls.items():
        found = long_calls.account(placed, segments[name])
        off = " / ".join(f"{value:+.2f}" for value in np.percentile(found.late, [1, 50, 99]))
        cells = [
            f"{name}{note}", f"{len(samples) / long_calls.RATE / 60:.1f}", found.pieces, f"{found.recall:.2%}",
            f"{found.missing / found.characters:.2%}", f"{found.surplus / found.characters:.2%}", off,
            len(long_calls.severed(placed, segments[name])), f"{long_calls.uncovered(placed, segments[name]):.2f}",
            len(segments[name]), f"{wall:.0f}",
        ]  # fmt: skip
        print(f"| {' | '.join(map(str, cells))} |", flush=True)


def conversations(pieces: list[Piece], seconds: float, noise_dbfs: float) -> dict[str, tuple[list[Placed], Audio]]:
    """One on one channel, one on two."""
    calls = {}
    for name, channels in (("mono", 1), ("stereo", 2)):
        placed = long_calls.conversation(pieces, seconds, channels, seed=channels)
        calls[name] = placed, long_calls.mixed(placed, seconds, channels, channels, noise_dbfs)
    return calls


def lectures(pieces: list[Piece], seconds: float, noise_dbfs: float) -> dict[str, tuple[list[Placed], Audio]]:
    """Speech without a rest, on one channel."""
    calls = {}
    for gap in GAPS:
        placed = long_calls.without_end(pieces, seconds, gap, seed=3)
        calls[f"lecture, gaps of {gap:.2f} s"] = placed, long_calls.mixed(placed, seconds, 1, 3, noise_dbfs)
    return calls


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="of each conversation; lectures are a tenth")
    parser.add_argument("--noise-dbfs", type=float, default=-62.0, help="of the line")
    chosen = parser.parse_args()
    truth = json.loads((DEMO_CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    pieces, seconds = long_calls.turns_of_demo(truth), chosen.minutes * 60
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, {len(pieces)} pieces\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    measure(conversations(pieces, seconds, chosen.noise_dbfs), PrepareSettings(processes=1))
    for limit in LIMITS:
        settings = PrepareSettings(processes=1, diarise="off", max_clip_seconds=limit)
        measure(lectures(pieces, seconds / 10, chosen.noise_dbfs), settings, f", clips of {limit:.0f} s")


if __name__ == "__main__":
    main()
