"""Recordings that come after their day was published."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import pytest

from callqa import late, pipeline, publish, turns, warehouse
from callqa.errors import SourceError
from tests.late.conftest import DAY, SHORT, heard, ledger, published

pytestmark = pytest.mark.slow

TODAY = DAY + dt.timedelta(days=1)


def look(settings):
    return late.look_at(settings, DAY, TODAY)


def test_a_late_recording_is_found_published_with_its_day_and_nothing_is_heard_twice(fresh_settings, feed, tmp_path):
    settings = fresh_settings
    feed.deliver(*SHORT[:3])
    pipeline.run_day(settings, DAY)
    before = heard(settings)
    assert look(settings).verdict == "same"
    feed.deliver(SHORT[3])
    found = look(settings)
    assert (found.verdict, found.difference.new, found.difference.gone) == ("run", [SHORT[3]], [])
    again = pipeline.run_day(settings, DAY)
    assert published(settings) == sorted(SHORT)
    assert ledger(settings) == [(1, None), (2, None)]
    assert again["published"]
    assert look(settings).verdict == "same"
    after = heard(settings)
    whole = settings.with_folders(lake=str(tmp_path / "whole"))
    pipeline.run_day(whole, DAY)
    assert before < after == heard(whole)


def test_a_whole_day_of_the_demo_differs_in_nothing_from_what_is_published(demo_settings, demo_runs):
    for day in demo_runs:
        found = late.look_at(demo_settings, pipeline.parse_day(day), dt.date(2026, 1, 8))
        assert (found.day.isoformat(), found.verdict, found.difference.told) == (day, "same", [])


def test_a_late_recording_that_is_rejected_again_and_again_is_looked_at_once(settings, feed):
    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    (feed.folder / "broken.wav").write_bytes(b"not a recording")
    assert look(settings).verdict == "run"
    pipeline.run_day(settings, DAY)
    found = look(settings)
    assert (found.verdict, found.difference.changed) == ("same", [])


def test_a_day_that_the_gate_refuses_with_its_late_recording_is_left_alone_until_there_is_something_else(
    settings, feed
):
    strict = settings.with_value("gate.max_rejected_share=0.1")
    feed.deliver(*SHORT[:2])
    pipeline.run_day(strict, DAY)
    (feed.folder / "broken.wav").write_bytes(b"not a recording")
    assert look(strict).verdict == "run"
    assert not pipeline.run_day(strict, DAY)["published"]
    waiting = look(strict)
    assert (waiting.verdict, "waits for a person" in waiting.why) == ("refused", True)
    (entry,) = publish.quarantined(strict.lake.root)
    now = dt.datetime.now(dt.UTC)
    pipeline.decide(strict, entry, publish.Decision(approved=False, by="wang", reason="mend it", at=now))
    same = look(strict)
    assert (same.verdict, "the same recordings" in same.why) == ("refused", True)
    shutil.copy(feed.folder / SHORT[0], feed.folder / "broken.wav")
    assert look(strict).verdict == "run"


def test_recordings_that_are_gone_do_not_shrink_a_day_by_themselves(settings, feed):
    feed.deliver(*SHORT[:3])
    pipeline.run_day(settings, DAY)
    (feed.folder / SHORT[0]).unlink()
    feed.deliver(SHORT[3])
    found = look(settings)
    assert (found.verdict, found.difference.gone, found.difference.new) == ("gone", [SHORT[0]], [SHORT[3]])
    there = late.difference.manifest_of(settings, DAY)
    with pytest.raises(SourceError, match=f"1 published recordings are no longer in the source .{SHORT[0]}"):
        late.refuse_to_shrink(settings, DAY, there)
    said: list[str] = []
    late.refuse_to_shrink(settings, DAY, there, said.append)
    assert "publishes the day without them" in said[0]


def test_a_row_without_its_recording_is_no_reason_until_the_recording_comes(settings, feed):
    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    feed.describe(SHORT[2])
    assert look(settings).verdict == "same"
    pipeline.run_day(settings, DAY)
    assert look(settings).verdict == "same"
    feed.deliver(SHORT[2])
    found = look(settings)
    assert (found.verdict, found.difference.changed) == ("run", [SHORT[2]])


def test_what_is_said_of_a_call_later_is_a_reason_too(settings, feed):
    feed.deliver(*SHORT[:2])
    (feed.folder / "calls.csv").rename(feed.root / "later.csv")
    pipeline.run_day(settings, DAY)
    (feed.root / "later.csv").rename(feed.folder / "calls.csv")
    found = look(settings)
    assert (found.verdict, found.difference.told) == ("run", sorted(SHORT[:2]))
    pipeline.run_day(settings, DAY)
    assert look(settings).verdict == "same"


def test_another_recording_of_the_same_name_is_a_change(settings, feed):
    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    shutil.copy(feed.folder / SHORT[1], feed.folder / SHORT[0])
    assert look(settings).difference.changed == [SHORT[0]]


def test_a_day_of_which_no_run_ever_began_is_not_begun(settings, feed):
    feed.deliver(SHORT[0])
    assert look(settings).verdict == "never_run"


def test_a_day_whose_whole_feed_came_late_is_run(settings, feed):
    with pytest.raises(SourceError, match="holds no recordings"):
        pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[0])
    assert look(settings).verdict == "run"


def test_a_day_that_a_person_rolled_back_stays_as_it_is(settings, feed):
    feed.deliver(SHORT[0])
    pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[1])
    pipeline.run_day(settings, DAY)
    warehouse.roll_back(settings.lake, DAY, 1, by="wang", reason="the wrong recordings")
    found = look(settings)
    assert (found.verdict, "wang" in found.why) == ("decided", True)


def test_a_day_past_its_time_is_not_looked_at(settings, feed):
    feed.deliver(SHORT[0])
    kept = settings.with_value("retention.audio_days=1")
    assert look(kept).verdict == "too_old"


def test_one_day_that_cannot_be_listed_does_not_hide_the_others(settings, feed):
    feed.deliver(SHORT[0])
    pipeline.run_day(settings, DAY)
    other = feed.root / "2026-01-06"
    other.mkdir()
    (other / "calls.csv").write_text("nothing,at,all\n1,2,3\n")
    feed.deliver(SHORT[1])
    found = late.look(settings, late.days_back(DAY, 2), TODAY)
    assert [(day.day.day, day.verdict) for day in found] == [(7, "run"), (6, "unreadable")]


def test_the_same_finding_has_the_same_run_and_another_one_another(settings, feed):
    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[2])
    first = look(settings)
    assert look(settings).run_id == first.run_id
    assert first.run_id.startswith("late__2026-01-07__")
    feed.deliver(SHORT[3])
    assert look(settings).run_id != first.run_id


def test_an_erased_call_whose_recording_still_lies_there_is_not_late(settings, feed):
    from callqa import upkeep

    feed.deliver(*SHORT[:2])
    pipeline.run_day(settings, DAY)
    call = warehouse.query(settings.lake, "select call_id from calls where file_name = ?", [SHORT[0]])[1][0][0]
    upkeep.erase(settings, [(DAY, call)], by="wang", reason="the customer asks")
    found = look(settings)
    assert (found.verdict, found.difference.new) == ("same", [])


def test_a_day_that_a_run_is_at_work_on_is_left_to_it(settings, feed):
    feed.deliver(SHORT[0])
    with turns.held(settings.lake.root, DAY, "scheduled__x", "callqa run"):
        (found,) = late.look(settings, [DAY], TODAY)
    assert (found.verdict, "scheduled__x" in found.why) == ("at_work", True)
    turns.take(settings.lake.root, DAY, run_id="lost", by="daily_call_qa")
    assert late.look(settings, [DAY], TODAY)[0].verdict == "at_work"
    assert late.look(settings, [DAY], TODAY, lambda holder: holder.run_id == "lost")[0].verdict == "run"


def test_looking_changes_nothing(settings, feed):
    feed.deliver(SHORT[0])
    pipeline.run_day(settings, DAY)
    feed.deliver(SHORT[1])
    before = sorted(Path(settings.lake.root).iterdir()), ledger(settings)
    assert dataclasses.is_dataclass(look(settings))
    assert (sorted(Path(settings.lake.root).iterdir()), ledger(settings)) == before
