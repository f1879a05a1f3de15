"""What judging again changes, in counts."""

from __future__ import annotations

import dataclasses

import pytest

from callqa.contracts import Evidence
from callqa.rejudge import difference
from tests import rows

HIT = rows.finding("c1")
UNKNOWN = dataclasses.replace(HIT, outcome="unknown", evidence=[], score=0.0, reason="roles")
CRASH = dataclasses.replace(HIT, outcome="crash", evidence=[], score=0.0, reason="KeyError")
ELSEWHERE = dataclasses.replace(HIT, evidence=[Evidence(turn=1, start=1.0, end=2.0, text="x", condition="y")])


def kinds(old, new) -> list[str]:
    row = rows.call("c1")
    change = difference.of_call(row, old, row, new)
    return [] if change is None else change["rules"].get("HR01", [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [HIT], ["new_hits"]),
        ([HIT], [], ["gone_hits"]),
        ([HIT], [ELSEWHERE], ["changed_evidence"]),
        ([HIT], [dataclasses.replace(HIT, message="other")], ["changed_evidence"]),
        ([HIT], [UNKNOWN], ["gone_hits", "new_unknown"]),
        ([UNKNOWN], [HIT], ["gone_unknown", "new_hits"]),
        ([UNKNOWN], [CRASH], ["gone_unknown", "new_crash"]),
        ([CRASH], [], ["gone_crash"]),
        ([HIT], [HIT], []),
        ([HIT], [dataclasses.replace(HIT, rule_version=2)], []),
    ],
)
def test_what_becomes_of_a_rules_outcome_has_a_name(old, new, expected):
    assert kinds(old, new) == expected


def test_a_row_that_is_written_otherwise_without_changing_any_outcome_is_counted_apart():
    row = rows.call("c1")
    newer = dataclasses.replace(HIT, rule_version=2)
    found = difference.of_shard(2, [None, difference.of_call(row, [HIT], row, [newer])])
    assert (found["calls"], found["changed_calls"], found["rewritten_calls"], found["listed"]) == (2, 0, 1, [])
    assert not difference.nothing(found)


def test_changes_of_a_call_are_shown_with_their_values_and_summed():
    row, other = rows.call("c1"), rows.call("c1", score=60.0, flags=["risk"], status="analysed")
    part = difference.of_shard(1, [difference.of_call(row, [], other, [HIT])])
    whole = difference.together([part, part])
    assert whole["columns"] == {"status": 0, "score": 2, "flags": 2, "scorecards": 0}
    assert whole["rules"]["HR01"]["new_hits"] == 2
    assert whole["listed"][0]["columns"]["score"] == {"before": 80.0, "after": 60.0}
    assert difference.nothing(difference.of_shard(3, [None, None, None]))


def test_no_more_calls_are_listed_than_can_be_read(monkeypatch):
    monkeypatch.setattr(difference, "LISTED", 2)
    row = rows.call("c1")
    change = difference.of_call(row, [], row, [HIT])
    whole = difference.together([difference.of_shard(3, [change] * 3)] * 2)
    assert (whole["changed_calls"], len(whole["listed"])) == (6, 2)
