"""`callqa late`, `callqa intraday`, and two runs of a day at once, on the command line."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import pytest

from callqa import intraday, late, turns
from callqa.errors import RunAtWorkError
from callqa.settings import Settings
from tests.conftest import DEMO_CALLS

DAY = "2026-01-07"
SHORT = "100500-c5.wav"


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source" / DAY).mkdir(parents=True)
    shutil.copy(DEMO_CALLS / DAY / SHORT, tmp_path / "source" / DAY / SHORT)
    return tmp_path / "source"


def test_late_days_are_listed_with_what_is_to_be_done(callqa, source, tmp_path):
    args = ("late", "--date", DAY, "--source", source, "--lake", tmp_path / "lake")
    code, out, _ = callqa(*args, "--json")
    assert code == 0
    (found,) = json.loads(out)
    assert (found["day"], found["verdict"], found["new"]) == (DAY, "never_run", [SHORT])
    assert "never_run" in callqa(*args)[1]


def test_the_last_days_are_those_before_today(callqa, source, tmp_path):
    found = json.loads(callqa("late", "--days", "2", "--source", source, "--lake", tmp_path / "lake", "--json")[1])
    today = intraday.today(Settings())
    assert [day["day"] for day in found] == [str(today - dt.timedelta(days=n)) for n in (1, 2)]
    assert {day["verdict"] for day in found} == {"same"}


def test_a_source_that_is_not_there_is_said(callqa, tmp_path):
    code, out, _ = callqa("late", "--date", DAY, "--source", tmp_path / "none", "--lake", tmp_path / "lake", "--json")
    assert (code, json.loads(out)[0]["verdict"]) == (0, "unreadable")


def test_a_second_run_of_a_day_is_refused_with_the_reason_and_an_exit_code(callqa, source, tmp_path):
    lake = tmp_path / "lake"
    with turns.held(str(lake), dt.date(2026, 1, 7), "scheduled__x", "callqa run"):
        for command in ("run", "intraday"):
            code, out, _ = callqa(command, "--date", DAY, "--source", source, "--lake", lake, "--json")
            said = json.loads(out)
            assert (code, said["exit_code"]) == (11, 11)
            assert "run scheduled__x (callqa run) is at work on it since" in said["error"]


def test_a_day_that_another_run_takes_meanwhile_is_left_alone_and_the_others_go_on(
    callqa, source, tmp_path, monkeypatch
):
    days = [dt.date(2026, 1, 6), dt.date(2026, 1, 7)]
    found = [late.LateDay(day=day, verdict="run", why="1 new") for day in days]

    def run_day(_settings, day):
        if day == days[0]:
            raise RunAtWorkError(f"{day}: run x is at work on it", remedy="wait")
        return {"published": True, "outcome": {"sequence": 2}}

    monkeypatch.setattr("callqa.late.look", lambda *_given: found)
    monkeypatch.setattr("callqa.pipeline.run_day", run_day)
    args = ("late", "--run", "--source", source, "--lake", tmp_path / "lake")
    code, out, _ = callqa(*args, "--json")
    assert code == RunAtWorkError.exit_code
    assert [one.get("sequence") for one in json.loads(out)] == [None, 2]
    assert "left alone: 2026-01-06: run x is at work on it" in " ".join(callqa(*args)[1].split())


def test_nothing_new_is_no_failure(callqa, source, tmp_path):
    code, out, _ = callqa("intraday", "--date", "2026-01-01", "--source", source, "--lake", tmp_path / "lake")
    assert (code, out) == (0, "2026-01-01: nothing new\n")


def test_doctor_looks_at_a_source_that_is_no_folder_of_days(callqa, source, monkeypatch):
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(source))
    monkeypatch.setenv("CALLQA_SOURCE__LAYOUT", "{day:%Y%m%d}")

    def source_check() -> dict:
        return next(check for check in json.loads(callqa("doctor", "--json")[1]) if check["name"] == "source")

    yesterday = intraday.today(Settings()) - dt.timedelta(days=1)
    assert source_check()["state"] == "warning"
    assert f"0 recording(s) of {yesterday}" in source_check()["found"]
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", "nonsense://bucket")
    assert source_check()["state"] == "failed"
