"""`callqa warehouse backup` and `restore`."""

from __future__ import annotations

import json
import shutil

from tests.upkeep import lakes


def test_a_lake_is_copied_and_put_back(callqa, tmp_path):
    chosen = lakes.settings(tmp_path)
    lakes.publish(chosen, lakes.made(chosen, others=1))
    lake, kept = chosen.lake.root, tmp_path / "backup"
    code, out, _ = callqa("warehouse", "backup", kept, "--lake", lake)
    assert code == 0
    assert out.startswith(f"copied {lake} into {kept}: ")
    code, _, err = callqa("warehouse", "restore", kept, "--lake", lake)
    assert code == 2
    assert "is not empty" in err
    shutil.rmtree(lake)
    code, out, _ = callqa("warehouse", "restore", kept, "--lake", lake, "--json")
    told = json.loads(out)
    assert (code, told["root"]) == (0, lake)
    assert told["files"] > 10
    rows = json.loads(callqa("query", "select count(*) as n from calls", "--lake", lake, "--json")[1])
    assert rows == [{"n": 3}]


def test_what_is_no_backup_is_named(callqa, tmp_path):
    code, _, err = callqa("warehouse", "restore", tmp_path / "none", "--lake", tmp_path / "lake")
    assert code == 2
    assert "is no whole backup: it has no BACKUP.json" in " ".join(err.split())
