"""How fast the console's questions are answered over a million published calls, and how much memory that takes.

Makes a lake of made-up days once (`benchmarks.console_lake`), then asks every question of `qa_console.data` in a process
of its own: the first time and warm, alone and with five readers at once, and while a day is published. For each, median
and 95th percentile of wall milliseconds, and milliseconds of cores (where others use the machine too, only these mean
anything).

    PYTHONPATH=plugins python -m benchmarks.console --folder /tmp/console
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import console_lake
from callqa.settings import LakeSettings, Settings

Ask = Callable[[Any], Any]
GOAL_MS = 150
"""Of the data of a page."""


def questions(days: Sequence[Any], agents: int) -> dict[str, Callable[[random.Random], Ask]]:
    """What is asked, by name; a random number chooses the call, agent or rule."""
    from qa_console import data
    from qa_console.data import Filters, Sort, Span
    from qa_console.data.order import place_of

    every, month = Span(days[0], days[-1]), Span(days[-min(28, len(days))], days[-1])
    recent = days[-min(10, len(days)) :]

    def listed(
        filters: Callable[[random.Random], Filters], sort: str = "-started_at"
    ) -> Callable[[random.Random], Ask]:
        def make(rng: random.Random) -> Ask:
            chosen = filters(rng)
            return lambda page: data.calls(page, chosen, Sort.of(sort))

        return make

    def agent(rng: random.Random) -> str:
        return f"a{rng.randrange(agents):04d}"

    def rule(rng: random.Random) -> str:
        return rng.choice(console_lake.RULES)

    def one(rng: random.Random) -> tuple[Any, str]:
        day = rng.choice(recent)
        return day, f"{day:%Y%m%d}-{rng.randrange(1000):06d}"

    def deep(rng: random.Random) -> Ask:
        filters, sort = Filters(), Sort.of("-score")
        score = float(rng.randrange(30, 100))
        place = place_of(sort, {"sorted": score, "call_date": days[len(days) // 2], "call_id": "x"}, 1)
        return lambda page: data.calls(page, filters, sort, after=place)

    def of(name: str, *values: Any, **named: Any) -> Callable[[random.Random], Ask]:
        return lambda _: lambda page: getattr(data, name)(page, *values, **named)

    sample = data.Sample(
        name="b", kind="random", size=50, filters=Filters(first_day=month.first, last_day=month.last), seed="5" * 16
    )
    return {
        "today": lambda rng: (lambda day: lambda page: data.today(page, day))(rng.choice(days)),
        "calls: all, newest first": listed(lambda _: Filters()),
        "calls: all, by score": listed(lambda _: Filters(), "-score"),
        "calls: all, by agent": listed(lambda _: Filters(), "agent"),
        "calls: one agent": listed(lambda rng: Filters(agent=(agent(rng),))),
        "calls: a rule, ends angry": listed(lambda rng: Filters(rule=(rule(rng),), mood_end=("angry",)), "-duration"),
        "calls: a day, risk": listed(lambda rng: Filters(first_day=(d := rng.choice(days)), last_day=d, flag=("risk",)), "score"),
        "calls: id begins": listed(lambda rng: Filters(call=one(rng)[1][:12])),
        "calls: six filters": listed(lambda rng: Filters(rule=(rule(rng), rule(rng)), language=("zh",), status=("analysed",), least_score=40.0, most_seconds=300.0, queue=("queue 03", "queue 04"))),
        "calls: said on one day": listed(lambda rng: Filters(first_day=(d := rng.choice(recent)), last_day=d, said=_said(rng))),
        "calls: said on any day": listed(lambda rng: Filters(said=_said(rng))),
        "calls: page deep in the list": deep,
        "call": lambda rng: (lambda key: lambda page: data.call(page, *key))(one(rng)),
        "call: neighbours": lambda rng: (lambda key: lambda page: data.neighbours(page, Filters(), None, *key))(one(rng)),
        "call: unknown id": lambda rng: (lambda key: lambda page: _unknown(data, page, key))(one(rng)),
        "agents: a month": of("compare", month),
        "agents: all days": of("compare", every),
        "teams: a month": of("compare", month, "team"),
        "trend: an agent by day": lambda rng: (lambda who: lambda page: data.trend(page, every, "day", agent=who))(agent(rng)),
        "trend: all by week": of("trend", every),
        "coaching: a month": lambda rng: (lambda who: lambda page: data.coaching(page, who, month))(agent(rng)),
        "rules: all days": of("rules", every),
        "rule: trend of all days": lambda rng: (lambda name: lambda page: data.rule_trend(page, name, every))(rule(rng)),
        "runs: calendar of all days": of("calendar", every),
        "runs: a day": lambda rng: (lambda day: lambda page: data.day_runs(page, day))(rng.choice(days)),
        "reviews: appeals": of("appeals"),
        "reviews: agreement": of("agreement", every),
        "reviews: a sample of a month": of("sampled", sample, "r1"),
    }  # fmt: skip


def _said(rng: random.Random) -> str:
    from benchmarks.gate import CHARACTERS

    return "".join(rng.choices(CHARACTERS, k=2))


def _unknown(data: Any, page: Any, key: tuple[Any, str]) -> None:
    try:
        data.call(page, key[0], f"{key[1]}x")
    except data.UnknownCallError:
        return
    raise AssertionError(key)


def timed(console: Any, ask: Ask, visible: Any) -> tuple[float, float]:
    """Wall and core milliseconds of one page."""
    wall, cpu = time.perf_counter(), time.process_time()
    with console.page(visible) as page:
        ask(page)
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def summed(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Wall and core milliseconds of several pages."""
    walls = sorted(wall for wall, _ in times)
    return {
        "median": statistics.median(walls),
        "p95": walls[min(len(walls) - 1, int(0.95 * len(walls)))],
        "cpu": statistics.median(cpu for _, cpu in times),
    }


def memory_mb() -> float:
    """Resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measured(root: Path, rounds: int) -> dict[str, Any]:
    """Everything, in this process."""
    from qa_console import data
    from qa_console.access import Visible

    everybody = Visible(everybody=True)
    found: dict[str, Any] = {"memory of the libraries": memory_mb()}
    wall, cpu = time.perf_counter(), time.process_time()
    console = data.Console(Settings(lake=LakeSettings(root=str(root / "lake"))))
    console.refresh()
    found["open"] = (1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))
    found["memory when open"] = memory_mb()
    with console.page(everybody) as page:
        days = page.days
        found["calls"] = data.calls(page, data.Filters(), limit=1).total
    asked = questions(days, console_lake.AGENTS)
    rng = random.Random(7)
    found["questions"] = {}
    for name, make in asked.items():
        first = timed(console, make(rng), everybody)
        warm = [timed(console, make(rng), everybody) for _ in range(rounds)]
        found["questions"][name] = {"first": first[0], **summed(warm)}
    found["one agent's own list"] = summed(
        [timed(console, asked["calls: all, newest first"](rng), Visible(False, "a0007")) for _ in range(rounds)]
    )
    found["memory after all"] = memory_mb()
    found["five at once"] = at_once(console, asked, everybody, rounds)
    found["memory after five at once"] = memory_mb()
    found["export of all calls"] = export(console, everybody, data)
    gc.collect()
    found["memory after the export"] = memory_mb()
    found["a day published anew"] = published(console, root, days[-1])
    found["peak memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def at_once(
    console: Any, asked: dict[str, Callable[[random.Random], Ask]], visible: Any, rounds: int
) -> dict[str, Any]:
    """Five people who open lists, calls and days one after another without a pause."""
    names = [
        "today",
        "calls: all, newest first",
        "calls: one agent",
        "calls: a rule, ends angry",
        "call",
        "call: neighbours",
    ]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}

    def reader(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(rounds):
            for name in rng.sample(names, len(names)):
                times[name].append(timed(console, asked[name](rng), visible))

    threads = [threading.Thread(target=reader, args=(seed,)) for seed in range(5)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pages = sum(map(len, times.values()))
    return {
        "pages a second": pages / (time.perf_counter() - began),
        **{name: summed(some) for name, some in times.items()},
    }


def export(console: Any, visible: Any, data: Any) -> dict[str, float]:
    """The whole list as CSV."""
    wall, cpu = time.perf_counter(), time.process_time()
    size = sum(len(piece) for piece in data.export_csv(console, visible, data.Filters()))
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "MB": size / 1e6}


def published(console: Any, root: Path, day: Any) -> dict[str, float]:
    """What the first page after a publication waits for."""
    lake = console.settings.lake
    console_lake.publish(lake, root / "again", day, 10_000, turns=True, seed=random.Random().randrange(1, 10**6))
    wall, cpu = time.perf_counter(), time.process_time()
    console.refresh()
    refresh = {"ms": 1000 * (time.perf_counter() - wall), "cpu": 1000 * (time.process_time() - cpu)}
    wall = time.perf_counter()
    console.refresh()
    return {**refresh, "nothing new, ms": 1000 * (time.perf_counter() - wall)}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="of the lake; made once, then used again")
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--calls", type=int, default=10_000, help="of a day")
    parser.add_argument("--turns", type=int, default=10, help="days that have turns")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(measured(options.folder, options.rounds)))
        return
    lake = LakeSettings(root=str(options.folder / "lake"))
    console_lake.build(lake, options.folder / "days", count=options.days, calls=options.calls, with_turns=options.turns)
    load = os.getloadavg()[0]
    command = [
        sys.executable,
        "-m",
        "benchmarks.console",
        "--folder",
        str(options.folder),
        "--rounds",
        str(options.rounds),
        "--child",
    ]
    child = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(child.stdout.splitlines()[-1])
    (options.folder / "figures.json").write_text(json.dumps(found, indent=2))
    show(found, load)


def show(found: dict[str, Any], load: float) -> None:
    """Print what was measured."""
    print(
        f"{found['calls']:,} calls; opened in {found['open'][0] / 1000:.1f} s ({found['open'][1] / 1000:.1f} s of cores)"
    )
    print(f"{'ms':34} {'first':>7} {'median':>7} {'p95':>7} {'cores':>7}")
    for name, times in found["questions"].items():
        late = "  above the goal" if times["median"] > GOAL_MS else ""
        print(f"{name:34} {times['first']:7.0f} {times['median']:7.0f} {times['p95']:7.0f} {times['cpu']:7.0f}{late}")
    own = found["one agent's own list"]
    print(f"{'an agent: own list':34} {'':7} {own['median']:7.0f} {own['p95']:7.0f} {own['cpu']:7.0f}")
    five = found["five at once"]
    print(f"five readers at once: {five.pop('pages a second'):.1f} pages a second")
    for name, times in five.items():
        print(f"  {name:32} {'':7} {times['median']:7.0f} {times['p95']:7.0f}")
    for name in ("export of all calls", "a day published anew"):
        print(name, {key: round(value, 1) for key, value in found[name].items()})
    for name in (
        "memory of the libraries",
        "memory when open",
        "memory after all",
        "memory after five at once",
        "memory after the export",
        "peak memory",
    ):
        print(f"{name:34} {found[name]:7.0f} MB")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load before it began {load:.1f}")


if __name__ == "__main__":
    main()
