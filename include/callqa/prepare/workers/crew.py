"""Untrusted files are read in processes of their own: one that hangs, crashes or eats memory costs one file.

A process is started with a new interpreter (no fork of a process with threads, nothing of the caller's `__main__`, also
from within daemons), is used for many tasks and by later calls, and is replaced when it ends. A task whose process
ended is tried once more in a new one: only what ends a fresh process is given up.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, Literal

from callqa.errors import CallQAError, StageError
from callqa.prepare.workers.processes import IDLE, Worker

ANOTHER_AFTER = 0.5
"""Seconds that tasks wait before one more process is started: a small job does not pay for many."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one task may take: wall seconds, and megabytes of its process."""

    seconds: float
    megabytes: int


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A task that came to nothing."""

    reason: Literal["time", "memory", "crash"]
    detail: str
    claimed: str | None
    """The key that it had claimed."""


def run_all(target: str, tasks: Sequence[Any], processes: int, limits: Limits) -> list[Any]:
    """What `target` makes of each task, in the tasks' order; a Lost where it came to nothing.

    Args:
        target: `module:function`; takes a task and a function that claims a key: it waits until no other task of this
            call holds that key.
        tasks: what it gets; like its results they must pickle.
        processes: at most so many at once; fewer are started where there is little to do.
        limits: of each task.

    Raises:
        CallQAError: what a task raised; the other tasks are given up.
        StageError: a process cannot be started.
    """
    crew = _Crew(target, tasks, processes, limits)
    try:
        return crew.run()
    finally:
        crew.dismiss()


class _Crew:
    """The processes at work on one list of tasks."""

    def __init__(self, target: str, tasks: Sequence[Any], processes: int, limits: Limits) -> None:
        self.target, self.tasks, self.limits = target, tasks, limits
        self.most = min(processes, len(tasks))
        self.results: list[Any] = [None] * len(tasks)
        self.queue = deque(range(len(tasks)))
        self.tried_again: set[int] = set()
        self.workers: list[Worker] = []
        self.holders: dict[str, Worker] = {}
        self.waiting: list[Worker] = []
        self.started = -ANOTHER_AFTER

    def run(self) -> list[Any]:
        """Work until every task has its result."""
        while self.queue or any(worker.task is not None for worker in self.workers):
            self._hire()
            self._assign()
            for connection in wait([worker.connection for worker in self.workers], self._patience()):
                for worker in [worker for worker in self.workers if worker.connection is connection]:
                    self._hear(worker)
            for worker in [w for w in self.workers if w.deadline is not None and time.monotonic() >= w.deadline]:
                self._out_of_time(worker)
        return self.results

    def dismiss(self) -> None:
        """Keep who is idle for the next call, end who is not."""
        for worker in self.workers:
            if worker.ready and worker.task is None:
                IDLE.give(worker)
            else:
                worker.end()
        self.workers = []

    def _hire(self) -> None:
        while len(self.workers) < self.most and len(self.queue) > sum(worker.task is None for worker in self.workers):
            worker = None if self.queue[0] in self.tried_again else IDLE.take(self.target)
            if worker is None and self.workers and time.monotonic() < self.started + ANOTHER_AFTER:
                return
            if worker is None:
                worker, self.started = self._new(), time.monotonic()
            self.workers.append(worker)

    def _new(self) -> Worker:
        try:
            return Worker(self.target)
        except OSError as error:
            raise StageError(
                f"no process can be started that reads recordings: {error}", remedy="free memory or raise its limits"
            ) from error

    def _assign(self) -> None:
        for worker in [worker for worker in self.workers if worker.ready and worker.task is None]:
            if self.queue and self.queue[0] in self.tried_again and worker.served:
                self._replace(worker)  # that one is for a new process
            elif self.queue:
                worker.task = self.queue.popleft()
                worker.deadline = time.monotonic() + self.limits.seconds
                worker.output.truncate(0)
                self._send(worker, (self.tasks[worker.task], self.limits.seconds, self.limits.megabytes))

    def _send(self, worker: Worker, message: Any) -> None:
        try:
            worker.connection.send(message)
        except OSError:
            self._gone(worker)

    def _patience(self) -> float:
        """Seconds until something is to be done without being told."""
        now = time.monotonic()
        times = [worker.deadline for worker in self.workers if worker.deadline is not None]
        if self.queue and len(self.workers) < self.most:
            times.append(self.started + ANOTHER_AFTER)
        return max(0.01, min(times, default=now + 1.0) - now)

    def _hear(self, worker: Worker) -> None:
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError):
            self._gone(worker)
            return
        if kind == "ready":
            worker.ready, worker.deadline = True, None
        elif kind == "claim":
            self._claim(worker, *value)
        elif kind == "error":
            raise _error(value)
        elif kind == "memory":
            self._out_of_memory(worker)
        else:
            self._finish(worker, value)

    def _claim(self, worker: Worker, key: str, seconds: float) -> None:
        worker.claimed, worker.more = key, seconds
        if self.holders.get(key, worker) is worker:
            self._grant(worker)
        else:
            worker.deadline = None
            self.waiting.append(worker)

    def _grant(self, worker: Worker) -> None:
        self.holders[str(worker.claimed)] = worker
        worker.deadline = time.monotonic() + self.limits.seconds + worker.more
        self._send(worker, None)

    def _finish(self, worker: Worker, result: Any) -> None:
        if worker.task is not None:
            self.results[worker.task] = result
        worker.served += 1
        self._release(worker)

    def _release(self, worker: Worker) -> None:
        """It is at no task any more; who waited for its key may go on."""
        key, worker.task, worker.claimed, worker.deadline = worker.claimed, None, None, None
        if worker in self.waiting:
            self.waiting.remove(worker)
        if key is not None and self.holders.get(key) is worker:
            del self.holders[key]
            following = next((other for other in self.waiting if other.claimed == key), None)
            if following:
                self.waiting.remove(following)
                self._grant(following)

    def _gone(self, worker: Worker) -> None:
        """Its process ended by itself, or by somebody else."""
        words = worker.last_words()
        code = self._replace(worker)
        if not worker.ready:
            raise _not_started(words)
        if worker.task is None:
            return
        if worker.task not in self.tried_again:
            self._again(worker)
            return
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        reason: Literal["memory", "crash"] = "memory" if code == -signal.SIGKILL else "crash"
        self._lose(worker, reason, f"the process that read it was ended twice ({name})")

    def _out_of_memory(self, worker: Worker) -> None:
        self._replace(worker)
        if worker.served and worker.task not in self.tried_again:
            self._again(worker)  # what the tasks before it left behind is not its fault
        else:
            self._lose(worker, "memory", f"reading it takes more than {self.limits.megabytes} MB")

    def _out_of_time(self, worker: Worker) -> None:
        words = worker.last_words()
        self._replace(worker)
        if not worker.ready:
            raise _not_started(words)
        self._lose(worker, "time", f"reading it takes longer than {self.limits.seconds:g} s")

    def _replace(self, worker: Worker) -> int:
        self.workers.remove(worker)
        self.started = -ANOTHER_AFTER
        return worker.end()

    def _again(self, worker: Worker) -> None:
        if worker.task is not None:
            self.tried_again.add(worker.task)
            self.queue.appendleft(worker.task)
        self._release(worker)

    def _lose(self, worker: Worker, reason: Literal["time", "memory", "crash"], detail: str) -> None:
        if worker.task is not None:
            self.results[worker.task] = Lost(reason=reason, detail=detail, claimed=worker.claimed)
        self._release(worker)


def _not_started(words: str) -> StageError:
    return StageError(
        f"a process that reads recordings did not start: {words or 'it said nothing'}",
        remedy="see that callqa's packages are whole and that there is memory for another process",
    )


def _error(value: Any) -> CallQAError:
    return value if isinstance(value, CallQAError) else StageError(str(value))
