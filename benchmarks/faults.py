"""SIGKILL, and a full disk, at random moments of a three-day backfill: does it end, and in the same warehouse?

`python -m benchmarks.faults --rounds 5 --moments 4 --what task worker scheduler api-server redis postgres disk`

Airflow runs with Celery's executor, PostgreSQL and Redis (`make servers`), or with `--executor local` as `make up` has
it (without worker, redis and postgres). First the days are backfilled undisturbed. Each round then does the same into a
lake of its own; at so many random moments something is killed, stays away for five seconds, and comes back as a service
manager or the documented step (docs/scaling.md) brings it. What dies later is started again too. Where runs end red
their failed tasks are cleared once, as operations.md says. Right is: all runs end well, every row of calls, turns, events and
findings is that of the undisturbed backfill, the tables agree with the ledger, and no day was published twice.
`disk` mounts a small disk for the lake and needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.scale import servers as scale
from tests.scale.cluster import ENDED, PATIENCE, SHORT, Cluster, celery, no_other_airflow, short_source, until
from tests.scale.faults import FAULTS, Site, answers, keep_up, published, small_disk, wrong_in

from callqa_airflow.rest import RestError

FIRST, LAST = min(SHORT), max(SHORT)
WITH_SERVERS = ("worker", "redis", "postgres")
LOOK_SECONDS = 2.0


@dataclass
class Round:
    """How one round went."""

    what: str
    hits: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from the start of the backfill to the fault, and what it hit."""
    seconds: float = 0.0
    attempts: int = 0
    """Task instances that ran more than once."""
    started_again: list[str] = field(default_factory=list)
    """Components that died later, and were started again."""
    cleared: bool = False
    wrong: list[str] = field(default_factory=list)

    @property
    def ending(self) -> str:
        """In words."""
        if self.wrong:
            return "WRONG"
        step = FAULTS[self.what].step
        how = "by itself" if step == "nothing" else f"after: {step}"
        return f"{how}; failed tasks cleared" if self.cleared else how


class Bench:
    """Rounds over one cluster."""

    def __init__(self, cluster: Cluster, servers: scale.Servers | None, folder: Path) -> None:
        self.cluster, self.servers, self.folder = cluster, servers, folder
        self.expected: dict[str, list[tuple]] = {}
        self.seconds = 0.0
        self.number = 0

    def undisturbed(self) -> None:
        """The days as they should be, and how long they take; the first time also warms what can be warmed."""
        site = self._site(self.folder / "undisturbed")
        began = time.monotonic()
        backfill = self.cluster.backfill(FIRST, LAST, lake=str(site.lake))
        round_ = Round("task")
        self._wait(round_)
        self.seconds = time.monotonic() - began
        self.expected = published(site.lake)
        self.cluster.forget(backfill)
        if round_.wrong or not all(self.expected[table] for table in ("calls", "turns", "findings")):
            raise SystemExit(f"the undisturbed backfill went wrong: {round_.wrong}")

    def round(self, what: str, moments: int) -> Round:
        """One backfill with faults at random moments; there are fewer of them where it has ended before."""
        self.number += 1
        with self._lake(what) as lake:
            site = self._site(lake)
            began = time.monotonic()
            done = Round(what)
            backfill = self.cluster.backfill(FIRST, LAST, lake=str(lake))
            for _ in range(moments):
                time.sleep(random.uniform(0, 0.9 * self.seconds / moments))
                if self._states(done) is not None:
                    break
                after = time.monotonic() - began
                done.hits.append((after, FAULTS[what].harm(site)))
                FAULTS[what].mend(site)
            self._wait(done)
            done.seconds = time.monotonic() - began
            done.wrong += wrong_in(lake, self.expected)
            self.cluster.forget(backfill)
        return done

    def _site(self, lake: Path) -> Site:
        lake.mkdir(parents=True, exist_ok=True)
        return Site(self.cluster, self.servers, lake)

    @contextlib.contextmanager
    def _lake(self, what: str) -> Iterator[Path]:
        folder = self.folder / f"lake-{self.number}"
        if what == "disk":
            with small_disk(folder) as disk:
                yield disk
        else:
            yield folder
        shutil.rmtree(folder, ignore_errors=True)

    def _wait(self, done: Round) -> None:
        """Until all runs have ended well; red ones are cleared once."""
        states = self._ended(done)
        red = [run_id for run_id, state in states.items() if state == "failed"]
        if red:
            done.cleared = True
            for run_id in red:
                self.cluster.clear_failed(run_id)
            states = self._ended(done)
        done.attempts = sum(task["try_number"] > 1 for run_id in states for task in self.cluster.tasks(run_id))
        done.wrong += [f"{run_id}: {state}" for run_id, state in states.items() if state != "success"]
        done.wrong += [] if len(states) == len(SHORT) else [f"{len(states)} runs, not {len(SHORT)}"]

    def _ended(self, done: Round) -> dict[str, str]:
        """State by run when all of them have ended, or patience has."""
        look = functools.partial(self._states, done)
        try:
            found: dict[str, str] = until(look, "the backfill's end", PATIENCE, LOOK_SECONDS)
        except TimeoutError:
            return self.cluster.runs()
        return found

    def _states(self, done: Round) -> dict[str, str] | None:
        """State by run if all of them have ended; starts again what has died."""
        if not answers(self.cluster) or self.cluster.dead():
            done.started_again += keep_up(self.cluster)
            return None
        try:
            states = self.cluster.runs()
        except RestError:
            return None
        return states if len(states) == len(SHORT) and set(states.values()) <= ENDED else None


def report(rounds: list[Round], seconds: float) -> None:
    """Print the rounds and, as Markdown, what came of each kind."""
    print(f"undisturbed: {seconds:.0f} s\n")
    for done in rounds:
        later = f"; then {', '.join(done.started_again)}" if done.started_again else ""
        hits = ", ".join(f"{hit} at {after:.0f} s" for after, hit in done.hits) or "nothing"
        print(f"{done.what:10} {hits}{later}; ended at {done.seconds:.0f} s: {done.ending}")
        for line in done.wrong:
            print(f"    {line}")
    print(
        "\n| killed or filled | times | backfills | warehouse as undisturbed | ended | tasks run again, mean | longest s |"
    )
    print("|---|---|---|---|---|---|---|")
    for what in dict.fromkeys(done.what for done in rounds):
        of = [done for done in rounds if done.what == what]
        endings = "; ".join(f"{count} {name}" for name, count in Counter(done.ending for done in of).items())
        right, again = sum(not done.wrong for done in of), sum(done.attempts for done in of) / len(of)
        times = sum(len(done.hits) for done in of)
        print(
            f"| {what} | {times} | {len(of)} | {right} | {endings} | {again:.1f} | {max(done.seconds for done in of):.0f} |"
        )


@contextlib.contextmanager
def bench(executor: str, folder: Path) -> Iterator[Bench]:
    """A cluster that is up, with its servers where the executor needs them."""
    source = short_source(folder / "source")
    with contextlib.ExitStack() as at_the_end:
        at_the_end.enter_context(no_other_airflow())
        if executor == "celery":
            servers = at_the_end.enter_context(scale.running())
            cluster = celery(folder / "home", servers, source=source, lake=folder / "lake")
        else:
            servers, cluster = None, Cluster(folder / "home", {}, source=source, lake=folder / "lake")
        at_the_end.callback(cluster.down)
        cluster.up()
        yield Bench(cluster, servers, folder)


def main() -> int:
    """Read the options, run the rounds, print them; 1 where one went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="of each kind")
    parser.add_argument("--moments", type=int, default=1, help="faults in a round")
    parser.add_argument("--what", nargs="+", choices=list(FAULTS), default=list(FAULTS))
    parser.add_argument("--executor", choices=["celery", "local"], default="celery")
    parser.add_argument("--seed", type=int, default=20260105)
    options = parser.parse_args()
    if options.executor == "local" and (wrong := set(options.what) & set(WITH_SERVERS)):
        parser.error(f"the local executor has no {', '.join(sorted(wrong))}")
    if options.executor == "celery" and (lacking := scale.missing()):
        parser.error(f"not installed: {', '.join(lacking)} (make servers)")
    random.seed(options.seed)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="callqa-faults-") as folder, bench(options.executor, Path(folder)) as site:
        site.undisturbed()
        with contextlib.suppress(KeyboardInterrupt):  # what was seen until then is told
            for what in [what for _ in range(options.rounds) for what in options.what]:
                rounds.append(site.round(what, options.moments))
                print(f"{len(rounds)}: {rounds[-1].what}: {rounds[-1].ending}", file=sys.stderr, flush=True)
    report(rounds, site.seconds)
    return int(any(done.wrong for done in rounds))


if __name__ == "__main__":
    sys.exit(main())
