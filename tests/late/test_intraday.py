"""A day that is published while it goes on."""

from __future__ import annotations

import datetime as dt
import os
import time

import pytest

from callqa import intraday, late, pipeline, storage, warehouse
from callqa.contracts import INCOMPLETE, Recording
from callqa.errors import RunAtWorkError, SourceError
from tests.late.conftest import DAY, SHORT, heard, ledger, published

pytestmark = pytest.mark.slow

NOON = dt.datetime(2026, 1, 7, 4, tzinfo=dt.UTC)


def go(settings, name: str, now: dt.datetime = NOON):
    return intraday.publish_new(settings, DAY, name, now)


def rows(settings, table: str) -> list[tuple]:
    return warehouse.query(settings.lake, f"select * from {table} where call_date = DATE '{DAY}' order by all")


def test_a_day_grows_in_steps_each_marked_as_incomplete_and_ends_as_the_whole_run_has_it(settings, feed, tmp_path):
    for step, name in enumerate(SHORT, start=1):
        feed.deliver(name)
        result = go(settings, f"step{step}", NOON + dt.timedelta(minutes=15 * step))
        assert (result["published"], result["recordings"]) == (True, step)
    assert ledger(settings) == [
        (n, f"{INCOMPLETE}, incomplete: recordings until {12 + n // 4}:{n % 4 * 15:02}") for n in (1, 2, 3, 4)
    ]
    night = pipeline.run_day(settings, DAY)
    assert ledger(settings)[-1] == (5, None)  # the same rows, and now the whole day
    assert not night["outcome"]["unchanged"]
    whole = settings.with_folders(lake=str(tmp_path / "whole"))
    pipeline.run_day(whole, DAY)  # in a lake that never heard any of it
    assert heard(settings) <= heard(whole)
    for table in ("calls", "turns", "events", "findings"):
        assert rows(settings, table) == rows(whole, table)


def test_only_what_is_new_is_worked_on_wherever_its_name_falls(settings, feed):
    feed.deliver(*SHORT[:2])
    first = intraday.begin(settings, DAY, "one", NOON)
    assert first["fresh"] == first["shards"]
    go(settings, "two")
    feed.deliver(SHORT[2])  # the first of the day by name
    then = intraday.begin(settings, DAY, "three", NOON)
    assert then["shards"] == [*first["shards"], *then["fresh"]]
    (fresh,) = then["fresh"]
    assert [row.file_name for row in storage.read_rows(fresh, Recording)] == [SHORT[2]]
    assert then["run_dir"] == first["run_dir"]


def test_a_recording_that_is_delivered_again_is_heard_again_and_not_twice_in_the_day(settings, feed):
    feed.deliver(*SHORT[:2])
    go(settings, "one")
    (feed.folder / SHORT[0]).write_bytes((feed.folder / SHORT[1]).read_bytes())
    os.utime(feed.folder / SHORT[0], (1_700_000_001, 1_700_000_001))
    assert go(settings, "two")["recordings"] == 2
    digests = warehouse.query(settings.lake, "select count(*), count(distinct sha256) from calls")[1]
    assert digests == [(2, 1)]


def test_where_nothing_is_new_nothing_is_done(settings, feed):
    feed.deliver(SHORT[0])
    go(settings, "one")
    again = go(settings, "two")
    assert (again["published"], again["nothing"]) == (False, "nothing new")
    assert len(ledger(settings)) == 1


def test_a_day_without_any_recording_yet_is_no_error(settings, feed):
    assert go(settings, "early")["nothing"] == "nothing new"


def test_what_is_still_written_is_left_for_the_next_look(settings, feed):
    feed.deliver(*SHORT[:2])
    now = time.time()
    os.utime(feed.folder / SHORT[1], (now, now))
    assert go(settings, "one")["recordings"] == 1
    os.utime(feed.folder / SHORT[1], (now - 60, now - 60))
    assert go(settings, "two")["recordings"] == 2
    assert published(settings) == sorted(SHORT[:2])


def test_what_the_gate_refuses_is_not_tried_again_before_something_changes(settings, feed):
    strict = settings.with_value("gate.max_rejected_share=0.1")
    feed.deliver(SHORT[0])
    go(strict, "one")
    (feed.folder / "broken.wav").write_bytes(b"not a recording")
    os.utime(feed.folder / "broken.wav", (1_700_000_000, 1_700_000_000))
    assert go(strict, "two")["gate"] == "refused"
    assert "refused" in go(strict, "three")["nothing"]
    assert published(strict) == [SHORT[0]]
    assert len(list(os.scandir(f"{strict.lake.root}/quarantine/{DAY}"))) == 1


def test_a_morning_is_not_refused_for_its_few_calls(settings, feed):
    """The gate's comparison of volume with history is the one check that a part of a day cannot pass."""
    feed.deliver(SHORT[0])
    run = intraday.begin(settings.with_value('gate.drift="refuse"'), DAY, "one", NOON)
    exported = intraday.export(settings, run)
    gated = intraday.gate(settings.with_value('gate.drift="refuse"'), run, exported)
    assert gated["passed"]


def test_a_recording_that_goes_while_the_day_is_listed_is_not_lost_to_readers(settings, feed, monkeypatch):
    feed.deliver(SHORT[0])
    go(settings, "one")
    feed.deliver(SHORT[1])
    look_at = late.look_at

    def then_one_goes(*given):
        found = look_at(*given)
        (feed.folder / SHORT[0]).unlink()
        return found

    monkeypatch.setattr(late, "look_at", then_one_goes)
    with pytest.raises(SourceError, match="no longer in the source"):
        go(settings, "two")
    assert published(settings) == [SHORT[0]]


def test_a_look_while_the_day_is_run_is_refused_with_the_reason(settings, feed):
    from callqa import turns

    feed.deliver(SHORT[0])
    with turns.held(settings.lake.root, DAY, "nightly", "callqa run"), pytest.raises(RunAtWorkError, match="nightly"):
        go(settings, "look")
    assert ledger(settings) == []
