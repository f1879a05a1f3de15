"""Airflow's components as processes of their own: started, found again, stopped, and nothing else touched.

A process file holds the id and the start time of a component's first process, so that an id that the system has given
to somebody else since is not taken for ours. Each component leads a session of its own; what it starts (executor,
task supervisors, tasks) is found as its descendants and as the members of that session.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

COMPONENTS: dict[str, list[str]] = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
"""Arguments of `airflow`. The logs are files that the API server reads itself: no further ports are opened."""

_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept: Python complains where the object of a running process is collected."""


@dataclass(frozen=True)
class Component:
    """One of COMPONENTS, or whatever `arguments` of a module start, with its files in the folder `run`."""

    name: str
    run: Path
    arguments: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    """Environment that only this component gets."""
    module: str = "airflow"
    """What Python runs."""

    @property
    def log(self) -> Path:
        """What the component writes; the one before lies beside it as `.log.1`."""
        return self.run / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """JSON: `pid` and `started` (seconds since 1970)."""
        return self.run / f"{self.name}.pid"

    def process(self) -> psutil.Process | None:
        """The component's first process, or None where it does not run."""
        recorded = self._recorded()
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(recorded["pid"]) if recorded else None
            if process and process.status() != psutil.STATUS_ZOMBIE and self._same(process):
                return process
        return None

    def members(self) -> list[psutil.Process]:
        """Its processes: the first, what that started, and who else is in its session, also after the first died."""
        return list(self._members(self.process()))

    def start(self, environment: dict[str, str], folder: Path) -> None:
        """Start it in a session of its own; the caller made sure that it does not run.

        Raises:
            OSError: the disk is full; then nothing runs.
        """
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        command = [sys.executable, "-m", self.module, *(self.arguments or COMPONENTS[self.name])]
        with self.log.open("wb") as log:
            started = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment, **self.extra},
                cwd=folder,
                start_new_session=True,
            )
        _STARTED.append(started)
        record = {"pid": started.pid, "started": psutil.Process(started.pid).create_time()}
        try:
            self.pid_file.write_text(json.dumps(record), encoding="utf-8")
        except OSError:  # nobody would find it again
            started.kill()
            started.wait()
            raise

    def stop(self, grace: float) -> str:
        """End it and all that it started; returns what happened: `not running`, `stopped` or `killed`.

        The first process is asked to end and given `grace` seconds, in which it ends its own; then whatever is left
        is asked, and after a few seconds more it is killed.
        """
        leader = self.process()
        members = list(self._members(leader))
        if leader:
            leader.terminate()
            psutil.wait_procs([leader], timeout=grace)
        rest = [member for member in {*members, *self._members(None)} if member.is_running()]
        _each(rest, "terminate")
        _, left = psutil.wait_procs(rest, timeout=min(grace, 5))
        _each(left, "kill")
        psutil.wait_procs(left, timeout=5)
        self.pid_file.unlink(missing_ok=True)
        return "killed" if left else "stopped" if members else "not running"

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, indented."""
        if not self.log.exists():
            return "    (no log)"
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines) or "    (empty log)"

    def _recorded(self) -> dict[str, float] | None:
        try:
            record = json.loads(self.pid_file.read_text(encoding="utf-8"))
            return {"pid": int(record["pid"]), "started": float(record["started"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _same(self, process: psutil.Process) -> bool:
        recorded = self._recorded()
        return recorded is not None and abs(process.create_time() - recorded["started"]) < 1

    def _members(self, leader: psutil.Process | None) -> Iterator[psutil.Process]:
        """The leader, its descendants, and whoever is in its session (also after it died)."""
        recorded = self._recorded()
        if recorded is None or (leader is None and self._id_was_reused(int(recorded["pid"]))):
            return
        tree = [leader, *leader.children(recursive=True)] if leader else []
        yield from tree
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
                in_session = os.getsid(process.pid) == recorded["pid"]
                if in_session and process not in tree and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    def _id_was_reused(self, pid: int) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return not self._same(psutil.Process(pid))
        return False


def reap() -> None:
    """Have the system forget what this process started and what has ended since."""
    _STARTED[:] = [process for process in _STARTED if process.poll() is None]


def _each(processes: list[psutil.Process], action: str) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            getattr(process, action)()
