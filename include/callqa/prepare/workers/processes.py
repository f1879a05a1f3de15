"""The parent's side of the processes that read recordings: started, kept for the next call, ended."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, Pipe

STARTING_SECONDS = 120.0
"""In which a process must have imported what it needs."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from callqa.prepare.workers.worker import main; main(int(sys.argv[2]), sys.argv[3])"
)
_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"), "1"),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""One thread, and no allocator that takes a gigabyte of address space before it is asked for one byte: what a process
may have is limited."""


class Worker:
    """The parent's side of a process."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.path = list(sys.path)
        """Where it looks for modules."""
        self.output = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - closed by `end`; it appends, so that it can be cut
        self.connection, there = Pipe()
        self.process = self._start(there)
        there.close()
        self.ready = False
        self.served = 0
        self.task: int | None = None
        self.claimed: str | None = None
        self.more = 0.0
        self.deadline: float | None = time.monotonic() + STARTING_SECONDS

    def _start(self, there: Connection) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(there.fileno()), self.target]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, pass_fds=[there.fileno()],
            env={**os.environ, **_ENVIRONMENT},
        )  # fmt: skip

    def last_words(self) -> str:
        """The end of what it wrote."""
        size = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, size - 2000))
        return self.output.read().decode(errors="replace").strip()

    def end(self) -> int:
        """End it, whatever it does; what it ended with."""
        self.process.kill()
        code = self.process.wait()
        self.connection.close()
        self.output.close()
        return code


class Idle:
    """Processes that wait for the next call of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: list[Worker] = []

    def take(self, target: str) -> Worker | None:
        """One that is still there."""
        with self._lock:
            for worker in [w for w in self._workers if w.target == target and w.path == sys.path]:
                self._workers.remove(worker)
                if worker.process.poll() is None and not worker.connection.poll():
                    return worker
                worker.end()
        return None

    def give(self, worker: Worker) -> None:
        """Keep one for later."""
        with self._lock:
            self._workers.append(worker)

    def end(self) -> None:
        """End them all."""
        with self._lock:
            while self._workers:
                self._workers.pop().end()

    def forget(self) -> None:
        """After a fork: they are the parent's."""
        self._lock = threading.Lock()
        for worker in self._workers:
            worker.process.returncode = 0
        self._workers = []


IDLE = Idle()
atexit.register(IDLE.end)
os.register_at_fork(after_in_child=IDLE.forget)
