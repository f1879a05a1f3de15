"""Start, find again and stop, with small programs in Airflow's place."""

from __future__ import annotations

import json
import os
import sys
import time

import psutil
import pytest

from callqa_airflow import processes
from callqa_airflow.processes import Component


@pytest.fixture
def component(tmp_path, monkeypatch):
    """Starts a program as the component `scheduler`, and ends whatever it started."""
    made = []

    def start(program: str) -> Component:
        package = tmp_path / "airflow"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(program)
        part = Component("scheduler", tmp_path)
        part.start({**os.environ, "PYTHONPATH": str(tmp_path)}, tmp_path)
        made.append(part)
        return part

    monkeypatch.setitem(processes.COMPONENTS, "scheduler", ["scheduler"])
    yield start
    for part in made:
        part.stop(grace=0)


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


WITH_A_CHILD = f"""
import subprocess, time
child = subprocess.Popen([{sys.executable!r}, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def child_of(part: Component) -> psutil.Process:
    wait_for(lambda: part.log.read_text().strip())
    return psutil.Process(int(part.log.read_text()))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_what_was_started_is_found_by_whoever_reads_its_file(component):
    part = component("import time; time.sleep(600)")
    assert Component("scheduler", part.run).process().pid == part.process().pid


def test_stopping_ends_what_the_component_started_too(component):
    part = component(WITH_A_CHILD)
    child = child_of(part)
    assert part.stop(grace=10) in ("stopped", "killed")
    assert gone(child)
    assert part.process() is None
    assert part.stop(grace=1) == "not running"


def test_what_does_not_end_when_asked_is_killed(component):
    part = component(STUBBORN)
    wait_for(lambda: "ready" in part.log.read_text())
    process = part.process()
    assert part.stop(grace=0.5) == "killed"
    assert gone(process)


def test_what_a_killed_component_left_behind_is_ended(component):
    part = component(WITH_A_CHILD)
    child = child_of(part)
    part.process().kill()
    wait_for(lambda: part.process() is None)
    assert not gone(child)
    part.stop(grace=10)
    assert gone(child)


def test_a_process_id_that_was_given_to_another_since_is_left_alone(component, tmp_path):
    part = Component("triggerer", tmp_path)
    stranger = component("import time; time.sleep(600)").process()
    record = {"pid": stranger.pid, "started": stranger.create_time() - 3600}
    part.pid_file.write_text(json.dumps(record))
    assert part.process() is None
    assert part.stop(grace=1) == "not running"
    assert not gone(stranger)


@pytest.mark.parametrize("content", ["", "12", "not json", '{"pid": "x", "started": 1}'])
def test_a_broken_process_file_means_not_running(tmp_path, content):
    part = Component("scheduler", tmp_path)
    part.pid_file.write_text(content)
    assert part.process() is None
    assert part.stop(grace=1) == "not running"
    assert not part.pid_file.exists()


def test_the_log_of_the_last_start_is_kept_beside_the_new_one(component):
    first = component("print('first')")
    wait_for(lambda: first.process() is None)
    second = component("print('second')")
    wait_for(lambda: second.process() is None)
    assert second.last_lines() == "    second"
    assert second.log.with_suffix(".log.1").read_text() == "first\n"
