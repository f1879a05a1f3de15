"""A day of very many short calls through the DAG: wall time, what Airflow adds, peak memory of every process.

`python -m benchmarks.airflow_day --calls 1000 3000 10000 [--engine replay]`

For each number a day of so many calls (`benchmarks.short_calls`) goes through `daily_call_qa` under the local executor,
as `make up` has it. `--engine replay` puts recorded recognitions in the model's place (`benchmarks.replay`): what is
left is what everything around the model costs. The memory of a task's process is its own peak, as the kernel counts it;
that of Airflow's components is looked at twice a second. Stage seconds are those of callqa's functions inside the tasks;
what a task takes beyond them is Airflow's: starting a process, importing, talking to the API server.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from tests.scale import cluster as scale
from tests.scale.cluster import Cluster, no_other_airflow, short_source

from benchmarks import replay
from benchmarks.short_calls import write_day
from callqa import warehouse
from callqa.settings import LakeSettings
from callqa_airflow import stack
from callqa_airflow.home import ROOT

DAY = "2026-01-05"
LOOK_SECONDS = 0.5
MB = 1 << 20
PATIENCE = 12 * 3600.0


@dataclass
class Figures:
    """One day."""

    calls: int
    shards: int
    wall: float
    tasks: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    components: dict[str, float]
    """Peak MB by component, its children without tasks included."""
    published: int
    stored: dict[str, int]
    """Bytes in the lake, by folder."""

    @property
    def task_seconds(self) -> float:
        """All task instances' durations."""
        return sum(task["duration"] or 0.0 for task in self.tasks)

    @property
    def stage_seconds(self) -> float:
        """Of that, in callqa's functions."""
        return sum(line["wall"] for line in self.stages)


@dataclass
class Watch:
    """Looks at the memory of Airflow's components while the block runs."""

    cluster: Cluster
    peaks: dict[str, float] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until the block has ended."""
        while not self.ended.wait(LOOK_SECONDS):
            for part in stack.components(self.cluster.home):
                if process := part.process():
                    with contextlib.suppress(psutil.Error):
                        self.peaks[part.name] = max(self.peaks.get(part.name, 0.0), process.memory_info().rss / MB)


@contextlib.contextmanager
def watching(cluster: Cluster) -> Iterator[dict[str, float]]:
    """Peak MB by component, complete after the block."""
    watch = Watch(cluster)
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        yield watch.peaks
    finally:
        watch.ended.set()
        thread.join()


class Bench:
    """Days over one Airflow."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.meter = folder / "meter.jsonl"
        paths = [str(replay.site(folder / "site")), str(ROOT), str(ROOT / "include")]
        environment = {
            "PYTHONPATH": os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
            replay.METER: str(self.meter),
            "CALLQA_SHARDS__SECONDS": str(options.shard_seconds),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300",
        }
        if options.engine == "replay":
            environment[replay.RECORDED] = str(self._recorded())
        self.cluster = Cluster(folder / "home", environment, source=folder / "source", lake=folder / "lake")

    def _recorded(self) -> Path:
        small = write_day(self.folder / "recorded", DAY, 6, self.options.seconds)
        return replay.record(small, DAY, self.folder)

    def warm(self) -> None:
        """One short day, so that no figure has the first import of everything in it."""
        source = short_source(self.folder / "warm", {DAY: scale.SHORT[DAY]}) if self.options.engine == "demo" else None
        source = source or write_day(self.folder / "warm", DAY, 6, self.options.seconds)
        self.day("warm", source, 6)

    def measure(self, calls: int) -> Figures:
        """A day of so many calls."""
        source = write_day(self.folder / f"source-{calls}", DAY, calls, self.options.seconds)
        figures = self.day(str(calls), source, calls)
        shutil.rmtree(source)
        shutil.rmtree(self.folder / f"lake-{calls}")
        return figures

    def day(self, name: str, source: Path, calls: int) -> Figures:
        """One run of the DAG over a lake of its own."""
        lake = self.folder / f"lake-{name}"
        self.meter.write_text("")
        with watching(self.cluster) as peaks:
            run_id = self.cluster.begin(DAY, f"bench-{name}", source=str(source), lake=str(lake))
            scale.until(lambda: self.cluster.state(run_id) in scale.ENDED, run_id, PATIENCE, 2)
        tasks = [task for task in self.cluster.tasks(run_id) if task["state"] == "success" and task["start_date"]]
        bad = [task["task_id"] for task in self.cluster.tasks(run_id) if task["state"] == "failed"]
        if bad:
            raise SystemExit(f"{name}: failed: {bad}; see {self.cluster.home.state}")
        moments = [datetime.fromisoformat(task[key]) for task in tasks for key in ("start_date", "end_date")]
        stages = [json.loads(line) for line in self.meter.read_text().splitlines()]
        shards = sum(task["task_id"] == "shard.prepare" for task in tasks)
        count = warehouse.query(LakeSettings(root=str(lake)), "SELECT count(*) FROM calls")[1][0][0]
        wall = (max(moments) - min(moments)).total_seconds()
        return Figures(calls, shards, wall, tasks, stages, dict(peaks), count, stored(lake))


def stored(lake: Path) -> dict[str, int]:
    """Bytes by folder of a lake."""
    folders = {
        "runs": "runs",
        "cache, sound": "cache/prepare",
        "cache, heard": "cache/transcribe",
        "warehouse": "warehouse",
    }
    return {
        name: sum(file.stat().st_size for file in (lake / folder).rglob("*") if file.is_file())
        for name, folder in folders.items()
    }


def report(found: list[Figures], options: argparse.Namespace) -> None:
    """Print the tables, in Markdown."""
    print(f"calls of {options.seconds:g} s stereo, shards of {options.shard_seconds:g} s, engine {options.engine}\n")
    print(
        "| calls | published | shards | tasks | wall s | wall ms a call | task s | of it in stages | Airflow's share |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for day in found:
        share = 1 - day.stage_seconds / day.task_seconds
        print(
            f"| {day.calls:,} | {day.published:,} | {day.shards} | {len(day.tasks)} | {day.wall:.0f} "
            f"| {1000 * day.wall / day.calls:.1f} | {day.task_seconds:.0f} | {day.stage_seconds:.0f} | {share:.0%} |"
        )
    own = [(day.task_seconds - day.stage_seconds) / len(day.tasks) for day in found]
    waits = [statistics.median(wait for task in day.tasks if (wait := _wait(task)) is not None) for day in found]
    print(f"\nAirflow's own seconds in a task: {', '.join(f'{each:.2f}' for each in own)}")
    print(f"median seconds from a task's queue to its start: {', '.join(f'{each:.2f}' for each in waits)}\n")
    _by_stage(found)
    print(f"\n| bytes a call | {' | '.join(f'{day.calls:,}' for day in found)} |\n|---|{'---|' * len(found)}")
    for name in found[0].stored:
        print(f"| {name} | {' | '.join(f'{day.stored[name] / day.calls:,.0f}' for day in found)} |")
    _by_component(found)


def _wait(task: dict[str, Any]) -> float | None:
    if not task.get("queued_when"):
        return None
    began, queued = (datetime.fromisoformat(task[key]) for key in ("start_date", "queued_when"))
    return (began - queued).total_seconds()


def _by_stage(found: list[Figures]) -> None:
    columns = " | ".join(f"{day.calls:,}: CPU s | ms a call | peak MB | largest child MB" for day in found)
    print(f"| stage | {columns} |\n|---|{'---|' * 4 * len(found)}")
    for stage in replay.STAGES:
        cells = []
        for day in found:
            of = [line for line in day.stages if line["stage"] == stage]
            cpu = sum(line["cpu"] for line in of)
            peaks = [max((line[key] for line in of), default=0.0) for key in ("peak_mb", "child_peak_mb")]
            cells.append(f"{cpu:.1f} | {1000 * cpu / day.calls:.2f} | {peaks[0]:.0f} | {peaks[1]:.0f}")
        print(f"| {stage} | {' | '.join(cells)} |")


def _by_component(found: list[Figures]) -> None:
    print(f"\n| component | {' | '.join(f'{day.calls:,}: peak MB' for day in found)} |\n|---|{'---|' * len(found)}")
    for name in found[0].components:
        print(f"| {name} | {' | '.join(f'{day.components[name]:.0f}' for day in found)} |")


def main() -> None:
    """Read the options, run the days, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[1000, 3000, 10000])
    parser.add_argument("--engine", choices=["demo", "replay"], default="demo")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a call")
    parser.add_argument("--shard-seconds", type=float, default=3600.0)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    found: list[Figures] = []
    with no_other_airflow(), tempfile.TemporaryDirectory(prefix="callqa-day-") as folder:
        bench = Bench(Path(folder), options)
        try:
            bench.cluster.up()
            bench.warm()
            for calls in options.calls:
                began = time.monotonic()
                found.append(bench.measure(calls))
                print(f"{calls} calls: {time.monotonic() - began:.0f} s with the making of their files", flush=True)
        except KeyboardInterrupt:  # what was measured until then is told
            print(f"stopped after {len(found)} of {len(options.calls)} days")
        finally:
            bench.cluster.down()
    if found:
        report(found, options)


if __name__ == "__main__":
    main()
