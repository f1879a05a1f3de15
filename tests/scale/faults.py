"""What can be killed under a run, and what brings it back: for tests and for benchmarks.faults."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from callqa import warehouse
from callqa.settings import LakeSettings
from callqa_airflow.rest import RestError
from tests.scale.cluster import Cluster
from tests.scale.servers import Server, Servers

TABLES = ("calls", "turns", "events", "findings")
DOWN_SECONDS = 5.0
"""How long what was killed stays away, as a service manager would leave it."""
DISK_MB = 96
"""Of the small disk for a lake that is filled up; three short days take a few."""


@dataclass
class Site:
    """A cluster with its servers, where it has any, and the lake that runs are told to use."""

    cluster: Cluster
    servers: Servers | None
    lake: Path


@dataclass(frozen=True)
class Fault:
    """Something that is killed or filled; `harm` gives what was hit, in words, `mend` does what `step` says."""

    harm: Callable[[Site], str]
    mend: Callable[[Site], None]
    step: str


def _task(site: Site) -> str:
    """SIGKILL for the process of a task that runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for task in random.sample(found := _running(site.cluster), len(found)):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(task["pid"]).kill()
                return str(task["task_id"])
        time.sleep(0.05)
    return "nothing: no task ran"


def _running(cluster: Cluster) -> list[dict]:
    tasks = [task for run_id, state in cluster.runs().items() if state == "running" for task in cluster.tasks(run_id)]
    return [task for task in tasks if task["state"] == "running" and task["pid"]]


def _component(name: str) -> Callable[[Site], str]:
    return lambda site: f"{name} ({site.cluster.kill(name)} processes)"


def _worker(site: Site) -> str:
    name = random.choice(("worker-default", "worker-gpu"))
    return _component(name)(site)


def _server(name: str) -> Callable[[Site], str]:
    def harm(site: Site) -> str:
        server: Server = getattr(site.servers, name)
        server.kill()
        return name

    return harm


def _start(name: str) -> Callable[[Site], None]:
    def mend(site: Site) -> None:
        time.sleep(DOWN_SECONDS)
        getattr(site.servers, name).start()
        keep_up(site.cluster)

    return mend


def _up(site: Site) -> None:
    time.sleep(DOWN_SECONDS)
    site.cluster.up()


def _nothing(site: Site) -> None:
    pass


def _ballast(site: Site) -> Path:
    return site.lake / "ballast"


def _fill(site: Site) -> str:
    """No byte is left on the lake's disk."""
    with contextlib.suppress(OSError), _ballast(site).open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return "the lake's disk"


def _free(site: Site) -> None:
    time.sleep(random.uniform(5, 20))
    _ballast(site).unlink()


FAULTS = {
    "task": Fault(_task, _nothing, "nothing"),
    "worker": Fault(_worker, _up, "make up"),
    "scheduler": Fault(_component("scheduler"), _up, "make up"),
    "api-server": Fault(_component("api-server"), _up, "make up"),
    "redis": Fault(_server("redis"), _start("redis"), "start it; make up"),
    "postgres": Fault(_server("postgres"), _start("postgres"), "start it; make up"),
    "disk": Fault(_fill, _free, "free space"),
}


def keep_up(cluster: Cluster) -> list[str]:
    """Start again what does not run, as a service manager does; gives what that was."""
    dead = cluster.dead()
    if dead:
        cluster.up()
    return dead


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder that is a disk of DISK_MB of its own; needs root.

    Raises:
        PermissionError: who runs this may not mount.
    """
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"a disk to be filled cannot be mounted (user {os.geteuid()}): {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def published(lake: Path) -> dict[str, list[tuple]]:
    """All rows that a reader of the warehouse sees, by table."""
    where = LakeSettings(root=str(lake))
    return {table: warehouse.query(where, f"SELECT * FROM {table} ORDER BY ALL")[1] for table in TABLES}


def wrong_in(lake: Path, expected: dict[str, list[tuple]]) -> list[str]:
    """In what the warehouse differs from the undisturbed one, and what the ledger and its tables do not agree on."""
    seen = published(lake)
    told = [
        f"{name}: {len(seen[name])} rows, not the {len(rows)}" for name, rows in expected.items() if seen[name] != rows
    ]
    where = LakeSettings(root=str(lake))
    state = warehouse.status(where, unnamed=False)
    told += [f"{day.newest.call_date}: tables differ" for day in state.days if day.differing or day.lost]
    told += [f"{table}: rows without a publication" for table in state.unpublished]
    numbers = [(str(p.call_date), p.sequence) for p in warehouse.publications(where)]
    return told + [f"{day} was published {number} times" for day, number in numbers if number > 1]


def answers(cluster: Cluster) -> bool:
    """Whether the API server does."""
    try:
        cluster.runs()
    except RestError:
        return False
    return True
