"""What a year of days leaves in the warehouse, what upkeep makes of it, and what both cost those who read.

Publishes small made-up days, each several times with other content, as new rules over old days do; then compacts, expires
and sweeps as of two months later. Before and after: snapshots, manifests and files, bytes of Iceberg's own files, the time
of a query over all days, of the ledger, and of a publication. `--ledger` adds rows to a ledger alone, one commit each, as
ten years of days would.

    python -m benchmarks.upkeep --days 365 --publications 3
    python -m benchmarks.upkeep --ledger 3650
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests import rows
from tests.warehouse.published import publish

from callqa import warehouse
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, ledger, store

FIRST = date(2025, 1, 1)
LATER = timedelta(days=60)
"""After which nobody rolls back to what was superseded."""
DAY_TABLES = ("calls", "turns", "events", "findings")


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def publish_days(lake: LakeSettings, folder: Path, days: int, publications: int) -> None:
    """Each day `publications` times, all with other content."""
    for number in range(days):
        day = FIRST + timedelta(days=number)
        for again in range(publications):
            publish(lake, rows.clean(day, marker=f"{number}-{again}", calls=2), folder, run=f"run-{number}-{again}")
            shutil.rmtree(folder / f"run-{number}-{again}")
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {days} days", end="", file=sys.stderr, flush=True)


def describe(lake: LakeSettings) -> None:
    """Print what is there and what it costs to read it."""
    location = store.location(lake)
    with catalog.opened(lake) as opened:
        for name in (*DAY_TABLES, catalog.LEDGER):
            table = opened.load_table((catalog.NAMESPACE, name))
            newest = table.current_snapshot()
            metadata = list(store.stored(lake, f"{location}/tables/{name}/metadata"))
            print(
                f"    {name:13} {len(table.metadata.snapshots):5} snapshots"
                f" {len(newest.manifests(table.io)) if newest else 0:4} manifests to open"
                f" {store.size(lake, table.metadata_location) or 0:10,} bytes of metadata.json"
                f" {len(metadata):6} files {sum(file.size for file in metadata) / 2**20:8.1f} MB of Iceberg's own"
            )
    for part in ("files", "tables"):
        found = list(store.stored(lake, f"{location}/{part}"))
        print(f"    {part:13} {len(found):6} files {sum(file.size for file in found) / 2**20:8.1f} MB")
    print(
        f"    select count(*) from calls {seconds(lambda: warehouse.query(lake, 'select count(*) from calls')):8.2f} s"
    )
    print(f"    publications()             {seconds(lambda: warehouse.publications(lake)):8.2f} s")
    print(f"    publications(a day)        {seconds(lambda: warehouse.publications(lake, FIRST)):8.2f} s")


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took."""
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.2f} s")


def upkeep(lake: LakeSettings) -> None:
    """As the DAG does it, two months later."""
    now = datetime.now(UTC) + LATER
    with timed("compact"):
        print(
            "   ",
            *(f"{done.table} {done.files_before} files to {done.files_after}" for done in warehouse.compact(lake)),
        )
    with timed("expire"):
        print("   ", *(f"{e.table} -{e.expired}" for e in warehouse.expire(lake, superseded_days=30, now=now)))
    with timed("sweep"):
        swept = warehouse.sweep(lake, now=now)
        print(f"    {len(swept.removed)} files, {swept.bytes / 2**20:.1f} MB removed, {swept.kept} stay")


def year(folder: Path, days: int, publications: int) -> None:
    """A lake of days, before and after."""
    lake = LakeSettings(root=str(folder / "lake"))
    with timed(f"{days} days published {publications} times each"):
        publish_days(lake, folder, days, publications)
    print("before")
    describe(lake)
    print(f"    a publication              {a_publication(lake, folder, 'before'):8.2f} s")
    answers = all_rows(lake)
    upkeep(lake)
    print("after")
    describe(lake)
    print(f"    all rows as before: {all_rows(lake) == answers}")
    print(f"    a publication              {a_publication(lake, folder, 'after'):8.2f} s")


def all_rows(lake: LakeSettings) -> list[object]:
    """A number that every row of a day's table goes into, and of the ledger the rows."""
    sql = "select count(*), sum(hash(t)::hugeint)::varchar from {} t"
    return [*(warehouse.query(lake, sql.format(name)) for name in DAY_TABLES), warehouse.publications(lake)]


def a_publication(lake: LakeSettings, folder: Path, marker: str) -> float:
    """Seconds that the first day takes to be published again."""
    contents = iter(f"{marker}-{number}" for number in range(3))
    return seconds(lambda: publish_one(lake, folder, next(contents)))


def publish_one(lake: LakeSettings, folder: Path, marker: str) -> None:
    """The first day, with a content that changes nothing of its numbers."""
    publish(lake, rows.clean(FIRST, marker=marker, calls=2), folder, run=marker)


def ledger_alone(folder: Path, days: int, every: int) -> None:
    """A ledger of so many days; `every`: upkeep after so many days, 0: none."""
    lake = LakeSettings(root=str(folder / "lake"))
    publish(lake, rows.clean(FIRST, marker="0", calls=2), folder, run="0")
    row = warehouse.publications(lake)[0]
    with timed(f"{days} rows, {f'upkeep every {every}' if every else 'no upkeep'}"):
        for number in range(1, days):
            with catalog.opened(lake) as opened:
                ledger.append(ledger.reload(opened), dataclasses.replace(row, call_date=FIRST + timedelta(days=number)))
            if every and number % every == 0:
                warehouse.compact(lake)
                warehouse.expire(lake, superseded_days=30, now=datetime.now(UTC) + LATER)
    with catalog.opened(lake) as opened:
        table = ledger.reload(opened)
        newest = table.current_snapshot()
        size = store.size(lake, table.metadata_location) or 0
        print(
            f"    {len(table.metadata.snapshots)} snapshots, {len(newest.manifests(table.io)) if newest else 0} manifests,"
        )
        print(f"    {size:,} bytes of metadata.json")
    print(f"    publications()             {seconds(lambda: warehouse.publications(lake)):8.2f} s")
    print(f"    publications(a day)        {seconds(lambda: warehouse.publications(lake, FIRST)):8.2f} s")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--publications", type=int, default=3, help="of each day")
    parser.add_argument("--ledger", type=int, help="rows of a ledger alone, instead of a lake of days")
    parser.add_argument("--every", type=int, default=0, help="days between upkeep of the ledger alone; 0: none")
    parser.add_argument("--folder", type=Path, help="where to work; by default a temporary one")
    options = parser.parse_args(arguments)
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.ledger:
            ledger_alone(Path(folder), options.ledger, options.every)
        else:
            year(Path(folder), options.days, options.publications)


if __name__ == "__main__":
    main()
