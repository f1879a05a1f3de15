"""What nobody needs any more."""

from __future__ import annotations

import dataclasses
import datetime as dt
import fcntl
import os
from pathlib import Path

import pytest

from callqa import storage, upkeep, warehouse
from callqa.contracts import Measure
from callqa.upkeep import runs
from tests.upkeep import lakes
from tests.upkeep.lakes import DAY, LONG_AGO, NOW

LIMITS = {"runs_days": 30, "quarantine_days": 90, "cache_days": 60}


def ago(days: float) -> float:
    return (NOW - dt.timedelta(days=days)).timestamp()


def lake(tmp_path: Path, **limits: int):
    chosen = lakes.settings(tmp_path, retention={**LIMITS, **limits})
    lakes.publish(chosen, lakes.made(chosen, others=1), "published")
    return chosen


def folder(chosen, run_id: str) -> Path:
    return Path(chosen.lake.root) / "runs" / f"{DAY}__{run_id}"


def state_of(chosen, run_id: str, now: dt.datetime = NOW) -> str:
    return next(run.state for run in runs.runs(chosen, now) if run.path == folder(chosen, run_id))


def test_finished_runs_go_when_their_last_change_is_too_long_ago(tmp_path):
    chosen = lake(tmp_path)
    lakes.age(folder(chosen, "published"), ago(29.9))
    assert upkeep.tidy(chosen, NOW).removed == {}
    lakes.age(folder(chosen, "published"), ago(30.1))
    assert upkeep.tidy(chosen, NOW, dry_run=True).removed["runs"].files
    assert folder(chosen, "published").is_dir()
    assert upkeep.tidy(chosen, NOW).removed["runs"].files
    assert not folder(chosen, "published").exists()
    assert warehouse.query(chosen.lake, "select count(*) from calls")[1] == [(3,)]


def test_nothing_is_kept_for_ever_means_for_ever(tmp_path):
    chosen = lake(tmp_path, runs_days=0, cache_days=0)
    lakes.age(Path(chosen.lake.root) / "runs")
    lakes.age(Path(chosen.lake.root) / "cache")
    assert upkeep.tidy(chosen, NOW).removed == {}


def test_a_run_is_at_work_until_it_ends_or_is_quiet_for_hours(tmp_path):
    chosen = lake(tmp_path)
    lakes.run(chosen, lakes.made(chosen, others=0), "begun")
    lakes.age(folder(chosen, "begun"), ago(0.1))
    assert state_of(chosen, "begun") == "at work"
    storage.write_json(folder(chosen, "begun") / "outcome.json", {})
    assert state_of(chosen, "begun") == "finished"
    os.utime(folder(chosen, "begun") / "outcome.json", (ago(0.12), ago(0.12)))
    assert state_of(chosen, "begun") == "at work", "it was begun again after its end"
    assert state_of(chosen, "begun", NOW + dt.timedelta(hours=3)) == "finished"
    assert state_of(chosen, "published") == "finished"


def test_a_refused_day_waits_for_as_long_as_somebody_may_decide(tmp_path):
    chosen = lake(tmp_path, quarantine_days=1).with_value("gate.decision_hours=48")
    put = lakes.refused(chosen, lakes.made(chosen, others=0), "refused", ago(1.9))
    assert upkeep.tidy(chosen, NOW).stayed == {
        f"quarantine/{DAY}/refused": f"refused at {NOW - dt.timedelta(days=1.9):%Y-%m-%d %H:%M} UTC, nobody has decided"
    }
    assert state_of(chosen, "refused") == "waits"
    later = NOW + dt.timedelta(hours=4)
    assert upkeep.tidy(chosen, later).removed["quarantine"].files
    assert not put.exists()
    assert state_of(chosen, "refused", later) == "finished"


def test_a_decided_day_waits_for_nobody(tmp_path):
    chosen = lake(tmp_path)
    put = lakes.refused(chosen, lakes.made(chosen, others=0), "refused", ago(0.5))
    decided = {"approved": False, "by": "li", "reason": "no", "at": NOW.isoformat()}
    storage.write_json(put / "decision.json", decided)
    assert [run.state for run in runs.quarantined(chosen, NOW)] == ["finished"]


def test_entries_go_when_nobody_used_them(tmp_path):
    chosen = lake(tmp_path)
    cache = storage.Cache(chosen.lake.root, "profile")
    for key in ("used", "unused"):
        cache.put_rows(key * 3, Measure, [])
    root = Path(chosen.lake.root) / "cache"
    lakes.age(root, ago(61))
    assert cache.rows("used" * 3, Measure) == []
    assert upkeep.tidy(chosen, NOW).removed["cache"].files == 1 + 3 * 2
    assert list(lakes.listing(root)) == [f"profile/us/{'used' * 3}.parquet"]


def test_an_entry_in_two_files_is_used_when_one_is(tmp_path):
    chosen = lake(tmp_path)
    root = Path(chosen.lake.root) / "cache"
    lakes.age(root, ago(61))
    sample = sorted((root / "prepare").glob("*/*.json"))[0]
    os.utime(sample)
    upkeep.tidy(chosen, NOW)
    assert {path.rpartition(".")[0] for path in lakes.listing(root / "prepare")} == {
        f"{sample.parent.name}/{sample.stem}"
    }
    assert len(lakes.listing(root / "prepare")) == 2


def test_what_a_hold_lies_on_stays(tmp_path):
    chosen = lake(tmp_path)
    warehouse.place_hold(chosen.lake, DAY, lakes.CALL, by="wang", reason="court", matter="1")
    lakes.age(folder(chosen, "published"), ago(99))
    lakes.age(Path(chosen.lake.root) / "cache", ago(99))
    done = upkeep.tidy(chosen, NOW)
    assert done.stayed == {f"runs/{DAY}__published": "a hold lies on its day"}
    assert len(lakes.listing(Path(chosen.lake.root) / "cache")) == 3


def test_what_was_tried_goes_an_hour_later_and_at_once_when_its_server_has_ended(tmp_path):
    chosen = lake(tmp_path, runs_days=0, cache_days=0)
    root = Path(chosen.lake.root)
    begun = [(NOW - dt.timedelta(seconds=s)).timestamp() for s in (3601, 3599)]
    old, young = (lakes.tried(root, name * 32, b"x", {"begun": at}) for name, at in zip("ab", begun, strict=True))
    half = old.parent / ("c" * 32)
    half.mkdir()
    with (old.parent / "alive").open("w") as server:
        fcntl.flock(server, fcntl.LOCK_EX)
        os.utime(half, (begun[0], begun[0]))
        assert upkeep.tidy(chosen, NOW, dry_run=True).removed["tries"].files == 2
        assert upkeep.tidy(chosen, NOW).removed["tries"].files == 2
        assert [path.exists() for path in (old, young)] == [False, True]
    assert upkeep.tidy(chosen, NOW).removed["tries"].files == 3
    assert [path.name for path in (root / "tries").iterdir()] == ["locks"]
    assert upkeep.tidy(chosen, NOW).removed == {}


def test_temporary_files_of_killed_writers_go_and_those_of_living_ones_stay(tmp_path):
    chosen = lake(tmp_path, runs_days=0, cache_days=0)
    root = Path(chosen.lake.root)
    names = ("runs/.a.parquet.tmp-1", "cache/prepare/ab/.b.tmp-2", "cache/.c.tmp-3", "quarantine/.d.tmp-4/half.parquet")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("half")
        os.utime(root / name, (LONG_AGO, LONG_AGO))
    os.utime(root / names[1], (ago(1.9), ago(1.9)))
    with (root / names[2]).open() as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert upkeep.tidy(chosen, NOW).removed["temporary files"].files == 2
    assert [(root / name).exists() for name in names] == [False, True, True, False]


@pytest.mark.parametrize("name", ["inspect__ab", "evaluate__cd"])
def test_runs_outside_any_day_end_with_their_judgement(tmp_path, name):
    chosen = lake(tmp_path)
    place = Path(chosen.lake.root) / "runs" / name
    storage.write_json(place / "fetch" / "result.json", {})
    lakes.age(place, ago(0.01))
    assert [run.state for run in runs.runs(chosen, NOW) if run.path == place] == ["at work"]
    storage.write_json(place / "judge" / "shard-000.json", {})
    lakes.age(place, ago(0.01))
    assert [run.state for run in runs.runs(chosen, NOW) if run.path == place] == ["finished"]


def test_a_run_that_found_what_was_published_before_has_ended(tmp_path):
    chosen = lake(tmp_path)
    exported = lakes.run(chosen, lakes.made(chosen, others=1), "again")
    digests = {table: storage.file_digest(exported[table]) for table in ("calls", "turns", "events", "findings")}
    lakes.age(folder(chosen, "again"), ago(0.01))
    assert state_of(chosen, "again") == "at work"
    storage.write_json(folder(chosen, "again") / "gate" / "audit.json", {"files": digests})
    assert state_of(chosen, "again") == "finished"


def test_the_night_does_every_step_though_one_fails(tmp_path, monkeypatch):
    chosen = lake(tmp_path)
    lakes.age(folder(chosen, "published"), ago(99))

    def broken(*_, **__):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(warehouse, "expire", broken)
    done = upkeep.run(chosen, NOW)
    assert done["failed"] == ["expire"]
    assert done["expire"]["error"] == "RuntimeError: out of luck"
    assert done["tidy"]["removed"]["runs"]["files"]
    assert done["sweep"]["files"] == 0
    assert dataclasses.asdict(upkeep.tidy(chosen, NOW))["removed"] == {}
