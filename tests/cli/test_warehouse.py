"""`callqa warehouse status|history|diff|rollback` over days that are published without the gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A day published as A, then as B."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(marker="B", calls=3), tmp_path, run="r2")
    return settings


@pytest.fixture
def asked(callqa, lake):
    """The object that a command of the group prints."""

    def ask(*arguments: str) -> object:
        code, out, _ = callqa("warehouse", *arguments, "--lake", lake.root, "--json")
        assert code == 0, out
        return json.loads(out)

    return ask


def test_status_as_json_and_for_people(callqa, asked, lake):
    found = asked("status")
    assert [(day["newest"]["sequence"], day["differing"]) for day in found["days"]] == [(2, [])]
    assert found["unnamed"] == 0
    assert asked("status", "--quick")["unnamed"] is None
    code, out, _ = callqa("warehouse", "status", "--lake", lake.root)
    assert code == 0
    assert "2026-01-05" in out
    assert "as published" in out


def test_history_lists_every_publication(callqa, asked, lake):
    assert [(p["sequence"], p["run_id"], p["newest"], p["readable"]) for p in asked("history", "2026-01-05")] == [
        (1, "r1", False, True),
        (2, "r2", True, True),
    ]
    assert asked("history", "2026-02-01") == []
    _, out, err = callqa("warehouse", "history", "--lake", lake.root)
    assert "2026-01-05 publication 2 (what readers see)" in out
    assert "2 publication(s)" in err


def test_diff_counts_and_names_what_changed(callqa, asked, lake):
    found = asked("diff", "2026-01-05")
    assert {name: (t["added"], t["removed"], t["changed"]) for name, t in found["tables"].items()}["calls"] == (0, 1, 3)
    assert found["tables"]["calls"]["columns"] == {"queue": 3}
    _, out, _ = callqa("warehouse", "diff", "2026-01-05", "--from", "1", "--to", "2", "--lake", lake.root)
    assert "from publication 1 to 2" in out
    assert "c-000: queue" in out


def test_rollback_restores_the_rows_and_the_flat_file_and_is_told_in_the_history(callqa, asked, lake):
    flat = Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json"
    was = warehouse.query(lake, "select count(*) from calls")[1]
    first = json.loads(flat.read_text())
    made = asked("rollback", "2026-01-05", "--to", "1", "--reason", "[wrong] rules", "--by", "wang")
    assert (made["sequence"], made["unchanged"], made["origin"]) == (3, False, "rollback to sequence 1")
    assert was == [(4,)]
    assert warehouse.query(lake, "select count(*) from calls")[1] == [(5,)]
    assert len(json.loads(flat.read_text())) == len(first) + 1 == 4
    _, out, _ = callqa("warehouse", "history", "2026-01-05", "--lake", lake.root)
    assert "rollback to sequence 1\n  by wang: [wrong] rules" in out
    _, out, _ = callqa("warehouse", "rollback", "2026-01-05", "--to", "3", "--reason", "x", "--lake", lake.root)
    assert "has the rows of publication 3 already" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["diff", "2026-01-05", "--from", "1", "--to", "9"], "has no publication 9"),
        (["rollback", "2026-01-05", "--to", "9", "--reason", "x"], "has no publication 9"),
        (["rollback", "2026-01-05", "--to", "1", "--reason", " "], "without a name or a reason"),
        (["rollback", "2026-01-05", "--to", "1"], "--reason"),
        (["history", "yesterday"], "is not a date"),
    ],
)
def test_wrong_usage_ends_with_code_2(callqa, lake, arguments, words):
    code, out, err = callqa("warehouse", *arguments, "--lake", lake.root)
    assert code == 2
    assert words in out + err
    assert warehouse.latest_sequence(lake, rows.DAY) == 2
