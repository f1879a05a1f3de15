from __future__ import annotations

import dataclasses

import pytest

from callqa import warehouse
from callqa.errors import UsageError
from callqa.settings import LakeSettings
from callqa.warehouse.difference import TableDifference
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def changed_day() -> rows.Day:
    """The clean day with one call gone, one new and one changed, and findings and a turn that differ."""
    day = rows.clean()
    calls = [c for c in day.calls if c.call_id != "c-000"]
    calls = [dataclasses.replace(c, score=10.0, flags=["risk"]) if c.call_id == "c-001" else c for c in calls]
    findings = [f for f in day.findings if f.call_id != "c-000"]
    return dataclasses.replace(
        day,
        calls=[*calls, rows.call("c-100")],
        turns=[dataclasses.replace(t, text="不要。") if (t.call_id, t.turn) == ("c-002", 1) else t for t in day.turns],
        findings=[*findings, rows.finding("c-001", "NEW"), rows.finding("c-003", "NEW", score=-1.0)],
    )


def test_rows_are_told_as_added_removed_and_changed_with_the_columns_that_differ(lake, tmp_path):
    publish(lake, rows.clean(), tmp_path, run="r1")
    publish(lake, changed_day(), tmp_path, run="r2")
    found = warehouse.compare(lake, rows.DAY)
    assert (found.first.run_id, found.second.run_id) == ("r1", "r2")
    assert found.tables == {
        "calls": TableDifference(
            added=1,
            removed=1,
            changed=1,
            columns={"score": 1, "flags": 1},
            samples={
                "added": [{"call_id": "c-100"}],
                "removed": [{"call_id": "c-000"}],
                "changed": [{"call_id": "c-001", "columns": ["score", "flags"]}],
            },
        ),
        "turns": TableDifference(
            changed=1,
            columns={"text": 1},
            samples={"changed": [{"call_id": "c-002", "turn": 1, "columns": ["text"]}]},
        ),
        "events": TableDifference(),
        "findings": TableDifference(
            added=2,
            removed=1,
            samples={
                "added": [{"call_id": "c-001", "rule": "NEW"}, {"call_id": "c-003", "rule": "NEW"}],
                "removed": [{"call_id": "c-000", "rule": "HR01"}],
            },
        ),
    }


def test_the_other_way_round_what_was_added_is_removed(lake, tmp_path):
    publish(lake, rows.clean(), tmp_path, run="r1")
    publish(lake, changed_day(), tmp_path, run="r2")
    back = warehouse.compare(lake, rows.DAY, 2, 1).tables
    assert (back["findings"].added, back["findings"].removed) == (1, 2)
    assert back["calls"].samples["added"] == [{"call_id": "c-000"}]


def test_rows_of_one_name_are_compared_one_by_one(lake, tmp_path):
    day = rows.clean()
    publish(lake, dataclasses.replace(day, events=day.events * 2), tmp_path, run="r1")
    publish(lake, dataclasses.replace(day, events=day.events * 3), tmp_path, run="r2")
    events = warehouse.compare(lake, rows.DAY).tables["events"]
    assert (events.added, events.removed, events.changed) == (4, 0, 0)


def test_more_rows_than_are_named_are_counted(lake, tmp_path):
    publish(lake, rows.clean(calls=12, marker="A"), tmp_path, run="r1")
    publish(lake, rows.clean(calls=12, marker="B"), tmp_path, run="r2")
    turns = warehouse.compare(lake, rows.DAY).tables["turns"]
    assert (turns.changed, turns.columns, len(turns.samples["changed"])) == (24, {"text": 24}, 5)


def test_an_empty_day_against_a_full_one(lake, tmp_path):
    publish(lake, rows.empty(), tmp_path, run="r1")
    publish(lake, rows.clean(), tmp_path, run="r2")
    found = warehouse.compare(lake, rows.DAY).tables
    assert {name: (one.added, one.removed) for name, one in found.items()} == {
        "calls": (5, 0),
        "turns": (8, 0),
        "events": (4, 0),
        "findings": (4, 0),
    }


def test_publications_that_are_not_there_are_named_with_those_that_are(lake, tmp_path):
    with pytest.raises(UsageError, match="has no publication 0"):
        warehouse.compare(lake, rows.DAY)
    publish(lake, rows.clean(), tmp_path, run="r1")
    with pytest.raises(UsageError, match="2026-01-05 has no publication 7") as caught:
        warehouse.compare(lake, rows.DAY, 1, 7)
    assert caught.value.remedy == "it has 1"
