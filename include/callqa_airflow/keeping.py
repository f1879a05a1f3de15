"""Components that end by themselves are started again: behind `make up` by a process of its own, the keeper.

Without it a scheduler that dies at two in the morning is missed at nine, when nobody finds yesterday's calls.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Callable

import psutil

from callqa.errors import CallQAError
from callqa_airflow import processes
from callqa_airflow.home import ROOT, Home
from callqa_airflow.processes import Component

NAME = "keeper"
LOOK_SECONDS = 5.0
LONGEST_SECONDS = 600.0
"""Between two attempts while starting does not help: the database is away, or a disk is full."""


def component(home: Home) -> Component:
    """The keeper's process."""
    where = {"CALLQA_AIRFLOW_HOME": str(home.folder)}
    return Component(NAME, home.run, ("keep",), where, module="callqa_airflow.stack")


def start(home: Home) -> None:
    """Start it where it does not run; the caller holds the home's lock."""
    keeper = component(home)
    if not keeper.process():
        keeper.start(home.environment(), ROOT)


def stop(home: Home) -> None:
    """End it, and not what it has started; the caller holds the home's lock, so that it starts nothing just now."""
    keeper = component(home)
    if process := keeper.process():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
            process.wait(timeout=10)
    keeper.pid_file.unlink(missing_ok=True)


def keep(ended: Callable[[], Component | None], up: Callable[[], None], attempts: int | None = None) -> None:
    """Call `up` whenever a component has ended, and ever more seldom while that does not help; never returns.

    Raises:
        CallQAError, OSError: what `up` raised so many times in a row as there are `attempts`.
    """
    failed = 0
    while True:
        time.sleep(min(LOOK_SECONDS * 2**failed, LONGEST_SECONDS))
        processes.reap()
        if not (dead := ended()):
            failed = 0
            continue
        _note(f"{dead.name} ended and is started again; the end of its log:\n{dead.last_lines()}")
        try:
            up()
        except (CallQAError, OSError) as error:  # the latter of a disk that is full: it will have room again
            failed += 1
            if failed == attempts:
                raise
            _note(str(error))


def _note(text: str) -> None:
    with contextlib.suppress(OSError):  # its log is on a disk that may be full
        sys.stdout.write(f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n")
        sys.stdout.flush()
