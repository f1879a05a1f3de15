"""What is past its time, class by class."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

import pytest

from callqa import settings as all_settings
from callqa import storage, upkeep, warehouse
from callqa.errors import CallQAError, SettingsError, StageError
from callqa.rejudge import archive
from callqa.upkeep import columns
from tests.traces import find
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY

SAID = [lakes.SAID, lakes.ANSWER, "我要退款"]


def at(days: int, hour: int = 12) -> dt.datetime:
    """So many days after the business day, in Shanghai at that hour."""
    zone = dt.timezone(dt.timedelta(hours=8))
    return dt.datetime.combine(DAY + dt.timedelta(days=days), dt.time(hour), zone)


def small(tmp_path: Path, **limits: object):
    """One published day with its run long ended, and its source."""
    chosen = lakes.settings(tmp_path, retention={"runs_days": 0, "quarantine_days": 0, **limits})
    day = lakes.made(chosen, others=2)
    lakes.source(chosen, DAY, [call.call_id for call in day.calls])
    lakes.publish(chosen, day)
    return chosen


def states(chosen) -> list[tuple[int, str | None]]:
    return [(row.sequence, row.origin) for row in warehouse.publications(chosen.lake, DAY)]


def count(chosen, sql: str) -> int:
    return warehouse.query(chosen.lake, f"select count(*) from {sql}")[1][0][0]


def sounds(chosen) -> list[str]:
    return [path for path in lakes.listing(Path(chosen.lake.root) / "cache" / "prepare") if path.endswith(".parquet")]


@pytest.mark.parametrize(("days", "hour", "gone"), [(30, 0, False), (30, 23, False), (31, 0, True)])
def test_what_was_said_goes_on_the_first_day_after_its_time(tmp_path, days, hour, gone):
    chosen = small(tmp_path, text_days=30)
    upkeep.retain(chosen, at(days, hour))
    assert bool(states(chosen)[1:]) == gone
    assert (find(chosen.lake.root, SAID) == []) == gone


def test_only_what_was_said_goes(tmp_path):
    chosen = small(tmp_path, text_days=30)
    sql = "select * exclude (text, text_match, text_raw, words) from turns order by all"
    kept = {"turns": sql, "calls": "select * from calls order by all", "events": "select * from events order by all"}
    before = {table: warehouse.query(chosen.lake, sql)[1] for table, sql in kept.items()}
    done = upkeep.retain(chosen, at(40))
    assert {table: warehouse.query(chosen.lake, sql)[1] for table, sql in kept.items()} == before
    assert states(chosen)[-1] == (2, "retention: text")
    assert done.days["text"] == {str(DAY): "what was said in 9 rows went"}
    assert find(Path(chosen.lake.root) / "cache" / "transcribe", SAID) == []
    assert len(sounds(chosen)) == 3


def test_a_day_that_is_done_is_not_published_again(tmp_path):
    chosen = small(tmp_path, text_days=30, findings_days=60)
    upkeep.retain(chosen, at(40))
    again = upkeep.retain(chosen, at(41))
    assert (again.days, again.removed) == ({}, {})
    (Path(chosen.lake.root) / "retention.json").unlink()
    upkeep.retain(chosen, at(42))
    assert [sequence for sequence, _ in states(chosen)] == [1, 2]
    upkeep.retain(chosen, at(61))
    assert states(chosen)[-1] == (3, "retention: findings")
    assert upkeep.retain(chosen, at(90)).days == {}


def test_a_day_that_was_run_again_is_done_again(tmp_path):
    chosen = small(tmp_path, text_days=30)
    upkeep.retain(chosen, at(40))
    lakes.publish(chosen, lakes.made(chosen, others=2), "run-9")
    assert count(chosen, f"turns where {columns.has_text('turns')}") == 6
    upkeep.retain(chosen, at(41))
    assert count(chosen, f"turns where {columns.has_text('turns')}") == 0


def test_all_of_a_day_goes_with_its_reviews(tmp_path):
    chosen = lakes.filled(tmp_path, retention={"findings_days": 30})
    before = warehouse.query(chosen.lake, "select * from calls where call_date <> ? order by all", [DAY])[1]
    upkeep.retain(chosen, at(31))
    for table in ("calls", "turns", "events", "findings", "reviews"):
        assert count(chosen, f"{table} where call_date = '{DAY}'") == 0, table
    assert warehouse.query(chosen.lake, "select * from calls where call_date <> ? order by all", [DAY])[1] == before
    left = find(Path(chosen.lake.root) / "warehouse", [CALL, lakes.SAID, "我要退款"])
    assert {path.split("=")[-1][:10] for path, _ in left if path.startswith("files/")} == {str(lakes.NEXT)}
    assert [needle for _, needle in left if needle in (CALL, lakes.SAID)] == []


def test_held_calls_keep_all_until_the_hold_is_released(tmp_path):
    chosen = small(tmp_path, audio_days=10, text_days=20, findings_days=30)
    hold = {"by": "wang", "reason": "court asks", "matter": "12/26"}
    warehouse.place_hold(chosen.lake, DAY, CALL, **hold)
    upkeep.retain(chosen, at(40))
    assert count(chosen, "calls") == count(chosen, f"calls where call_id = '{CALL}'") == 1
    assert count(chosen, f"turns where {columns.has_text('turns')}") == 2
    assert len(sounds(chosen)) == 1
    assert (Path(chosen.lake.root) / "runs" / f"{DAY}__run-1").is_dir()
    warehouse.release_hold(chosen.lake, DAY, CALL, **hold)
    upkeep.retain(chosen, at(41))
    assert count(chosen, "calls") == 0
    assert find(Path(chosen.lake.root) / "runs", [CALL]) == []


def test_a_day_that_is_held_as_a_whole_is_left_alone(tmp_path):
    chosen = small(tmp_path, audio_days=10, text_days=20, findings_days=30)
    warehouse.place_hold(chosen.lake, DAY, by="wang", reason="court asks", matter="12/26")
    done = upkeep.retain(chosen, at(40))
    assert done.stayed[str(DAY)] == "a hold lies on the whole day"
    assert (done.removed, done.failed, len(states(chosen)), len(sounds(chosen))) == ({}, {}, 1, 3)


def test_sound_goes_from_the_caches_and_the_copies_but_not_from_the_source(tmp_path):
    chosen = small(tmp_path, audio_days=10)
    root = Path(chosen.lake.root)
    for name in (f"{DAY}/old.flac", "2026-03-01_new.wav"):
        (root / "listen" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "listen" / name).write_bytes(b"sound")
    upkeep.retain(chosen, at(11))
    assert sounds(chosen) == []
    assert list(lakes.listing(root / "listen")) == ["2026-03-01_new.wav"]
    assert len(list((Path(chosen.source.root) / str(DAY)).glob("*.wav"))) == 4
    assert count(chosen, f"turns where {columns.has_text('turns')}") == 6


def test_recordings_in_the_source_go_where_the_settings_say_so(tmp_path):
    chosen = small(tmp_path, audio_days=10, recordings="delete")
    warehouse.place_hold(chosen.lake, DAY, "c-000", by="wang", reason="court asks", matter="12/26")
    upkeep.retain(chosen, at(10))
    assert len(list((Path(chosen.source.root) / str(DAY)).glob("*.wav"))) == 4
    upkeep.retain(chosen, at(11))
    assert [path.name for path in (Path(chosen.source.root) / str(DAY)).glob("*.wav")] == ["c-000.wav"]


def test_a_recording_that_a_younger_day_has_too_keeps_its_clips(tmp_path):
    chosen = small(tmp_path, audio_days=10)
    day = lakes.made(chosen, DAY + dt.timedelta(days=9), others=1)
    same = hashlib.sha256(lakes.audio(CALL)).hexdigest()
    assert any(call.sha256 == same for call in day.calls)
    lakes.publish(chosen, day, "run-5")
    upkeep.retain(chosen, at(12))
    assert len(sounds(chosen)) == 2


def test_a_dry_run_changes_nothing_and_says_what_would_go(tmp_path):
    chosen = lakes.filled(tmp_path, retention={"audio_days": 10, "text_days": 20, "findings_days": 30})
    root = Path(chosen.lake.root)
    (root / "upkeep.lock").touch()
    before = lakes.listing(root)
    done = upkeep.retain(chosen, at(60), dry_run=True)
    assert lakes.listing(root) == before
    assert done.days["findings"][str(DAY)] == "21 rows would go"
    assert done.removed["cache"].files


def test_a_day_that_fails_does_not_keep_others_from_theirs(tmp_path, monkeypatch):
    chosen = lakes.filled(tmp_path, retention={"text_days": 20})
    real = warehouse.rewrite_day

    def broken(lake, day, *arguments, **more):
        if day == DAY:
            raise StageError("no space left", remedy="free some")
        return real(lake, day, *arguments, **more)

    monkeypatch.setattr(warehouse, "rewrite_day", broken)
    done = upkeep.retain(chosen, at(60))
    assert done.failed == {f"text of {DAY}": "no space left"}
    assert list(done.days["text"]) == [str(lakes.NEXT)]
    monkeypatch.undo()
    assert list(upkeep.retain(chosen, at(60)).days["text"]) == [str(DAY)]


def test_what_is_left_of_a_killed_retention_is_done_the_next_night(tmp_path, monkeypatch):
    chosen = small(tmp_path, text_days=20)
    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "purge_day", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upkeep.retain(chosen, at(30))
    assert find(Path(chosen.lake.root) / "warehouse", [lakes.SAID])
    upkeep.retain(chosen, at(31))
    assert find(Path(chosen.lake.root) / "warehouse", [lakes.SAID]) == []
    assert len(states(chosen)) == 2


def test_rules_do_not_judge_a_day_of_which_the_text_was_removed(tmp_path):
    chosen = small(tmp_path, text_days=20)
    published = archive.newest(chosen.lake, [DAY])[DAY]
    with archive.opened(chosen.lake, published) as day:
        assert len(day.calls(day.shards()[0])) == 4
    upkeep.retain(chosen, at(30))
    newest = archive.newest(chosen.lake, [DAY])[DAY]
    with archive.opened(chosen.lake, newest) as day, pytest.raises(CallQAError, match="rules cannot judge it again"):
        day.calls(day.shards()[0])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"audio_days": 9, "text_days": 5}, "audio_days = 9 is longer than text_days = 5"),
        ({"text_days": 9, "findings_days": 5}, "text_days = 9 is longer than findings_days = 5"),
        ({"audio_days": 9, "findings_days": 5}, "audio_days = 9 is longer than findings_days = 5"),
        ({"audio_days": -1}, "audio_days"),
    ],
)
def test_what_says_more_may_not_be_kept_longer(limits, words):
    with pytest.raises(SettingsError, match=words):
        all_settings.load(environ={f"CALLQA_RETENTION__{key.upper()}": str(value) for key, value in limits.items()})


def test_the_grace_for_orphans_is_longer_than_a_day():
    with pytest.raises(SettingsError, match="orphan_grace_hours"):
        all_settings.load(environ={"CALLQA_UPKEEP__ORPHAN_GRACE_HOURS": "20"})


def test_the_state_is_of_the_publication_that_was_looked_at(tmp_path):
    chosen = small(tmp_path, audio_days=10, text_days=20)
    upkeep.retain(chosen, at(30))
    state = storage.read_json(Path(chosen.lake.root) / "retention.json")
    assert state == {str(DAY): {"audio": [2, []], "text": [2, []]}}
    assert dataclasses.asdict(upkeep.retain(chosen, at(31)))["days"] == {}


def test_samples_of_days_that_are_gone_go_and_held_ones_stay(tmp_path):
    chosen = small(tmp_path, findings_days=60)
    root, far = Path(chosen.lake.root), DAY + dt.timedelta(days=30)
    old = lakes.sample(root, "0" * 16, name="old", last=DAY)
    young = lakes.sample(root, "1" * 16, name="young", last=far)
    (old.parent / "2.json").write_text("no sample", encoding="utf-8")
    warehouse.place_hold(chosen.lake, DAY, CALL, by="li", reason="court", matter="1")
    upkeep.retain(chosen, at(61))
    assert old.exists(), "a hold lies on a call of its days"
    warehouse.release_hold(chosen.lake, DAY, CALL, by="li", reason="settled", matter="1")
    assert upkeep.retain(chosen, at(61), dry_run=True).removed["samples to review"].files == 1
    assert upkeep.retain(chosen, at(61)).removed["samples to review"].files == 1
    assert (old.exists(), young.exists()) == (False, True)
