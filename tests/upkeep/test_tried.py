"""Recordings that people tried: removed also while somebody hears them."""

from __future__ import annotations

import fcntl
import shutil
import threading
import time

import pytest

from callqa.upkeep import tried
from tests.upkeep import lakes


@pytest.fixture
def job(tmp_path):
    """A recording that is being heard, of a server that lives."""
    made = lakes.tried(tmp_path / "lake", "a" * 32, b"x", {})
    with (made.parent / "alive").open("w") as server:
        fcntl.flock(server, fcntl.LOCK_EX)
        yield made


def test_whoever_hears_it_is_asked_to_stop_first(job):
    stopped = threading.Event()

    def attend() -> None:
        while not (job / "stop").exists():
            time.sleep(0.02)
            (job / "lake").mkdir(exist_ok=True)  # what hears a recording makes its folders anew
        stopped.set()
        shutil.rmtree(job)

    thread = threading.Thread(target=attend)
    thread.start()
    assert tried.remove(job).files >= 2
    thread.join(10)
    assert stopped.is_set()
    assert not job.exists()


def test_nobody_is_waited_for_for_ever(job, monkeypatch):
    monkeypatch.setattr(tried, "STOPPING_SECONDS", 0.3)
    tried.remove(job)
    assert not job.exists()


def test_one_that_was_heard_and_one_whose_server_is_gone_go_at_once(job, tmp_path, monkeypatch):
    monkeypatch.setattr(tried, "STOPPING_SECONDS", 60.0)
    heard = lakes.tried(tmp_path / "lake", "b" * 32, None, {})
    tried.remove(heard)
    left = lakes.tried(tmp_path / "other", "c" * 32, b"x", {})
    tried.remove(left)
    assert (heard.exists(), left.exists(), job.exists()) == (False, False, True)


def test_an_unreadable_job_is_kept_while_it_is_young(job, tmp_path):
    (job / "job.json").write_text("{")
    assert tried.sweep(tmp_path / "lake").files == 0
    assert job.exists()


def test_a_lake_in_which_nobody_tried_anything_is_left_alone(tmp_path):
    assert tried.sweep(tmp_path / "lake").files == 0
    assert not (tmp_path / "lake").exists()
