"""Publishers killed at random moments, and four at once: do readers ever disagree, is a row ever lost or doubled?

`python -m benchmarks.kills --kills 200 --four 20`. A kill: a publication of a day starts in a process of its own and is
sent SIGKILL after a random time, spread over how long a publication takes (measured first); a reader looks at all tables
by the ledger, the publication is tried again, and the reader looks once more. Four: four publishers start at once, of
one day or of four days in turn, one of them is killed and tried again, and readers go on looking all the time. A state
is wrong where the tables of a day show rows of different publications, or other numbers of rows than were published.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from callqa import warehouse
from callqa.settings import LakeSettings

REPOSITORY = Path(__file__).resolve().parents[1]
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08")
ROWS = {"calls": 5, "turns": 8, "events": 4, "findings": 4}
"""Of `tests.rows.clean`."""
SEEN = """
    select call_date, 'calls', max(queue), count(*) from calls group by all
    union all select call_date, 'turns', text[6:], count(*) from turns group by all
    union all select call_date, 'events', version[2:], count(*) from events group by all
    union all select call_date, 'findings', message[8:], count(*) from findings group by all
"""
A_LAKE = 25
"""Rounds in one warehouse; then a new one, so that the last round takes no longer than the first."""

Seen = dict[str, dict[str, dict[str, int]]]


@dataclass
class Tally:
    """What was seen in all rounds."""

    looks: int = 0
    disagreements: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """Rows lost or doubled."""
    states: list[str] = field(default_factory=list)
    """Wrong in another way after all is done."""
    killed_after: Counter[str] = field(default_factory=Counter)
    """How many tables a killed publisher had committed."""
    retries: Counter[str] = field(default_factory=Counter)
    four: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


class Site:
    """A warehouse and the process that forks its publishers."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self.lake = LakeSettings(root=str(folder / "lake"))
        self.known = {"lake": self.lake.root, "root": str(folder / "files"), "based_on": None, "day": DAYS[0]}
        self.tally = tally
        command = [sys.executable, "-m", "tests.warehouse.publishers"]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, *jobs: dict[str, Any]) -> None:
        """Begin jobs at once, without waiting for them."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jobs": [{**self.known, **job} for job in jobs]}) + "\n")
        self.process.stdin.flush()

    def ended(self) -> list[dict[str, Any]]:
        """How the jobs ended that were begun."""
        assert self.process.stdout
        answer: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return answer

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """One job to its end."""
        self.start(job)
        return self.ended()[0]

    def look(self) -> Seen:
        """Rows by day, marker and table; what is wrong with them goes into the tally."""
        seen: Seen = {}
        for day, table, marker, count in warehouse.query(self.lake, SEEN)[1]:
            seen.setdefault(str(day), {}).setdefault(marker, {})[table] = count
        self.tally.looks += 1
        self.tally.disagreements += [f"{day}: {markers}" for day, markers in seen.items() if len(markers) > 1]
        alone = [(day, next(iter(markers.values()))) for day, markers in seen.items() if len(markers) == 1]
        self.tally.rows += [f"{day}: {tables}" for day, tables in alone if tables != ROWS]
        return seen

    def settle(self, expected: dict[str, str]) -> None:
        """All retries are done: the ledger and the tables themselves hold what was published last, once."""
        seen = {day: next(iter(markers)) for day, markers in self.look().items()}
        found = warehouse.status(self.lake, unnamed=False)
        differing = [str(day.newest.call_date) for day in found.days if day.differing or day.lost]
        ledger = warehouse.publications(self.lake)
        numbers = {day: [p.sequence for p in ledger if str(p.call_date) == day] for day in DAYS}
        gaps = [day for day, known in numbers.items() if known != list(range(1, len(known) + 1))]
        wrong = [seen != expected, differing, found.unpublished, gaps]
        if any(wrong):
            self.tally.states.append(f"seen {seen}, expected {expected}, tables differ {differing}, numbers {gaps}")

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)


def measure(site: Site, tally: Tally) -> float:
    """Seconds of a publication from its start to its end, in a warehouse that is there."""
    for number in range(3):
        began = time.perf_counter()
        site.run({"run": f"m{number}", "marker": f"m{number}"})
        tally.seconds.append(time.perf_counter() - began)
    return statistics.median(tally.seconds[1:])


def one_kill(site: Site, number: int, longest: float) -> None:
    """A publication killed after a random time, and tried again."""
    (newest,) = warehouse.publications(site.lake)[-1:]
    before, based_on = newest.run_id, newest.sequence
    marker = f"k{number}"
    job = {"run": marker, "marker": marker, "based_on": based_on}
    end = site.run({**job, "kill_after": random.uniform(0, longest)})
    after = site.look()[DAYS[0]]
    if list(after) not in ([marker], [before]):
        site.tally.states.append(f"kill {number}: from {before} to {after}")
    site.tally.killed_after[_moment(site, end, marker in after)] += 1
    again = site.run(job)
    fine = again.get("sequence") == based_on + 1 and again["changed"] is (marker not in after)
    site.tally.retries["right" if fine else f"wrong: {again}"] += 1
    site.settle({DAYS[0]: marker})


def _moment(site: Site, end: dict[str, Any], visible: bool) -> str:
    if not end["killed"]:
        return "not killed: it had ended"
    if visible:
        return "the ledger's row was written"
    (day,) = warehouse.status(site.lake, unnamed=False).days
    return f"{len(day.differing)} tables committed"


def four_at_once(site: Site, number: int, longest: float) -> None:
    """Four publishers, of one day or of four, the last of them killed and tried again, while a reader looks."""
    same_day = number % 2 == 0
    days = [DAYS[0]] * 4 if same_day else list(DAYS)
    known = {day: warehouse.latest_sequence(site.lake, date.fromisoformat(day)) for day in DAYS}
    before = {day: next(iter(markers)) for day, markers in site.look().items()}
    jobs = [
        {"run": f"f{number}-{n}", "marker": f"f{number}-{n}", "day": day, "based_on": known[day]}
        for n, day in enumerate(days)
    ]
    site.start(*jobs[:3], {**jobs[3], "kill_after": random.uniform(0, 4 * longest)})
    for _ in range(4):
        site.look()
    ends = site.ended()
    site.look()
    ends[3] = site.run(jobs[3]) if ends[3]["killed"] else ends[3]
    won = [job for job, end in zip(jobs, ends, strict=True) if "sequence" in end]
    refused = sum(end.get("error") == "StalePublicationError" for end in ends)
    kind = "one day" if same_day else "four days"
    site.tally.four[f"{kind}: {len(won)} published, {refused} refused"] += 1
    site.settle(before | {job["day"]: job["marker"] for job in won})


def report(tally: Tally, seconds: float) -> None:
    """Print the tally."""
    print(f"{platform.processor() or platform.machine()}, {seconds:.0f} s")
    median = statistics.median(tally.seconds)
    print(f"a publication, undisturbed, the process included: median {median:.2f} s of {len(tally.seconds)}")
    for title, counter in (
        ("killed when", tally.killed_after),
        ("retries", tally.retries),
        ("four at once", tally.four),
    ):
        for name, count in sorted(counter.items()):
            print(f"{title:>14}  {count:5d}  {name}")
    for title, wrong in (
        ("disagreements", tally.disagreements),
        ("rows lost or doubled", tally.rows),
        ("wrong end states", tally.states),
    ):
        print(f"{title}: {len(wrong)} of {tally.looks} looks")
        for line in wrong[:10]:
            print(f"    {line}")


def main() -> None:
    """Read the options, run the rounds, print the tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="publications to kill")
    parser.add_argument("--four", type=int, default=20, help="rounds of four publishers at once")
    parser.add_argument("--seed", type=int, default=20260105)
    options = parser.parse_args()
    random.seed(options.seed)
    tally, began = Tally(), time.perf_counter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):  # what was seen until then is told
        run(options, tally)
    report(tally, time.perf_counter() - began)


def run(options: argparse.Namespace, tally: Tally) -> None:
    """All rounds, of each kind in warehouses of their own."""
    numbers = range(options.kills + options.four)
    for kind, all_of in ((one_kill, numbers[: options.kills]), (four_at_once, numbers[options.kills :])):
        for first in range(0, len(all_of), A_LAKE):
            with tempfile.TemporaryDirectory() as folder, contextlib.closing(Site(Path(folder), tally)) as site:
                longest = 1.1 * measure(site, tally)
                for number in all_of[first : first + A_LAKE]:
                    kind(site, number, longest)
                    print(f"\r{number + 1} of {len(numbers)}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
