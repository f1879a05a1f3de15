"""`callqa warehouse erase`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.traces import find
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY


def test_a_call_is_tried_refused_and_erased(callqa, tmp_path, monkeypatch):
    chosen = lakes.settings(tmp_path)
    lakes.publish(chosen, lakes.made(chosen))
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(tmp_path / "source"))
    lake = ("--lake", chosen.lake.root, "--reason", "letter 12", "--by", "li")
    named = ("--call", f"{DAY}/{CALL}")

    code, out, err = callqa("warehouse", "erase", "--call", f"{DAY}/C-88231", *lake)
    assert (code, out) == (2, "")
    assert f"did you mean {CALL}?" in err
    code, _, err = callqa("warehouse", "erase", "--call", CALL, *lake)
    assert (code, "write DAY/ID" in err) == (2, True)

    code, out, _ = callqa("warehouse", "erase", *named, *lake, "--dry-run", "--json")
    tried = json.loads(out)
    assert (code, tried["dry_run"], tried["certificate"]) == (0, True, None)
    assert tried["removed"]["published rows"]["rows"] == 5

    callqa("warehouse", "hold", "add", f"{DAY}/{CALL}", "--matter", "12/26", "--reason", "court", *lake[:2])
    code, _, err = callqa("warehouse", "erase", *named, *lake)
    assert (code, "12/26 (court)" in err) == (10, True)
    callqa("warehouse", "hold", "release", f"{DAY}/{CALL}", "--matter", "12/26", "--reason", "done", *lake[:2])

    code, out, _ = callqa("warehouse", "erase", *named, *lake, "--json")
    done = json.loads(out)
    assert (code, done["complete"], done["by"]) == (0, True, "li")
    assert Path(done["certificate"]).is_file()
    assert find(chosen.lake.root, [CALL, lakes.SAID]) == []

    code, out, _ = callqa("warehouse", "erase", *named, *lake)
    assert code == 0
    assert "Nothing was found." in out


def test_what_is_left_ends_with_1(callqa, tmp_path, monkeypatch):
    chosen = lakes.settings(tmp_path)
    lakes.publish(chosen, lakes.made(chosen))
    monkeypatch.setattr("callqa.upkeep.places.units", lambda *_: {})
    code, out, _ = callqa(
        "warehouse", "erase", "--call", f"{DAY}/{CALL}", "--reason", "x", "--lake", chosen.lake.root
    )  # fmt: skip
    assert code == 1
    assert "NOT COMPLETE" in out
