"""Real processes: what they answer, and what happens when they or their parent die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callqa.errors import StageError
from callqa.transcribe.onnx.workers import Pool, WorkerError


class UnsendableError(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def squares(argument: Any) -> Callable[[Any], Any]:
    """What the processes of these tests do: `argument` is a folder in which they leave notes."""
    folder = Path(argument)

    def work(item: Any) -> Any:
        if item == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "die once" and not (folder / "died").exists():
            (folder / "died").touch()
            os._exit(3)
        if item == "raise":
            raise ValueError("not this one")
        if item == "raise unsendable":
            raise UnsendableError("a", "b")
        if item == "meet":
            (folder / f"here-{os.getpid()}").touch()
            _wait_for(lambda: len(list(folder.glob("here-*"))) == 2)
        if item == "sleep":
            (folder / "sleeping").write_text(str(os.getpid()))
            time.sleep(600)
        return (os.getpid(), item) if isinstance(item, str) else item * item

    return work


def refuses(argument: Any) -> Callable[[Any], Any]:
    raise StageError("no such network", remedy="prepare it")


def ends(argument: Any) -> Callable[[Any], Any]:
    os._exit(7)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    made: Pool[Any, Any] = Pool(2, squares, str(tmp_path_factory.mktemp("notes")))
    yield made
    made.close()


def test_answers_come_in_the_items_order(pool):
    assert pool.map(list(range(50)), [1.0] * 50) == [n * n for n in range(50)]


def test_no_items_are_no_answers(pool):
    assert pool.map([], []) == []


def test_large_items_pass(pool):
    text = "x" * 3_000_000
    assert [item for _, item in pool.map([text] * 8, [1.0] * 8)] == [text] * 8


def test_the_processes_work_at_the_same_time(pool):
    assert {pid for pid, _ in pool.map(["meet"] * 4, [1.0] * 4)} == set(pool.process_ids)


def test_what_an_item_raises_is_raised_and_the_pool_goes_on(pool):
    with pytest.raises(ValueError, match="not this one"):
        pool.map([1, "raise", 2, 3, 4, 5], [1.0] * 6)
    assert pool.map([3], [1.0]) == [9]


def test_an_error_that_cannot_be_sent_is_told(pool):
    with pytest.raises(RuntimeError, match="UnsendableError: a b"):
        pool.map(["raise unsendable"], [1.0])


def test_an_item_at_which_a_process_dies_is_given_to_another(pool):
    before = pool.process_ids
    answers = pool.map([1, 2, "die once", 3, 4, 5, 6], [1.0] * 7)
    assert [answer for answer in answers if isinstance(answer, int)] == [1, 4, 9, 16, 25, 36]
    assert answers[2][1] == "die once"
    assert len(set(before) & set(pool.process_ids)) == 1


def test_an_item_at_which_two_processes_die_is_an_error_that_names_the_signal_and_the_pool_goes_on(pool):
    with pytest.raises(WorkerError, match="SIGKILL"):
        pool.map([1, "die", 2], [1.0] * 3)
    assert pool.map([1, 2, 3, 4], [1.0] * 4) == [1, 4, 9, 16]


def test_an_idle_process_that_was_killed_is_replaced(pool):
    os.kill(pool.process_ids[0], signal.SIGKILL)
    assert pool.map([1, 2, 3, 4], [1.0] * 4) == [1, 4, 9, 16]


def test_a_process_that_refuses_to_start_says_why(tmp_path):
    pool: Pool[Any, Any] = Pool(1, refuses, None)
    with pytest.raises(StageError, match="no such network"):
        pool.map([1], [1.0])
    pool.close()


def test_a_process_that_ends_as_it_starts_is_an_error_with_a_remedy(tmp_path):
    pool: Pool[Any, Any] = Pool(1, ends, None)
    with pytest.raises(StageError, match=r"ended as it started \(status 7\)") as caught:
        pool.map([1], [1.0])
    assert "engine.processes" in caught.value.remedy
    pool.close()


def test_closing_ends_the_processes(tmp_path):
    pool: Pool[Any, Any] = Pool(2, squares, str(tmp_path))
    pool.map([1, 2], [1.0, 1.0])
    ids = pool.process_ids
    pool.close()
    assert not any(_lives(pid) for pid in ids)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_parent(tmp_path, how):
    script = (
        "import sys\n"
        "from callqa.transcribe.onnx.workers import Pool\n"
        "from tests.transcribe.onnx.test_workers import squares\n"
        "Pool(2, squares, sys.argv[1]).map(['sleep'] * 2, [1.0] * 2)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[3])
    _wait_for(lambda: (tmp_path / "sleeping").exists() and (tmp_path / "sleeping").read_text().isdigit())
    worker = int((tmp_path / "sleeping").read_text())
    assert _lives(worker)
    parent.send_signal(how)
    parent.wait()
    _wait_for(lambda: not _lives(worker))


def _wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen within 30 s")


def _lives(pid: int) -> bool:
    """Whether a process runs: one that has ended but was not waited for by its new parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
