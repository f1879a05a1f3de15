"""An Airflow with Celery's executor over real servers: two workers, a source of few short calls, days run through it."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from callqa_airflow import stack
from callqa_airflow.home import Home
from callqa_airflow.processes import Component
from callqa_airflow.rest import Client, RestError, segment
from callqa_airflow.stack import StackError
from tests.conftest import DEMO_CALLS
from tests.scale.servers import Servers, free_port

DAG = "daily_call_qa"
SHORT = {
    "2026-01-05": ("093005-a3.mp3", "094500-a4.m4a"),
    "2026-01-06": ("100033-b5.flac", "110020-b10.mp3"),
    "2026-01-07": ("085900-c1.mp3", "103000-c7.mp3"),
}
"""Whole calls of the demo, of 16 to 24 s; with shards of SHARD_SECONDS each is a shard of its own."""
SHARD_SECONDS = "15"
PATIENCE = 600.0
"""Seconds after which a day that has not ended never will."""
UPS = 3
RUNNING = {"running"}
ENDED = {"success", "failed"}

Tasks = list[dict[str, Any]]


def short_source(folder: Path, days: Mapping[str, tuple[str, ...]] = SHORT) -> Path:
    """A source of some of the demo's recordings, with their rows of the side-car."""
    for day, files in days.items():
        there = folder / day
        there.mkdir(parents=True)
        with (DEMO_CALLS / day / "calls.csv").open(encoding="utf-8-sig", newline="") as side_car:
            rows = list(csv.reader(side_car))
        with (there / "calls.csv").open("w", encoding="utf-8", newline="") as side_car:
            csv.writer(side_car).writerows([rows[0], *(row for row in rows[1:] if row[0] in files)])
        for file in files:
            shutil.copy(DEMO_CALLS / day / file, there / file)
    return folder


@contextlib.contextmanager
def no_other_airflow() -> Iterator[None]:
    """Without what the environment says of another Airflow or of callqa."""
    others = {name: value for name, value in os.environ.items() if name.startswith(("AIRFLOW", "CALLQA_"))}
    for name in others:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(others)


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE, pause: float = 0.3) -> Any:
    """The first answer of `condition` that is true.

    Raises:
        TimeoutError: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)
    return answer


class Cluster:
    """Airflow's components and two workers, in a home of their own under `folder`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, source: Path, lake: Path) -> None:
        quick = {
            "AIRFLOW__API__PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            # As airflow.cfg has it, only sooner: nobody waits a minute in a test.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
            # A worker that dies with a task just taken leaves it queued: ten minutes by default.
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
            # As compose.yaml has it: a machine under load answers late.
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
            "CALLQA_RETRY_SECONDS": "2",
            "CALLQA_SOURCE__ROOT": str(source),
            "CALLQA_LAKE__ROOT": str(lake),
            "CALLQA_SHARDS__SECONDS": SHARD_SECONDS,
        }
        self.home = Home(folder, {**quick, **environment})
        self.client = Client(self.home)

    def up(self) -> None:
        """Start what does not run, as `make up` does, and switch the DAG on.

        A component may end while the others start (its database has only just come back): then once more.
        """
        for _ in range(UPS - 1):
            with contextlib.suppress(StackError):
                stack.up(self.home)
                break
        else:
            stack.up(self.home)
        until(self._switched_on, f"{DAG} is parsed", seconds=120, pause=1)

    def down(self) -> None:
        """Stop everything."""
        stack.down(self.home)

    def _switched_on(self) -> bool:
        with contextlib.suppress(RestError):
            self.client.patch(f"/dags/{DAG}", {"is_paused": False})
            return True
        return False

    def part(self, name: str) -> Component:
        """A component."""
        return next(part for part in stack.components(self.home) if part.name == name)

    def kill(self, name: str) -> int:
        """SIGKILL for a component and all that it started, as when its machine goes; how many processes that were."""
        members = self.part(name).members()
        for process in members:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(members, timeout=10)
        return len(members)

    def begin(self, day: str, run_id: str, **conf: str) -> str:
        """A run of a day by hand; gives its id."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"day": day, **conf}}
        self.client.post(f"/dags/{DAG}/dagRuns", body)
        return run_id

    def backfill(self, first: str, last: str, **conf: str) -> int:
        """A backfill of these days, two at once; gives its id."""
        body = {
            "dag_id": DAG,
            "from_date": f"{first}T00:00:00+08:00",
            "to_date": f"{last}T00:00:00+08:00",
            "max_active_runs": 2,
            "dag_run_conf": conf,
        }
        return int(self.client.post("/backfills", body)["id"])

    def runs(self) -> dict[str, str]:
        """State by id of all runs."""
        return {run["dag_run_id"]: run["state"] for run in self.client.every(f"/dags/{DAG}/dagRuns", "dag_runs")}

    def clear_failed(self, run_id: str) -> None:
        """Clear a run's failed tasks and those after them, as operations.md tells to after a red run."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "only_failed": True,
            "include_downstream": True,
            "reset_dag_runs": True,
        }
        self.client.post(f"/dags/{DAG}/clearTaskInstances", body)

    def forget(self, backfill: int) -> None:
        """End a backfill and remove all runs, so that the same days can be backfilled once more."""
        with contextlib.suppress(RestError):  # it has ended already
            self.client.put(f"/backfills/{backfill}/cancel")
        for run_id in self.runs():
            self.client.delete(f"/dags/{DAG}/dagRuns/{segment(run_id)}")

    def dead(self) -> list[str]:
        """Components that do not run."""
        return [part.name for part in stack.components(self.home) if not part.process()]

    def state(self, run_id: str) -> str:
        """Of a run."""
        return str(self.client.get(f"/dags/{DAG}/dagRuns/{segment(run_id)}")["state"])

    def tasks(self, run_id: str) -> Tasks:
        """All task instances of a run, as Airflow's REST API gives them."""
        return self.client.every(f"/dags/{DAG}/dagRuns/{segment(run_id)}/taskInstances", "task_instances")

    def running(self, run_id: str, task_id: str) -> dict[str, Any] | None:
        """An instance of a task that runs at this moment."""
        found = (task for task in self.tasks(run_id) if task["task_id"] == task_id and task["state"] in RUNNING)
        return next(found, None)

    def ended(self, run_id: str) -> str:
        """The state in which a run ends; waits for it."""
        return str(until(lambda: (state := self.state(run_id)) in ENDED and state, f"the end of {run_id}"))


def celery(folder: Path, servers: Servers, *, source: Path, lake: Path, **more: str) -> Cluster:
    """A cluster with the workers `worker-default` (two tasks at once) and `worker-gpu` (one)."""
    environment = {**servers.environment(), "CALLQA_WORKERS": "default:2,gpu:1", **more}
    return Cluster(folder, environment, source=source, lake=lake)
