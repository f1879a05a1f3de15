"""Processes that do the same to many items: started once, fed through sockets, and gone when their parent is.

A process sees the end of its socket when the parent ends, however that ends, and then ends too. One that dies at an
item is replaced and the item given to another, once; `multiprocessing`'s own pools would wait for ever or give up on
everything, and cannot be used in the daemon processes in which some schedulers run tasks.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from callqa.errors import StageError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Items that a process has at once: one in work and one that waits, so that it never does."""
TRIES = 2
"""Processes that may die at an item, or one after the other as they start, before that is an error."""
PATIENCE = 5.0
"""Seconds in which a process ends of itself."""
READY = "ready"


class WorkerError(RuntimeError):
    """A process died at an item, and so did the next one."""


@dataclass
class _Failure:
    error: Exception


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    has: deque[int] = field(default_factory=deque)
    """Indices of the items it was given, the one in work first."""
    ready: bool = False


class Pool(Generic[Item, Result]):
    """Processes in each of which `make(argument)` was called once and its result is called with items.

    Args:
        processes: how many.
        make: importable by name, like everything else that is sent.
        argument: of `make`.
    """

    def __init__(self, processes: int, make: Callable[[Any], Callable[[Item], Result]], argument: Any) -> None:
        self._make = (make, argument)
        self._false_starts = 0
        self._workers = [self._start() for _ in range(processes)]

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that are there now."""
        return [worker.process.pid for worker in self._workers]

    def map(self, items: Sequence[Item], sizes: Sequence[float]) -> list[Result]:
        """The result of each item, in the items' order; the largest are begun first.

        Raises:
            Exception: what an item raised; those that are in work are waited for, the others are not begun.
            WorkerError: an item ended two processes.
            StageError: two processes, one after the other, ended before they could take an item.
        """
        waiting = deque(sorted(range(len(items)), key=lambda index: (-sizes[index], index)))
        results: dict[int, Result] = {}
        deaths: dict[int, int] = {}
        failures: list[Exception] = []
        while (waiting and not failures) or any(worker.has for worker in self._workers):
            if not failures:
                self._hand_out(waiting, items)
            self._listen(results, failures, waiting, deaths)
        if failures:
            raise failures[0]
        return [results[index] for index in range(len(items))]

    def wait_until_ready(self) -> None:
        """Return when every process can take items.

        Raises:
            StageError: two, one after the other, ended as they started.
            Exception: what `make` raised in a process.
        """
        while not all(worker.ready for worker in self._workers):
            self._listen({}, [], deque(), {})

    def close(self) -> None:
        """End the processes; what they are doing is lost."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            _end(worker.process)
        self._workers = []

    def _start(self) -> _Worker:
        here, there = socket.socketpair()
        with there:
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        connection: Connection = Connection(here.detach())
        with contextlib.suppress(OSError):  # it has ended already: seen when its answer is awaited
            connection.send(self._make)
        return _Worker(process, connection)

    def _hand_out(self, waiting: deque[int], items: Sequence[Item]) -> None:
        for depth in range(1, AHEAD + 1):
            for worker in self._workers:
                if waiting and worker.ready and len(worker.has) < depth:
                    worker.has.append(waiting.popleft())
                    with contextlib.suppress(OSError):  # as above
                        worker.connection.send((worker.has[-1], items[worker.has[-1]]))

    def _listen(
        self, results: dict[int, Result], failures: list[Exception], waiting: deque[int], deaths: dict[int, int]
    ) -> None:
        """Wait for news of any process, and take it in."""
        for worker in self._with_news():
            try:
                self._take(worker, results, failures)
            except (EOFError, OSError):
                self._bury(worker, waiting, deaths, failures)

    def _with_news(self) -> list[_Worker]:
        by_connection = {worker.connection: worker for worker in self._workers}
        return [by_connection[ready] for ready in wait(list(by_connection)) if isinstance(ready, Connection)]

    def _take(self, worker: _Worker, results: dict[int, Result], failures: list[Exception]) -> None:
        index, answer = worker.connection.recv()
        if index == READY:
            if isinstance(answer, _Failure):
                raise answer.error
            worker.ready, self._false_starts = True, 0
            return
        worker.has.remove(index)
        if isinstance(answer, _Failure):
            failures.append(answer.error)
        else:
            results[index] = answer

    def _bury(self, worker: _Worker, waiting: deque[int], deaths: dict[int, int], failures: list[Exception]) -> None:
        """Replace a process that died; the item it died at has one more try, what waited behind it is given back."""
        worker.connection.close()
        how = _status(_end(worker.process))
        self._false_starts += not worker.ready
        if self._false_starts == TRIES:
            raise StageError(
                f"a process of the onnx engine ended as it started ({how})",
                remedy="see what it wrote to standard error; with too little memory, set engine.processes to fewer",
            )
        self._workers[self._workers.index(worker)] = self._start()
        for index in reversed(worker.has):
            waiting.appendleft(index)
        if worker.has:
            at = worker.has[0]
            deaths[at] = deaths.get(at, 0) + 1
            if deaths[at] == TRIES:
                waiting.remove(at)
                failures.append(WorkerError(f"the process that worked on it ended ({how}), and so did the next one"))


def _end(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _status(code: int) -> str:
    """`signal SIGKILL` or `status 1`."""
    if code >= 0:
        return f"status {code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"


def serve(connection: Connection) -> None:
    """What a process does until its parent is gone."""
    make, argument = connection.recv()
    try:
        work = make(argument)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        connection.send((READY, _Failure(_sendable(error))))
        return
    connection.send((READY, None))
    given: queue.Queue[tuple[int, Any]] = queue.Queue(AHEAD)
    threading.Thread(target=_receive, args=(connection, given), daemon=True).start()
    while True:
        index, value = given.get()
        try:
            answer = work(value)
        except Exception as error:  # noqa: BLE001 - the parent raises it
            answer = _Failure(_sendable(error))
        connection.send((index, answer))


def _receive(connection: Connection, given: queue.Queue[tuple[int, Any]]) -> None:
    """Read items while one is in work: the parent must not wait until it is done to hand over the next.

    When the parent is gone the process ends at once, whatever it is doing: nobody waits for it.
    """
    with contextlib.suppress(EOFError, OSError):
        while True:
            given.put(connection.recv())
    os._exit(0)


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    except Exception:  # noqa: BLE001 - any error class may be one that cannot be sent
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def main(arguments: Sequence[str]) -> None:
    """Serve on the socket whose number is given."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    with contextlib.suppress(EOFError, OSError), Connection(int(arguments[0])) as connection:
        serve(connection)


if __name__ == "__main__":
    from callqa.transcribe.onnx import workers  # the classes that are sent are those of the module by its name

    workers.main(sys.argv[1:])
