import os
import signal
import subprocess
import sys
import textwrap
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from callqa.errors import StageError
from callqa.prepare.workers.crew import Limits, Lost, run_all

TARGET = "tests.prepare.faults:simple"
LIMITS = Limits(seconds=60, megabytes=700)


def run(tasks, count=2, limits=LIMITS):
    return run_all(TARGET, tasks, count, limits)


def test_results_come_in_the_order_of_the_tasks():
    assert run(["a", "b", "c", "d", "e"], 3) == ["a", "b", "c", "d", "e"]


def test_no_task_needs_no_process():
    assert run([]) == []


def test_processes_are_used_again_by_the_next_call():
    (first,) = run(["pid"], 1)
    assert run(["pid"], 1) == [first]
    assert first != os.getpid()


@pytest.mark.parametrize(
    ("task", "reason", "words"),
    [("segfault", "crash", "SIGSEGV"), ("exit", "crash", "exit code 3"), ("killed", "memory", "SIGKILL")],
)
def test_a_task_that_ends_its_process_twice_is_lost_and_no_other(task, reason, words):
    results = run(["a", task, "b", "c"])
    assert (results[0], results[2], results[3]) == ("a", "b", "c")
    assert isinstance(results[1], Lost)
    assert (results[1].reason, results[1].claimed) == (reason, None)
    assert words in results[1].detail


def test_a_task_that_hangs_is_given_up_at_its_limit():
    start = time.monotonic()
    results = run(["hang", "a"], 1, Limits(seconds=0.5, megabytes=700))
    assert results == [Lost(reason="time", detail="reading it takes longer than 0.5 s", claimed=None), "a"]
    assert time.monotonic() - start < 60


def test_memory_is_limited():
    results = run(["eat", "a"], 1)
    assert results == [Lost(reason="memory", detail="reading it takes more than 700 MB", claimed=None), "a"]


def test_a_process_that_somebody_else_ends_is_replaced_and_its_task_tried_again(tmp_path):
    mark = tmp_path / "mark"
    assert run([("once", str(mark)), "a"], 1) == ["survived", "a"]


def test_a_key_is_held_by_one_task_at_a_time(tmp_path):
    run(["warm", "warm"], 2)
    log = tmp_path / "log"
    assert run([("claim", "x", str(log))] * 4 + [("claim", "y", str(log))], 3) == ["x"] * 4 + ["y"]
    of_x = [entry for entry in log.read_text().split() if entry.endswith("x")]
    assert of_x == ["+x", "-x"] * 4


def test_a_task_gets_the_time_that_it_asks_for():
    short = Limits(seconds=1.0, megabytes=700)
    assert run([("long", 1.5)], 1, short) == ["done"]


def test_an_error_of_a_task_is_raised_and_the_rest_given_up():
    with pytest.raises(StageError, match="no space left") as caught:
        run(["a", "error", "hang"], 2)
    assert caught.value.remedy == "free space"


def test_a_target_that_cannot_be_imported_says_what_it_said():
    with pytest.raises(StageError, match=r"(?s)did not start: .*No module named 'tests\.prepare\.nothing'"):
        run_all("tests.prepare.nothing:work", ["a"], 1, LIMITS)


def test_what_a_library_prints_does_not_reach_the_output(capfd):
    run(["print"], 1)
    assert capfd.readouterr() == ("", "")


def test_a_daemon_may_have_them_and_a_fork_has_its_own():
    """Celery's and multiprocessing's workers are daemons; they may not start children by multiprocessing."""
    (ours,) = run(["pid"], 1)
    context = get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=lambda: there.send(run(["pid"], 1)), daemon=True)
    child.start()
    assert here.poll(60)
    (theirs,) = here.recv()
    child.join()
    assert theirs != ours
    assert run(["pid"], 1) == [ours]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.parametrize(("how", "task"), [(signal.SIGKILL, "spin"), (signal.SIGTERM, "hang"), (signal.SIGINT, "hang")])
def test_processes_do_not_outlive_their_parent_however_it_ends(tmp_path, how, task):
    # What was started in the background has SIGINT ignored, and so have the tests that it runs.
    script = textwrap.dedent(f"""
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from callqa.prepare.workers.crew import Limits, run_all
        try:
            run_all("tests.prepare.faults:simple", [("told", "{tmp_path}/pid", "{task}")], 1, Limits(seconds=600, megabytes=700))
        except KeyboardInterrupt:
            raise SystemExit(130)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[3])
    try:
        worker = wait_for_pid(tmp_path / "pid")
        parent.send_signal(how)
        parent.wait(30)
        deadline = time.monotonic() + 30
        while alive(worker) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(worker)
    finally:
        parent.kill()
        parent.wait()


def wait_for_pid(path: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("no process was started")


def test_a_process_that_nobody_needs_ends():
    (first,) = run_all("tests.prepare.faults:impatient", ["pid"], 1, LIMITS)
    deadline = time.monotonic() + 30
    while alive(first) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(first)
    (second,) = run_all("tests.prepare.faults:impatient", ["pid"], 1, LIMITS)
    assert second != first
