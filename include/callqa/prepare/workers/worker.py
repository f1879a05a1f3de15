"""The process that reads recordings: takes tasks from its parent one by one, within limits, and never outlives it.

Started by `crew`; talks over one connection. It says `ready`, then for each task any number of `claim` (answered
when nobody else holds the key) and one of `done`, `memory` and `error`.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Protocol

from callqa.errors import CallQAError

IDLE_SECONDS = 20.0
"""A process that nobody needs for so long ends."""
MEGABYTE = 1 << 20


class Claim(Protocol):
    """How a task asks its parent for the right to work at a key, and for the time that it takes."""

    def __call__(self, key: str, seconds: float = 0.0) -> None:
        """Return when no other task holds the key. From then on the task has its limit and so many seconds more."""


Work = Callable[[Any, Claim], Any]


def main(descriptor: int, target: str) -> None:
    """Serve tasks until the parent is gone or needs nothing any more.

    Args:
        descriptor: this end of the connection.
        target: `module:function` that takes a task and a way to claim a key, and returns what is sent back.
    """
    _settle()
    connection = Connection(descriptor)
    module, name = target.split(":")
    work: Work = getattr(importlib.import_module(module), name)
    connection.send(("ready", None))
    try:
        while connection.poll(IDLE_SECONDS):
            task, seconds, megabytes = connection.recv()
            _limit(seconds, megabytes)
            connection.send(_answer(work, task, connection))
    except (EOFError, ConnectionError):
        return


def _settle() -> None:
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to handle; it ends its processes
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _limit(seconds: float, megabytes: int) -> None:
    """Bound what the task may take.

    The memory that counts is what is private and writable (RLIMIT_DATA): libraries reserve address space that they
    never touch, and the samples' mappings are the system's to take back. The processor time is a second line: the
    parent watches the clock.
    """
    _soften(resource.RLIMIT_DATA, megabytes * MEGABYTE)
    _soften(resource.RLIMIT_CPU, int(time.process_time() + 2 * seconds) + 60)


def _soften(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (soft, hard))


def _answer(work: Work, task: Any, connection: Connection) -> tuple[str, Any]:
    def claim(key: str, seconds: float = 0.0) -> None:
        connection.send(("claim", (key, seconds)))
        connection.recv()
        _soften(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU)[0] + 2 * int(seconds))

    try:
        return "done", work(task, claim)
    except MemoryError as error:
        return "memory", str(error)
    except CallQAError as error:
        return "error", error
