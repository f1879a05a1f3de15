"""Broken recordings of every container through the prepare stage, mixed with whole ones.

Every file must end in one row, fine or with a reason, within the limits of time and memory, and the rows and samples of
the whole files must be those that they have alone. The files follow from the seed.

    python -m benchmarks.fuzz_recordings [--count 2000] [--seed 1] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.broken_files import RAW_CODECS, broken_files, good_files
from callqa import prepare, storage
from callqa.contracts import REJECT_REASONS, Clip, Event, Prepared, Recording
from callqa.prepare.workers.processes import IDLE
from callqa.settings import PrepareSettings, RawFormat, SourceSettings

SETTINGS = PrepareSettings(max_recording_seconds=30, max_recording_mb=900)
RAW_FORMATS = {codec.removeprefix("pcm_"): RawFormat(codec=codec) for codec in RAW_CODECS}
SOURCE = SourceSettings(max_call_seconds=120, raw=RAW_FORMATS)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What the stage made of files, by name."""

    prepared: dict[str, Prepared]
    clips: dict[str, list[tuple[Clip, str]]]
    """With the digest of the file of the samples."""
    events: dict[str, list[Event]]


def rows_of(files: list[Path], folder: Path, name: str) -> Rows:
    """Run the stage over files.

    Raises:
        AssertionError: there is not exactly one row a file, in order.
    """
    recordings = [
        Recording(
            call_date=date(2026, 1, 5), call_id=path.name, uri=str(path), file_name=path.name,
            size_bytes=path.stat().st_size, etag="-",
        )
        for path in files
    ]  # fmt: skip
    shard = storage.write_rows(folder / f"{name}.parquet", Recording, recordings)
    lake = str(folder / f"lake-{name}")
    result = prepare.run(shard, run_dir=str(folder / name), lake=lake, source=SOURCE, settings=SETTINGS)
    prepared = storage.read_rows(result["recordings"], Prepared)
    assert [row.call_id for row in prepared] == [path.name for path in files]
    rows = Rows(prepared={row.call_id: row for row in prepared}, clips={}, events={})
    digests: dict[str, str] = {}
    for clip in storage.read_rows(result["clips"], Clip):
        digest = digests.setdefault(clip.audio, storage.file_digest(clip.audio))
        rows.clips.setdefault(clip.call_id, []).append((dataclasses.replace(clip, audio=""), digest))
    for event in storage.read_rows(result["events"], Event):
        rows.events.setdefault(event.call_id, []).append(event)
    left = [path for path in Path(lake).rglob("*") if ".tmp" in path.name]
    assert left == [], f"left behind: {left}"
    return rows


def check(rows: Rows) -> None:
    """Every row is fine or has a reason.

    Raises:
        AssertionError: one is not.
    """
    for name, row in rows.prepared.items():
        if row.reject_reason is None:
            assert row.duration is not None, name
            assert 0 < row.duration <= SOURCE.max_call_seconds, name
            assert len(row.quality) == row.channels, name
        else:
            assert row.reject_reason in REJECT_REASONS, name
            assert row.reject_detail, name


def check_good(alone: Rows, among: Rows) -> None:
    """The whole files' rows are the same with the broken ones around them.

    Raises:
        AssertionError: one is not.
    """
    for name in alone.prepared:
        seen = [(rows.prepared[name], rows.clips.get(name), rows.events.get(name)) for rows in (alone, among)]
        uri = seen[0][0].uri
        assert seen[0] == (dataclasses.replace(seen[1][0], uri=uri), *seen[1][1:]), name


def write_files(folder: Path, files: Iterator[tuple[str, bytes]]) -> list[Path]:
    """Write files; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files:
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    return paths


def fuzz(folder: Path, seed: int, count: int, shard: int) -> tuple[Counter[tuple[str, str]], list[Prepared]]:
    """Prepare so many broken files in shards with the whole ones mixed in.

    Returns:
        Files by kind and outcome, and the rows whose reason is a limit or an unexpected error.

    Raises:
        AssertionError: something is not as it must be.
    """
    good = write_files(folder / "good", good_files())
    alone = rows_of(good, folder, "alone")
    assert all(row.reject_reason is None for row in alone.prepared.values()), "a whole file is refused"
    broken = write_files(folder / "broken", broken_files(seed, count))
    outcomes: Counter[tuple[str, str]] = Counter()
    strange = []
    for index, first in enumerate(range(0, count, shard)):
        files = broken[first : first + shard] + good
        random.Random(seed + index).shuffle(files)
        rows = rows_of(files, folder, f"shard-{index}")
        check(rows)
        check_good(alone, rows)
        for row in rows.prepared.values():
            outcomes[row.call_id.split("-")[0], row.reject_reason or "fine"] += not row.call_id.startswith("good")
            if row.reject_reason in ("time_limit", "memory_limit", "unreadable"):
                strange.append(row)
    return outcomes, strange


def main(arguments: list[str]) -> None:
    """Fuzz and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", type=int, default=250)
    parser.add_argument("--keep", help="folder for the files whose reason is a limit or an unexpected error")
    chosen: Any = parser.parse_args(arguments)
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores\n")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcomes, strange = fuzz(Path(folder), chosen.seed, chosen.count, chosen.shard)
        for row in strange:
            print(f"{row.call_id}: {row.reject_reason}: {row.reject_detail}", file=sys.stderr)
            if chosen.keep:
                write_files(Path(chosen.keep), iter([(row.call_id, Path(row.uri).read_bytes())]))
    reasons = sorted({reason for _, reason in outcomes})
    print("| kind | " + " | ".join(reasons) + " |\n|---" * 1 + "|---" * len(reasons) + "|")
    for kind in sorted({kind for kind, _ in outcomes} - {"good"}):
        print(f"| {kind} | " + " | ".join(str(outcomes[kind, reason]) for reason in reasons) + " |")
    IDLE.end()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"\n{sum(outcomes.values())} broken files, {time.perf_counter() - start:.0f} s, largest process {peak:.0f} MB"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
