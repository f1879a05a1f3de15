"""How long a large day takes to publish, to publish again and to query, and whether it comes back exactly.

Takes the day that `benchmarks.gate` wrote and audited, in the same folder, and publishes it into a new lake: first, then
once more (nothing may change), then another day's content in its place, then the first again. After each, all tables of
the day are compared with the files, every column of every row (by a hash of the rows, order left out of it). Then queries
of the day, each in a process of its own, as `callqa query` would run them.

    python -m benchmarks.gate --turns 10000000 --folder /tmp/day
    python -m benchmarks.publication --folder /tmp/day
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from callqa import contracts, storage, warehouse
from callqa.settings import LakeSettings

QUERIES = {
    "calls by status": "select status, count(*), avg(score) from calls where call_date = date '{day}' group by all",
    "moods by hour": "select hour(c.started_at) h, t.emotion, count(*) from turns t join calls c using (call_date, call_id)"
    " where call_date = date '{day}' group by all order by all",
    "hits by rule": "select rule, count(distinct call_id) from findings where call_date = date '{day}' and outcome = 'hit' group by all",
    "characters by language": "select language, sum(length(text)) from turns where call_date = date '{day}' group by all",
    "a call's turns": "select * from turns where call_date = date '{day}' and call_id = '{call}' order by turn",
}
STEPS = ("first", "again, unchanged", "another content", "the first content again")


def digests(exported: dict[str, Any]) -> dict[str, str]:
    """SHA-256 by table, as the gate leaves them."""
    return {table: storage.file_digest(exported[table]) for table in contracts.TABLES}


def other_content(folder: Path, exported: dict[str, Any]) -> dict[str, Any]:
    """The same day with another file of calls: one row less."""
    target = folder / "other-calls.parquet"
    calls = storage.read_table(exported["calls"])
    storage.write_table(target, calls.slice(0, calls.num_rows - 1))
    return {**exported, "calls": str(target)}


def publish(lake: LakeSettings, exported: dict[str, Any], known: dict[str, str], run: str) -> bool:
    """Publish the files; whether anything changed."""
    wanted = warehouse.DayFiles(
        day=date.fromisoformat(exported["day"]), run_id=run, attempt=1, gate_result_id="benchmark",
        files={table: exported[table] for table in contracts.TABLES}, digests=known,
    )  # fmt: skip
    return warehouse.publish_day(lake, wanted)[1]


def differing(lake: LakeSettings, exported: dict[str, Any]) -> list[str]:
    """Tables whose published rows are not those of the files."""
    import duckdb

    # A sum of the rows' hashes: equal for the same rows in any order, doubled and lost ones change it.
    of = "select count(*), sum(hash(t)::hugeint)::varchar from {} t"
    wrong = []
    for table in contracts.TABLES:
        there = warehouse.query(lake, of.format(table))[1]
        file = duckdb.sql(of.format(f"read_parquet('{exported[table]}')")).fetchall()
        wrong += [] if [tuple(map(str, row)) for row in there] == [tuple(map(str, row)) for row in file] else [table]
    return wrong


def published(folder: Path, root: Path) -> dict[str, Any]:
    """Publish four times, in this process."""
    day = storage.read_json(folder / "day.json")["exported"]
    other = other_content(folder, day)
    contents = [(day, digests(day)), (other, digests(other))]
    lake = LakeSettings(root=str(root))
    rows = []
    for step, which in zip(STEPS, (0, 0, 1, 0), strict=True):
        wall, cpu = time.perf_counter(), time.process_time()
        changed = publish(lake, *contents[which], run=step)
        rows.append([step, time.perf_counter() - wall, time.process_time() - cpu, changed, which])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wrong = differing(lake, day)
    return {"steps": rows, "peak_mb": peak, "wrong": wrong}


def queried(root: Path, sql: str) -> dict[str, Any]:
    """One query, in this process."""
    lake = LakeSettings(root=str(root))
    wall = time.perf_counter()
    rows = warehouse.query(lake, sql)[1]
    first = time.perf_counter() - wall
    wall = time.perf_counter()
    warehouse.query(lake, sql)
    again = time.perf_counter() - wall
    return {
        "rows": len(rows),
        "first": first,
        "again": again,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="that benchmarks.gate wrote")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        kind, root, *rest = options.child
        print(json.dumps(published(options.folder, Path(root)) if kind == "publish" else queried(Path(root), *rest)))
        return
    exported = storage.read_json(options.folder / "day.json")["exported"]
    print(f"{pq.read_metadata(exported['turns']).num_rows:,} turns, load {os.getloadavg()[0]:.1f}")
    # Beside the day's files, so that they are linked and not copied, as from a run's folder of the same lake.
    with tempfile.TemporaryDirectory(dir=options.folder) as root:
        found = child(options.folder, "publish", root)
        for step, wall, cpu, changed, _ in found["steps"]:
            print(f"{step:28} {wall:6.2f} s wall {cpu:6.2f} s CPU  {'published' if changed else 'nothing changed'}")
        print(
            f"peak {found['peak_mb']:.0f} MB; tables that are not as the files: {', '.join(found['wrong']) or 'none'}"
        )
        call = str(pq.ParquetFile(exported["calls"]).read_row_group(0, columns=["call_id"])["call_id"][0])
        for name, sql in QUERIES.items():
            seen = child(options.folder, "query", root, sql.format(day=exported["day"], call=call))
            print(
                f"{name:28} {seen['first']:6.2f} s first {seen['again']:6.2f} s again {seen['rows']:6} rows, peak {seen['peak_mb']:.0f} MB"
            )


def child(folder: Path, *what: str) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "benchmarks.publication", "--folder", str(folder), "--child", *what]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
