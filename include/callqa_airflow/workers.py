"""Celery workers of this machine, one a queue: what CALLQA_WORKERS lists, where the executor is Airflow's Celery one.

`default:4,gpu:1@0,gpu:1@1` is a worker of four tasks at once for the queue `default`, and two of one task each for the
queue `gpu`, the first of which sees GPU 0 only and the second GPU 1.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.errors import SettingsError
from callqa_airflow.home import ROOT, Home
from callqa_airflow.processes import Component

VARIABLE = "CALLQA_WORKERS"
DEFAULT = "default:2,gpu:1"
ANSWER_SECONDS = 3.0
"""How long a worker may take to answer a ping; it answers in milliseconds, also while it works."""


@dataclass(frozen=True)
class Worker:
    """Takes tasks from one queue, so many at once; `device` is the only GPU that they see, empty for all."""

    queue: str
    tasks: int
    device: str = ""

    @property
    def name(self) -> str:
        """The component's: `worker-gpu`, or `worker-gpu-1` of device 1."""
        return "-".join(part for part in ("worker", self.queue, self.device) if part)

    @property
    def node(self) -> str:
        """Celery's name for it, unlike any other machine's."""
        return f"{self.name}@{socket.gethostname()}"

    def arguments(self, run: Path) -> tuple[str, ...]:
        """Of `airflow`. Logs are files that the API server reads itself, so that no further port is opened."""
        return (
            "celery", "worker",
            "--queues", self.queue,
            "--concurrency", str(self.tasks),
            "--celery-hostname", self.node,
            "--pid", str(run / f"{self.name}.celery.pid"),
            "--skip-serve-logs", "--without-mingle", "--without-gossip",
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """What only this worker and its tasks get."""
        return {"CUDA_VISIBLE_DEVICES": self.device} if self.device else {}


def parse(text: str) -> list[Worker]:
    """The workers that a text lists.

    Raises:
        SettingsError: it is no such list, or lists one worker twice.
    """
    workers = [_worker(part.strip()) for part in text.split(",")]
    names = [worker.name for worker in workers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(
            f"{VARIABLE} = {text!r} lists {twice[0]} twice", remedy="give each its own GPU: gpu:1@0,gpu:1@1"
        )
    return workers


def _worker(text: str) -> Worker:
    match = re.fullmatch(r"([a-z][a-z0-9_]*)(?::([1-9]\d*))?(?:@(\d+))?", text)
    if not match:
        raise SettingsError(
            f"{VARIABLE}: {text!r} is no queue with a number of tasks",
            remedy="write queue:tasks, or queue:tasks@GPU, with commas between: default:4,gpu:1@0",
        )
    return Worker(match[1], int(match[2] or 1), match[3] or "")


def uses_celery(home: Home) -> bool:
    """Whether the environment sets Airflow's executor to Celery's; airflow.cfg's is the local one."""
    return "CeleryExecutor" in home.environment().get("AIRFLOW__CORE__EXECUTOR", "")


def of(home: Home) -> list[Worker]:
    """The workers that this machine runs; none without Celery, or where CALLQA_WORKERS is empty."""
    wanted = home.environment().get(VARIABLE, DEFAULT)
    return parse(wanted) if wanted and uses_celery(home) else []


def components(home: Home) -> list[Component]:
    """The same as components of Airflow."""
    return [component(home, worker) for worker in of(home)]


def component(home: Home, worker: Worker) -> Component:
    """One of them."""
    return Component(worker.name, home.run, worker.arguments(home.run), worker.environment())


def health(home: Home) -> dict[str, str]:
    """`healthy` or `unhealthy` by component: whether it answers a ping over the broker."""
    found = of(home)
    answering = ping(home.environment(), [worker.node for worker in found]) if found else set()
    return {worker.name: "healthy" if worker.node in answering else "unhealthy" for worker in found}


def ping(environment: Mapping[str, str], nodes: list[str]) -> set[str]:
    """Those that answer; none where the broker does not.

    Raises:
        SettingsError: the environment names no broker.
    """
    from celery import Celery  # type: ignore[import-untyped]
    from kombu import pools

    app = Celery(broker=_broker(environment), set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    try:
        with app.connection_for_write() as connection:
            return _answering(app, connection, nodes)
    finally:
        app.close()
        # Kombu keeps connections by address, also those to a broker that was killed since.
        pools.reset()  # type: ignore[no-untyped-call]


def _answering(app: Any, connection: Any, nodes: list[str]) -> set[str]:
    from kombu.exceptions import KombuError

    try:
        answers = app.control.ping(destination=nodes, timeout=ANSWER_SECONDS, limit=len(nodes), connection=connection)
    except (*connection.connection_errors, *connection.channel_errors, KombuError, OSError):
        return set()
    return {node for answer in answers for node in answer}


def answers(home: Home, text: str) -> bool:
    """Whether this machine's worker of that text answers."""
    node = _worker(text).node
    return node in ping(home.environment(), [node])


def _broker(environment: Mapping[str, str]) -> str:
    url = environment.get("AIRFLOW__CELERY__BROKER_URL", "")
    if not url:
        raise SettingsError(
            "the executor is Celery's, but there is no broker",
            remedy="set AIRFLOW__CELERY__BROKER_URL=redis://:password@host:6379/0",
        )
    return url


def become(home: Home, text: str) -> None:
    """Turn this process into the worker that a text names, for a container or a service manager; never returns.

    Raises:
        SettingsError: it names none, or there is no broker.
    """
    worker = _worker(text)
    _broker(home.environment())
    home.run.mkdir(parents=True, exist_ok=True)
    environment = {**home.environment(), **worker.environment()}
    execute(worker.arguments(home.run), environment)


def execute(arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Turn this process into `airflow` with these arguments, so that signals reach it; never returns."""
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *arguments], {**environment})  # noqa: S606 - Airflow itself
