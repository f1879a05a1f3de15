"""Ends a rule that takes too long, and only the rule.

In a process's main thread by an alarm (SIGALRM), which also ends `time.sleep` and a regular expression gone wild; an
alarm that was set before, Airflow's for a task for example, is put back and fires when it is due. In other threads, and
where there are no alarms, by an exception that a thread of our own raises there: it comes when Python itself gets to
run again, so not within a sleep or one long call into a library.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

Answer = TypeVar("Answer")

_AGAIN = 0.1
"""Seconds until the exception is raised once more in a rule that caught it."""
_SOON = 0.01
"""Seconds until an alarm that came at a bad moment comes again."""


class TimeUp(BaseException):
    """The work that is under way has had its time."""


def clock(seconds: float) -> Clock:
    """A clock for this thread; to be used as a context around many pieces of work."""
    alarms = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    # A handler that is None was set by a library, not through Python, and could not be put back.
    return AlarmClock(seconds) if alarms and signal.getsignal(signal.SIGALRM) is not None else ThreadClock(seconds)


class Clock(ABC):
    """Watches the work that is done through it, one piece at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started: float | None = None
        """When the work began that is under way; None between two."""
        self.raised = False
        """Whether the exception was raised in it; it may have caught it."""

    @abstractmethod
    def __enter__(self) -> Clock: ...

    @abstractmethod
    def __exit__(self, *error: object) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """The work has ended: nothing is to be raised any more."""

    def run(self, work: Callable[[], Answer]) -> Answer:
        """What the work returns.

        Raises:
            TimeUp: it took longer than the limit.
        """
        self.raised = False
        try:
            self.started = time.monotonic()
            answer = work()
        finally:
            self.stop()
        if self.raised:
            raise TimeUp
        return answer

    def due(self, now: float) -> float:
        """Seconds until the work that is under way has had its time, 0 or less where it has."""
        started = self.started
        return self.seconds - (now - started) if started is not None else self.seconds


class AlarmClock(Clock):
    """By SIGALRM: set once for many pieces of work, and again only when it rings."""

    def __enter__(self) -> AlarmClock:
        self._entered = time.monotonic()
        self._previous = signal.signal(signal.SIGALRM, self._ring)
        self._left, self._interval = signal.setitimer(signal.ITIMER_REAL, max(self.seconds, _SOON))
        return self

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._previous)
        if self._left:
            # What was due meanwhile fires at once; 0 would switch it off.
            signal.setitimer(signal.ITIMER_REAL, max(self._older(), 1e-6), self._interval)

    def run(self, work: Callable[[], Answer]) -> Answer:
        """As `Clock.run`; but first, an older alarm that was due meanwhile fires."""
        if self._left and self._older() <= 0:
            self.__exit__()
            time.sleep(_SOON)
            self.__enter__()
        self._repair()
        return super().run(work)

    def _repair(self) -> None:
        """Set again what earlier work took away: its own alarm, or none, would let this work run without end."""
        if signal.getsignal(signal.SIGALRM) != self._ring:
            signal.signal(signal.SIGALRM, self._ring)
        if signal.getitimer(signal.ITIMER_REAL)[0] <= 0:
            self._set(self.seconds)

    def stop(self) -> None:
        """Nothing else is needed: the alarm finds no work."""
        self.started = None

    def _ring(self, _: int, frame: FrameType | None) -> None:
        due = self.due(time.monotonic())
        if due > 0:
            self._set(due)
        elif frame is None or frame.f_code in _OWN:  # raised here, nobody would catch it
            self._set(_SOON)
        else:
            self.raised = True
            self._set(_AGAIN)
            raise TimeUp

    def _set(self, seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, _SOON))

    def _older(self) -> float:
        """Seconds until the alarm is due that was set before this one."""
        return self._left - (time.monotonic() - self._entered)


_OWN = (
    Clock.run.__code__,
    Clock.due.__code__,
    AlarmClock.run.__code__,
    AlarmClock.stop.__code__,
    AlarmClock._repair.__code__,
    AlarmClock._set.__code__,
)
"""Where the alarm may come when the work has just ended, or has not begun."""


class ThreadClock(Clock):
    """By an exception that another thread raises in this one."""

    def __enter__(self) -> ThreadClock:
        self._thread = ctypes.c_ulong(threading.get_ident())
        self._lock = threading.Lock()
        _WATCH.add(self)
        return self

    def __exit__(self, *error: object) -> None:
        _WATCH.remove(self)

    def run(self, work: Callable[[], Answer]) -> Answer:
        """As `Clock.run`; the exception may come while the work is being ended: it is then ended once more."""
        try:
            return super().run(work)
        except TimeUp:
            self.stop()
            raise

    def stop(self) -> None:
        """Take back an exception that has not come yet."""
        with self._lock:
            self.started = None
            if self.raised:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, None)

    def look(self, now: float) -> float:
        """From the watching thread: raise the exception if it is time; seconds until it is to look again."""
        with self._lock:
            due = self.due(now)
            if due <= 0:
                self.raised = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, ctypes.py_object(TimeUp))
            return due if due > 0 else _AGAIN


class _Watch:
    """The thread that watches all thread clocks of the process; it ends when there are none."""

    def __init__(self) -> None:
        self._clocks: set[ThreadClock] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, one: ThreadClock) -> None:
        with self._changed:
            self._clocks.add(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="qc_rules time limit", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, one: ThreadClock) -> None:
        with self._changed:
            self._clocks.discard(one)
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._clocks:
                now = time.monotonic()
                self._changed.wait(max(_SOON, min(one.look(now) for one in self._clocks)))
            self._thread = None


_WATCH = _Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WATCH.__init__)  # type: ignore[misc] # the thread stays with the parent
