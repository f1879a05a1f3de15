"""The shipped calls, of which it is known who speaks when."""

from datetime import date

import pytest

from callqa import fetch, prepare, storage
from callqa.contracts import Clip, Prepared
from callqa.fetch.fields import PROBLEMS
from callqa.settings import PrepareSettings, ShardSettings, SourceSettings
from tests.conftest import DEMO_CALLS, DEMO_DAYS


@pytest.fixture(scope="module")
def days(tmp_path_factory) -> tuple[dict, dict]:
    """Prepared rows and clips by day and file."""
    root = tmp_path_factory.mktemp("demo")
    source = SourceSettings(root=str(DEMO_CALLS))
    rows, clips = {}, {}
    for day in DEMO_DAYS:
        run_dir = str(root / day)
        fetched = fetch.run(
            day=date.fromisoformat(day), run_dir=run_dir, source=source, shards=ShardSettings(seconds=180)
        )
        for shard in fetched["shards"]:
            done = prepare.run(shard, run_dir=run_dir, lake=str(root), source=source, settings=PrepareSettings())
            found = storage.read_rows(done["recordings"], Prepared)
            names = {row.call_id: (day, row.file_name) for row in found}
            rows |= {names[row.call_id]: row for row in found}
            for clip in storage.read_rows(done["clips"], Clip):
                clips.setdefault(names[clip.call_id], []).append(clip)
    return rows, clips


def test_every_call_has_the_facts_and_the_reason_that_are_known_of_it(days, ground_truth):
    rows, _ = days
    for truth in ground_truth:
        row = rows[truth["day"], truth["file"]]
        assert (row.reject_reason, row.call_state) == (truth["reject_reason"], truth["call_state"]), truth["file"]
        if not row.reject_reason:
            assert row.duration == pytest.approx(truth["duration"], abs=0.15)
            assert row.channels == truth["channels"]


def test_no_metadata_of_the_demo_are_left_out(days):
    rows, _ = days
    assert [row.file_name for row in rows.values() if PROBLEMS in row.extra] == []


def test_every_turn_is_heard_to_its_ends_in_its_own_channel(days, ground_truth):
    """Of 30 ms at either side, which the voice of a synthesiser fades over, nothing is said."""
    _, clips = days
    for truth in ground_truth:
        for turn in truth["turns"] if not truth["reject_reason"] else []:
            start, end = turn["start"] + 0.03, turn["end"] - 0.03
            own = [c for c in clips[truth["day"], truth["file"]] if c.channel == turn["channel"]]
            covered = sum(max(0.0, min(c.end, end) - max(c.start, start)) for c in own)
            assert covered == pytest.approx(end - start, abs=0.02), (truth["file"], turn)


def test_on_two_channels_a_turn_is_one_clip_and_a_clip_is_one_turn(days, ground_truth):
    _, clips = days
    whole, turns = 0, 0
    for truth in ground_truth:
        if truth["reject_reason"] or truth["channels"] != 2:
            continue
        for turn in truth["turns"]:
            near = [
                c
                for c in clips[truth["day"], truth["file"]]
                if c.channel == turn["channel"] and min(c.end, turn["end"]) - max(c.start, turn["start"]) > 0.1
            ]
            turns += 1
            whole += len(near) == 1 and near[0].end - near[0].start < turn["end"] - turn["start"] + 0.6
    assert turns > 150
    assert whole > 0.97 * turns


def test_music_on_hold_is_sound_and_not_speech(days, ground_truth):
    _, clips = days
    held = [(t, hold) for t in ground_truth for hold in t["holds"]]
    assert held
    for truth, hold in held:
        inside = [
            c
            for c in clips[truth["day"], truth["file"]]
            if c.start >= hold["start"] - 0.1 and c.end <= hold["end"] + 0.3
        ]
        sounds = sum(c.end - c.start for c in inside if c.kind == "sound")
        assert sounds > 0.8 * (hold["end"] - hold["start"])
        assert all(c.end - c.start <= 15 for c in inside)


def test_silent_calls_have_no_clips(days, ground_truth):
    rows, clips = days
    silent = [t for t in ground_truth if t["sound"] == "silence"]
    assert silent
    for truth in silent:
        key = truth["day"], truth["file"]
        assert (rows[key].speech_seconds, clips.get(key, [])) == (0.0, [])


def test_music_alone_is_sound_and_no_speech(days, ground_truth):
    rows, clips = days
    music = [t for t in ground_truth if t["sound"] == "music"]
    assert music
    for truth in music:
        key = truth["day"], truth["file"]
        assert rows[key].speech_seconds == 0.0
        assert {clip.kind for clip in clips[key]} == {"sound"}
        assert sum(clip.end - clip.start for clip in clips[key]) > 0.8 * truth["duration"]
