"""`callqa scores` over a published warehouse."""

import dataclasses
import json
from datetime import date

import pytest

from callqa.contracts import CardScore, SectionScore
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish

OTHER = date(2026, 1, 6)


def on(score, *, version=1, passed=None, coverage=1.0, **more) -> CardScore:
    passed = None if score is None else score >= 80 if passed is None else passed
    sections = [SectionScore(name="Opening", score=score, coverage=coverage)]
    known = {"card": "service", "version": version, "score": score, "passed": passed, "coverage": coverage}
    return CardScore(**{**known, "sections": sections, **more})


def scored(call_id, agent, *cards, day=rows.DAY, **more):
    facts = {"agent_id": agent, "agent_name": agent and f"Name of {agent}", "team": "north", "queue": "claims"}
    return rows.call(call_id, day, **{**facts, "scorecards": list(cards), **more})


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scores")
    settings = LakeSettings(root=str(folder / "lake"))
    first = [
        scored("c-000", "a1", on(90.0)),
        scored("c-001", "a1", on(70.0, critical_failures=["ID01"])),
        scored("c-002", "a1", on(None, coverage=0.0, reason="nothing of it could be told")),
        scored("c-003", "a2", on(100.0), team="south"),
        scored("c-004", "a2", status="invalid", score=None, rules_hit=[]),
        scored("c-005", None, on(60.0), team=None),
    ]
    publish(
        settings, dataclasses.replace(rows.clean(), calls=first, turns=[], events=[], findings=[]), folder, run="r1"
    )
    second = [scored("d-000", "a1", on(50.0, version=2), on(80.0, card="other"), day=OTHER)]
    day = dataclasses.replace(rows.clean(OTHER), calls=second, turns=[], events=[], findings=[])
    publish(settings, day, folder, run="r2")
    return settings.root


def told(callqa, lake, *arguments):
    code, out, _ = callqa("scores", *arguments, "--lake", lake, "--json")
    assert code == 0
    return json.loads(out)


def test_agents_are_told_with_what_was_scored_and_what_was_not(callqa, lake):
    nobody, one, two = told(callqa, lake, rows.DAY)
    assert (one["agent"], one["name"], one["card"], one["version"]) == ("a1", "Name of a1", "service", 1)
    assert (one["calls"], one["scored"], one["not_scored"], one["left_out"]) == (3, 2, 1, 0)
    assert (one["mean"], one["median"], one["share_passed"], one["coverage"]) == (80.0, 80.0, 0.5, 0.6667)
    assert one["interval"] == [0.0, 100.0]
    assert one["share_interval"] == pytest.approx([0.0945, 0.9055], abs=1e-4)
    assert one["sections"] == [{"name": "Opening", "n": 2, "mean": 80.0}]
    assert one["critical_failures"] == {"ID01": 1}
    assert (two["agent"], two["calls"], two["left_out"], two["interval"]) == ("a2", 2, 1, None)
    assert (nobody["agent"], nobody["name"], nobody["calls"], nobody["mean"]) == (None, None, 1, 60.0)


def test_versions_and_cards_are_kept_apart(callqa, lake):
    found = [(row["card"], row["version"], row["agent"], row["mean"]) for row in told(callqa, lake)]
    assert found == [
        ("other", 1, "a1", 80.0),
        ("service", 1, None, 60.0),
        ("service", 1, "a1", 80.0),
        ("service", 1, "a2", 100.0),
        ("service", 2, "a1", 50.0),
    ]
    assert [row["card"] for row in told(callqa, lake, "--card", "other")] == ["other"]
    assert {row["version"] for row in told(callqa, lake, OTHER, "--card", "service")} == {2}


def test_calls_are_put_together_by_team_or_queue(callqa, lake):
    teams = told(callqa, lake, rows.DAY, "--by", "team")
    assert [(row["team"], row["name"], row["calls"]) for row in teams] == [
        (None, None, 1), ("north", None, 4), ("south", None, 1),
    ]  # fmt: skip
    [queue] = told(callqa, lake, rows.DAY, "--by", "queue")
    assert (queue["queue"], queue["calls"], queue["scored"], queue["left_out"]) == ("claims", 6, 4, 1)


def test_people_see_a_table(callqa, lake):
    code, out, err = callqa("scores", rows.DAY, "--lake", lake)
    assert code == 0
    for cell in ("service 1", "a1 Name of a1", "(not known)", "80.0", "0-100", "50%", "9-91", "67%", "ID01 1"):
        assert cell in out
    assert "6 call(s); 1 on no scorecard" in " ".join(err.split())


def test_where_nothing_was_published_there_is_nobody(callqa, tmp_path):
    assert told(callqa, tmp_path / "lake") == []


@pytest.mark.parametrize("arguments", [["yesterday"], ["--by", "colour"]])
def test_what_is_no_day_and_no_group_is_refused(callqa, lake, arguments):
    code, out, _ = callqa("scores", *arguments, "--lake", lake, "--json")
    assert code == 2
    assert json.loads(out)["remedy"]
