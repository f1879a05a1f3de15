"""What the keeper does when a component ends, and when starting it does not help."""

from __future__ import annotations

import errno
import os

import psutil
import pytest

from callqa_airflow import keeping
from callqa_airflow.processes import Component
from callqa_airflow.stack import StackError


class Enough(BaseException):
    """The test has seen what it wanted to."""


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Seconds that the keeper waited, so far."""
    waited: list[float] = []
    monkeypatch.setattr(keeping.time, "sleep", waited.append)
    return waited


@pytest.fixture
def scheduler(tmp_path) -> Component:
    part = Component("scheduler", tmp_path)
    part.log.write_text("StaleDataError\n")
    return part


def answers(*what):
    """One of them a call: given back, or raised."""
    left = list(what)

    def answer():
        if not left:
            raise Enough
        if isinstance(left[0], Exception):
            raise left.pop(0)
        return left.pop(0)

    return answer


def test_what_ended_is_started_and_the_end_of_its_log_is_told(waits, scheduler, capsys):
    with pytest.raises(Enough):
        keeping.keep(answers(None, scheduler, None), answers(None))
    assert "scheduler ended and is started again; the end of its log:\n    StaleDataError" in capsys.readouterr().out
    assert waits == [keeping.LOOK_SECONDS] * 4


def test_while_starting_does_not_help_it_is_tried_ever_more_seldom(waits, scheduler, capsys):
    fault = StackError("Airflow's scheduler ended at once", remedy="see its log")
    with pytest.raises(Enough):
        keeping.keep(answers(*[scheduler] * 10, None), answers(*[fault] * 9, None))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 5]
    assert capsys.readouterr().out.count("ended at once") == 9


def test_in_the_foreground_it_ends_with_the_reason_after_some_attempts_in_a_row(waits, scheduler):
    fault = StackError("Airflow's scheduler ended at once", remedy="see its log")
    seen = answers(scheduler, scheduler, None, *[scheduler] * 3)
    with pytest.raises(StackError, match="ended at once"):
        keeping.keep(seen, answers(fault, None, fault, fault, fault), attempts=3)
    assert waits == [5, 10, 10, 5, 10, 20]


def test_a_full_disk_does_not_end_it(waits, scheduler, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(keeping.sys.stdout, "write", lambda _text: answers(full)())
    with pytest.raises(Enough):
        keeping.keep(answers(scheduler, scheduler), answers(full, full))
    assert waits == [5, 10, 20]


def test_a_component_that_cannot_be_written_down_is_not_left_running(tmp_path):
    part = Component("server", tmp_path, ("--bind", "127.0.0.1", "0"), module="http.server")
    part.pid_file.mkdir()
    with pytest.raises(IsADirectoryError):
        part.start(dict(os.environ), tmp_path)
    alive = [process for process in psutil.Process().children() if process.status() != psutil.STATUS_ZOMBIE]
    assert [process for process in alive if "http.server" in process.cmdline()] == []


def test_something_that_is_not_callqas_fault_is_not_swallowed(waits, scheduler):
    with pytest.raises(ZeroDivisionError):
        keeping.keep(lambda: scheduler, answers(ZeroDivisionError()))


def test_there_is_one_keeper_of_a_home_and_it_can_be_stopped(home):
    home.run.mkdir(parents=True)
    keeping.start(home)
    keeper = keeping.component(home).process()
    keeping.start(home)
    assert keeping.component(home).process() == keeper
    keeping.stop(home)
    assert keeping.component(home).process() is None
    assert not keeper.is_running()
    keeping.stop(home)
