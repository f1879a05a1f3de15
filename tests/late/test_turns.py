"""Runs of the same day at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date

import pytest

from callqa import turns
from callqa.errors import RunAtWorkError

DAY = date(2026, 1, 5)
HOLD = """
import sys, time
from datetime import date
from callqa import turns
with turns.held(sys.argv[1], date(2026, 1, 5), "the other", "callqa run"):
    print("held", flush=True)
    time.sleep(60)
"""


def take(lake, run, over=(), **more):
    turns.take(str(lake), DAY, run_id=run, by="daily_call_qa", is_over=lambda holder: holder.run_id in over, **more)


def test_a_second_run_is_told_who_is_at_work_since_when_and_what_to_do(tmp_path):
    take(tmp_path, "scheduled__1")
    with pytest.raises(RunAtWorkError, match=r"run scheduled__1 \(daily_call_qa\) is at work on it since 20") as caught:
        take(tmp_path, "manual__2")
    assert "run the day again" in caught.value.remedy
    assert caught.value.exit_code == 11


def test_a_run_may_take_its_turn_again_and_another_one_after_it_ended(tmp_path):
    take(tmp_path, "one")
    take(tmp_path, "one")
    turns.give_back(str(tmp_path), DAY, "one")
    take(tmp_path, "two")
    turns.give_back(str(tmp_path), DAY, "one")  # comes late, and takes nothing from the other
    with pytest.raises(RunAtWorkError, match="two"):
        take(tmp_path, "one")


def test_runs_of_two_dags_may_be_called_alike(tmp_path):
    take(tmp_path, "scheduled__2026-01-05T16:00:00+00:00")
    with pytest.raises(RunAtWorkError, match="daily_call_qa"):
        turns.take(str(tmp_path), DAY, run_id="scheduled__2026-01-05T16:00:00+00:00", by="intraday_call_qa")


def test_a_run_that_begins_again_is_at_work_since_then(tmp_path, monkeypatch):
    moments = iter(["first", "ended", "second"])
    monkeypatch.setattr(turns, "_now", lambda: next(moments))
    take(tmp_path, "one")
    take(tmp_path, "one")
    assert turns.last(str(tmp_path), DAY).since == "first"
    turns.give_back(str(tmp_path), DAY, "one")
    take(tmp_path, "one")
    assert turns.last(str(tmp_path), DAY).since == "second"


def test_the_days_that_a_run_has_the_turn_of_are_known(tmp_path):
    assert turns.held_by(str(tmp_path), "one", "daily_call_qa") == []
    days = [date(2026, 1, day) for day in (5, 6, 7, 8)]
    for day, (run, by) in zip(days, [("one", "a"), ("one", "b"), ("two", "a"), ("one", "a")], strict=True):
        turns.take(str(tmp_path), day, run_id=run, by=by)
    turns.give_back(str(tmp_path), days[3], "one")
    assert turns.held_by(str(tmp_path), "one", "a") == [days[0]]


def test_other_days_have_turns_of_their_own(tmp_path):
    take(tmp_path, "one")
    turns.take(str(tmp_path), date(2026, 1, 6), run_id="two", by="daily_call_qa")


def test_a_run_of_airflows_that_ended_without_a_word_has_no_turn(tmp_path):
    take(tmp_path, "lost")
    take(tmp_path, "next", over={"lost"})
    assert turns.last(str(tmp_path), DAY).run_id == "next"


def test_a_process_has_its_turn_until_it_ends_in_whatever_way(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunAtWorkError, match="the other"), turns.held(str(tmp_path), DAY, "mine", "callqa run"):
            pass
        with pytest.raises(RunAtWorkError, match="the other"):
            take(tmp_path, "airflow")
        other.kill()
        other.wait()
        with turns.held(str(tmp_path), DAY, "mine", "callqa run"):
            assert turns.last(str(tmp_path), DAY).run_id == "mine"
            with pytest.raises(RunAtWorkError, match="mine"):
                take(tmp_path, "airflow")
        take(tmp_path, "airflow")


def test_a_process_waits_for_no_run_of_airflows_and_is_told_of_it(tmp_path):
    take(tmp_path, "scheduled__1")
    with (
        pytest.raises(RunAtWorkError, match="scheduled__1") as caught,
        turns.held(str(tmp_path), DAY, "mine", "callqa run"),
    ):
        pass
    assert f"{DAY}.json" in caught.value.remedy


def test_a_process_that_has_not_said_yet_who_it_is_has_the_turn_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "MOMENT", 0.05)
    with turns._process_lock(str(tmp_path), DAY) as lock:
        assert turns._try(lock)
        with (
            pytest.raises(RunAtWorkError, match="another process"),
            turns.held(str(tmp_path), DAY, "mine", "callqa run"),
        ):
            pass


def test_of_many_at_once_one_gets_the_turn(tmp_path):
    got, refused = [], []
    start = threading.Barrier(8)

    def one(name):
        start.wait()
        try:
            take(tmp_path, name)
            got.append(name)
        except RunAtWorkError:
            refused.append(name)

    threads = [threading.Thread(target=one, args=(f"run{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
