"""`callqa warehouse upkeep`."""

from __future__ import annotations

import json
from pathlib import Path

from callqa import warehouse
from callqa.errors import StageError
from tests.upkeep import lakes


def test_what_would_go_is_shown_and_then_goes(callqa, tmp_path, monkeypatch):
    chosen = lakes.settings(tmp_path)
    lakes.publish(chosen, lakes.made(chosen))
    root = Path(chosen.lake.root)
    lakes.age(root / "runs")
    monkeypatch.setenv("CALLQA_RETENTION__TEXT_DAYS", "30")
    code, out, _ = callqa("warehouse", "upkeep", "--dry-run", "--lake", root)
    assert code == 0
    assert "would go" in out
    assert f"text of {lakes.DAY}" in out
    assert (root / "runs" / f"{lakes.DAY}__run-1").is_dir()
    code, out, _ = callqa("warehouse", "upkeep", "--lake", root, "--json")
    done = json.loads(out)
    assert (code, done["failed"], done["dry_run"]) == (0, [], False)
    assert done["retain"]["days"]["text"] == {str(lakes.DAY): "what was said in 12 rows went"}
    assert not (root / "runs" / f"{lakes.DAY}__run-1").exists()
    assert warehouse.query(chosen.lake, "select count(*) from turns where text <> ''")[1] == [(0,)]


def test_a_step_that_fails_ends_with_1(callqa, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise StageError("out of luck", remedy="try again")

    monkeypatch.setattr("callqa.warehouse.sweep", broken)
    code, out, _ = callqa("warehouse", "upkeep", "--lake", tmp_path / "lake")
    assert code == 1
    assert "sweep: out of luck; try again" in out


def test_a_lake_in_which_nothing_is_needs_no_upkeep(callqa, tmp_path):
    code, out, _ = callqa("warehouse", "upkeep", "--lake", tmp_path / "lake", "--json")
    assert code == 0
    assert json.loads(out)["sweep"]["files"] == 0
