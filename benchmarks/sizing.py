"""Machines for a day of calls, computed from the figures in RESULTS.md, and the Airflow side of such a day, simulated.

`python -m benchmarks.sizing --calls 1000 100000 10000000 --seconds 180 --hours 8 [--gpu-speed 2000]`

Nothing here is a guess: what RESULTS.md has measured is read from it, by section and row; what it has not (the speed of
a GPU: none was at hand) is an option, and without it no GPUs are counted. The tables of docs/sizing.md are this
program's; a test compares them.
"""

from __future__ import annotations

import argparse
import heapq
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
LOAD = 0.7
"""Of the cores and GPUs bought, what a day is planned to take: retries, a slow node, a day larger than usual."""
SHARD_MINUTES = 20.0
"""A shard's longest task is to take so long: short enough to lose, long beside Airflow's seconds."""
MOST_SHARDS = 1000
"""Of a day: `shards.maximum` at most; Airflow maps no task over more than 1024."""
TASKS_A_SHARD = ("prepare", "transcribe", "parse", "judge")
TASKS_A_DAY = 8
"""fetch, shards, export, gate, verdict, publish, report; and one more for what is skipped."""


@dataclass(frozen=True)
class Measured:
    """What RESULTS.md says, in seconds of one core unless said otherwise."""

    hear: float
    """CPU seconds a second of recording, file to turns, full-size model, int8."""
    around: float
    """Of that without the model: prepare alone, stereo."""
    judge: float
    """A call, 500 rules."""
    day: float
    """Export, gate and publication, a call."""
    task: float
    """Airflow's own seconds in a task."""
    wait: float
    """From a task's queue to its start."""
    sound: float
    """Bytes of cached sound a second of recording."""
    text: float
    """Bytes a call in runs, what was heard, and warehouse."""
    day_memory: float
    """MB a call that the largest task over the whole day takes."""


def section(text: str, title: str) -> str:
    """The text of a section of RESULTS.md.

    Raises:
        LookupError: there is none of this title.
    """
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise LookupError(f"RESULTS.md has no section {title!r}; run the benchmark and write its figures down")
    return found[1]


def row(text: str, label: str) -> list[float]:
    """The numbers of a table's row.

    Raises:
        LookupError: there is no such row.
    """
    found = re.search(rf"^\| {re.escape(label)} \|(.*)\|$", text, re.MULTILINE)
    if not found:
        raise LookupError(f"RESULTS.md has no row {label!r} there")
    return [float(cell.replace(",", "")) for cell in re.findall(r"[\d,]+(?:\.\d+)?", found[1])]


def number(text: str, pattern: str) -> float:
    """What the first group of a pattern matches, spaces being any white space.

    Raises:
        LookupError: nothing.
    """
    found = re.search(pattern.replace(" ", r"\s+"), text)
    if not found:
        raise LookupError(f"RESULTS.md does not say {pattern!r} there")
    return float(found[1].replace(",", ""))


def measured(text: str) -> Measured:
    """The figures of RESULTS.md.

    Raises:
        LookupError: one is not there.
    """
    race = section(text, "The whole path on a CPU, full size")
    long = section(text, "prepare: recordings of hours")
    gate, published = section(text, "Gate"), section(text, "Publication of a large day")
    dag, _, replayed = section(text, "A day of short calls through the DAG").partition("### Without the model\n")
    calls = number(gate, r"turns in ([\d,]+) calls")
    largest = number(dag, r"calls of ([\d.]+) s stereo")
    days = [float(each.replace(",", "")) for each in re.findall(r"^\| ([\d,]+) \|", replayed, re.MULTILINE)]
    peaks = [row(replayed, stage) for stage in ("fetch", "export", "gate", "conclude", "report")]
    return Measured(
        hear=row(race, "callqa, whole path")[2] / number(race, r"([\d,]+) s of recordings"),
        around=2 * row(long, "60")[1],
        judge=number(section(text, "Rules: words"), r"([\d.]+) ms a call") / 1000,
        day=(row(gate, "all")[1] + row(published, "first publication")[0]) / calls,
        task=number(dag, r"Airflow's own seconds in a task: (?:[\d.]+, )*(\d+\.\d+)"),
        wait=number(dag, r"from a task's queue to its start: (?:[\d.]+, )*(\d+\.\d+)"),
        sound=row(dag, "cache, sound")[-1] / largest,
        text=sum(row(dag, name)[-1] for name in ("runs", "cache, heard", "warehouse")),
        day_memory=max(_growth(cells) for cells in peaks) / (days[-1] - days[0]),
    )


def _growth(cells: Sequence[float]) -> float:
    """MB by which a stage's own process was larger with the most calls than with the fewest."""
    peaks = cells[2::4]
    return max(0.0, peaks[-1] - peaks[0])


@dataclass(frozen=True)
class Demand:
    """A day: calls, seconds of each, hours in which it has to be done, seconds of audio that a GPU hears in one."""

    calls: int
    seconds: float
    hours: float
    gpu_speed: float = 0.0

    @property
    def audio(self) -> float:
        """Seconds."""
        return self.calls * self.seconds


@dataclass(frozen=True)
class Plan:
    """What a day takes."""

    demand: Demand
    cores: int
    """That hear and judge; on the GPUs' side those that prepare for them."""
    gpus: int
    shard_seconds: float
    shards: int
    lakes: int
    """Sites, each with a lake and a run of its own, because one run has MOST_SHARDS shards at most."""
    simulated: Simulated
    stored_gb: float
    sound_gb: float
    day_memory_gb: float
    """Of the largest task over a whole day, above what it takes for a small one."""


@dataclass(frozen=True)
class Simulated:
    """One run in Airflow."""

    seconds: float
    tasks: int
    airflow_share: float
    """Of the seconds in which tasks held a slot."""
    a_second: float
    """Tasks that end in a second, on average: what scheduler, API server and database have to keep up with."""


def simulate(
    shards: int, lasts: Callable[[str], float], *, default: int, gpu: int, own: float, wait: float
) -> Simulated:
    """A run of the DAG: shards through four tasks, depth first, over slots of two queues; then the day's tasks.

    Args:
        shards: of the day.
        lasts: seconds of work of a shard's task of that name, and of a day's task for `day`.
        default: slots for all tasks but transcribe.
        gpu: slots for transcribe.
        own: seconds that each task takes beyond its work.
        wait: seconds from a task's queue to its start.
    """
    free = {"default": default, "gpu": gpu}
    ready: dict[str, list[tuple[int, int]]] = {"default": [(-0, shard) for shard in range(shards)], "gpu": []}
    heapq.heapify(ready["default"])
    running: list[tuple[float, int, int]] = []
    now, held, airflow = 2 * (wait + own + lasts("day")), 0.0, 0.0
    while running or any(ready.values()):
        for queue, waiting in ready.items():
            while waiting and free[queue]:
                stage, shard = heapq.heappop(waiting)
                free[queue] -= 1
                took = own + lasts(TASKS_A_SHARD[-stage])
                held, airflow = held + took, airflow + own
                heapq.heappush(running, (now + wait + took, -stage, shard))
        now, stage, shard = heapq.heappop(running)
        free[_queue(stage)] += 1
        if stage + 1 < len(TASKS_A_SHARD):
            heapq.heappush(ready[_queue(stage + 1)], (-(stage + 1), shard))
    rest = TASKS_A_DAY - 2
    now += rest * (wait + own + lasts("day"))
    held, airflow = held + TASKS_A_DAY * (own + lasts("day")), airflow + TASKS_A_DAY * own
    tasks = TASKS_A_DAY + len(TASKS_A_SHARD) * shards
    return Simulated(now, tasks, airflow / held, tasks / now)


def _queue(stage: int) -> str:
    return "gpu" if TASKS_A_SHARD[stage] == "transcribe" else "default"


def plan(demand: Demand, figures: Measured) -> Plan:
    """Cores, GPUs, shards, storage and Airflow's load of a day."""
    window = demand.hours * 3600 * LOAD
    judge, day = demand.calls * figures.judge, demand.calls * figures.day
    hearing = demand.audio * (figures.around if demand.gpu_speed else figures.hear)
    cores = max(1, math.ceil((hearing + judge + day) / window))
    gpus = math.ceil(demand.audio / demand.gpu_speed / window) if demand.gpu_speed else 0
    speed = demand.gpu_speed or 1 / (figures.hear - figures.around)
    # Of its longest task: on a GPU that is prepare, which reads for it on a core.
    longest = SHARD_MINUTES * 60 * min(speed, 1 / figures.around)
    shard_seconds = max(600.0, min(longest, demand.audio / max(2 * cores, 1)))
    shards = max(1, math.ceil(demand.audio / shard_seconds))
    lakes = math.ceil(shards / MOST_SHARDS)
    return Plan(
        demand=demand,
        cores=cores,
        gpus=gpus,
        shard_seconds=shard_seconds,
        shards=math.ceil(shards / lakes),
        lakes=lakes,
        simulated=_simulated(demand, figures, math.ceil(shards / lakes), lakes, cores, gpus, shard_seconds, speed),
        stored_gb=demand.calls * figures.text / 1e9,
        sound_gb=demand.audio * figures.sound / 1e9,
        day_memory_gb=demand.calls / lakes * figures.day_memory / 1000,
    )


def _simulated(
    demand: Demand, figures: Measured, shards: int, lakes: int, cores: int, gpus: int, seconds: float, speed: float
) -> Simulated:
    a_call = {"prepare": demand.seconds * figures.around, "transcribe": demand.seconds / speed, "judge": figures.judge}
    calls = seconds / demand.seconds

    def lasts(name: str) -> float:
        return demand.calls / lakes * figures.day / TASKS_A_DAY if name == "day" else calls * a_call.get(name, 0.0)

    mine, mine_gpu = max(1, cores // lakes), max(1, gpus // lakes)
    # On CPUs the cores are shared: as many transcribe as their part of the work is.
    share = a_call["transcribe"] / sum(a_call.values())
    gpu = mine_gpu if gpus else max(1, round(mine * share))
    default = mine if gpus else max(1, mine - gpu)
    return simulate(shards, lasts, default=default, gpu=gpu, own=figures.task, wait=figures.wait)


def table(plans: Sequence[Plan]) -> str:
    """The plans, as Markdown."""
    lines = {
        "audio, hours": lambda p: f"{p.demand.audio / 3600:,.0f}",
        "cores": lambda p: f"{p.cores:,}",
        "GPUs": lambda p: f"{p.gpus:,}" if p.demand.gpu_speed else "none",
        "lakes, one run each": lambda p: f"{p.lakes:,}",
        "`shards.seconds`": lambda p: f"{p.shard_seconds:,.0f}",
        "shards a run": lambda p: f"{p.shards:,}",
        "task instances a run": lambda p: f"{p.simulated.tasks:,}",
        "a run, simulated, hours": lambda p: f"{p.simulated.seconds / 3600:.2f}",
        "Airflow's share of the slots' time": lambda p: f"{p.simulated.airflow_share:.1%}",
        "tasks a second, all runs": lambda p: f"{p.simulated.a_second * p.lakes:.2f}",
        "GB a day, rows and text": lambda p: f"{p.stored_gb:,.1f}",
        "GB a day, cached sound": lambda p: f"{p.sound_gb:,.0f}",
        "GB more for the day's largest task": lambda p: f"{p.day_memory_gb:,.1f}",
    }
    head = " | ".join(f"{p.demand.calls:,}" for p in plans)
    rows = [f"| {name} | {' | '.join(told(p) for p in plans)} |" for name, told in lines.items()]
    return "\n".join([f"| calls a day | {head} |", f"|---|{'---|' * len(plans)}", *rows])


def main() -> None:
    """Read the options, print the figures and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[1_000, 100_000, 10_000_000])
    parser.add_argument("--seconds", type=float, default=180.0, help="of a call; your own mean")
    parser.add_argument("--hours", type=float, default=8.0, help="in which a day has to be done")
    parser.add_argument("--gpu-speed", type=float, default=0.0, help="seconds of audio a second that your GPU hears")
    options = parser.parse_args()
    figures = measured(RESULTS.read_text(encoding="utf-8"))
    print("\n".join(f"{name:12} {value:.6g}" for name, value in vars(figures).items()) + "\n")
    wanted = [Demand(calls, options.seconds, options.hours, options.gpu_speed) for calls in options.calls]
    print(table([plan(demand, figures) for demand in wanted]))


if __name__ == "__main__":
    main()
