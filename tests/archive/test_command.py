from __future__ import annotations

import datetime as dt
import json
import shlex

import pytest

from callqa.archive import Span, bounds, commands, conf

SPAN = Span(dt.date(2026, 3, 1), dt.date(2026, 11, 5))


def test_the_backfills_dates_are_the_centres_midnights_and_say_so():
    first, last = bounds(SPAN, "Asia/Shanghai")
    assert first.isoformat() == "2026-03-01T00:00:00+08:00"
    assert last.isoformat() == "2026-11-05T00:00:00+08:00"


def test_each_date_has_the_offset_of_its_own_season():
    first, last = bounds(Span(dt.date(2026, 3, 1), dt.date(2026, 7, 1)), "America/New_York")
    assert (first.isoformat(), last.isoformat()) == ("2026-03-01T00:00:00-05:00", "2026-07-01T00:00:00-04:00")


def test_the_commands_can_be_given_to_a_shell():
    made = commands(SPAN, "Asia/Shanghai", 2, conf(lake="/srv/a lake", notify=True))
    start = shlex.split(made["backfill"])
    assert start[:5] == ["airflow", "backfill", "create", "--dag-id", "daily_call_qa"]
    assert start[start.index("--from-date") + 1] == "2026-03-01T00:00+08:00"
    assert start[start.index("--max-active-runs") + 1] == "2"
    assert json.loads(start[start.index("--dag-run-conf") + 1]) == {"lake": "/srv/a lake", "notify": True}
    report = shlex.split(made["report"])
    assert report[:4] == ["airflow", "dags", "trigger", "archive_report"]
    assert json.loads(report[-1]) == {"from": "2026-03-01", "to": "2026-11-05", "lake": "/srv/a lake"}


def test_nobody_is_told_and_nothing_is_done_again_unless_asked():
    assert conf() == {}
    assert "--dag-run-conf" not in commands(SPAN, "Asia/Shanghai", 2, conf())["backfill"]


@pytest.mark.parametrize("name", ["source", "lake", "notify", "again"])
def test_a_run_is_given_what_was_asked_for(name):
    assert conf(**{name: "x"}) == {name: "x"}
