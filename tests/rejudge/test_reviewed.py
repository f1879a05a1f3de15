"""Precision and recall against reviewers: what counts, and what nobody can say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callqa import warehouse
from callqa.contracts import VERDICTS, Review
from callqa.rejudge import reviewed
from callqa.rejudge.reviewed import Reviewed
from callqa.settings import LakeSettings
from tests.rejudge.published import DAY

NINE = datetime(2026, 1, 6, 9, tzinfo=UTC)


def say(call_id: str, verdict: str, outcome: str = "hit", minute: int = 0) -> Review:
    return Review(
        call_date=DAY, call_id=call_id, rule="AC01", rule_version=1, outcome=outcome, verdict=verdict, reviewer="li",
        at=NINE + timedelta(minutes=minute),
    )  # fmt: skip


def reviews(**has_it: tuple[str, bool | None]) -> list[Reviewed]:
    return [Reviewed((DAY, call_id), outcome, value) for call_id, (outcome, value) in has_it.items()]


def results(**outcomes: str) -> dict:
    return {(DAY, call_id): outcome for call_id, outcome in outcomes.items()}


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def test_the_newest_verdict_counts_and_says_whether_the_call_has_it(lake):
    said = [say(f"hit-{verdict}", verdict) for verdict in VERDICTS]
    said += [say(f"clear-{verdict}", verdict, "clear") for verdict in VERDICTS]
    said += [say("unknown", "rejected", "unknown")]
    said += [say("changed", "upheld", minute=2), say("changed", "rejected", minute=1)]
    said += [say("appealed", "appealed", minute=1), say("appealed", "confirmed")]
    warehouse.add_reviews(lake, said)
    found = {review.key[1]: review.has_it for review in reviewed.newest(lake, "AC01", DAY, DAY)}
    assert found == {
        "hit-confirmed": True, "hit-upheld": True, "hit-rejected": False, "hit-overturned": False, "hit-appealed": None,
        "clear-confirmed": False, "clear-upheld": False, "clear-rejected": True, "clear-overturned": True,
        "clear-appealed": None, "unknown": None, "changed": True, "appealed": None,
    }  # fmt: skip
    assert reviewed.newest(lake, "AC02", DAY, DAY) == []
    assert reviewed.newest(lake, "AC01", DAY + timedelta(days=1), DAY + timedelta(days=1)) == []


def test_precision_is_of_the_hits_that_were_decided():
    given = reviews(a=("hit", True), b=("hit", True), c=("hit", False), d=("hit", None), e=("clear", False))
    found = reviewed.figures(given, results(a="hit", b="hit", c="hit", d="hit", e="clear"), hits=40)
    assert (found["reviewed"], found["open"]) == (5, 1)
    precision = found["precision"]
    assert (precision["count"], precision["n"], precision["value"]) == (2, 3, 2 / 3)
    assert precision["of"] == "the 3 of 40 hits that reviewers decided"
    # Wilson (1927) for 2 of 3 at 95 %, by the formula with z = 1.959964.
    assert precision["interval"] == pytest.approx([0.2077, 0.9385], abs=1e-3)


def test_without_a_reviewed_call_that_was_not_hit_there_is_no_recall_but_what_is_kept():
    given = reviews(a=("hit", True), b=("hit", True), c=("hit", False))
    found = reviewed.figures(given, results(a="hit", b="clear", c="clear"), hits=1)
    assert (found["recall"]["value"], found["recall"]["n"]) == (None, 0)
    assert "nobody knows what was missed" in found["recall"]["of"]
    assert (found["kept"]["count"], found["kept"]["n"]) == (1, 2)
    assert found["missed"]["value"] is None


def test_recall_counts_missed_hits_that_reviewers_found_and_says_how_many():
    given = reviews(a=("hit", True), b=("clear", True), c=("clear", False), d=("clear", True), e=("clear", None))
    found = reviewed.figures(given, results(a="hit", b="hit", c="clear", d="unknown", e="hit"), hits=3)
    assert (found["recall"]["count"], found["recall"]["n"]) == (2, 3)
    assert "2 of them found among 3 calls without a hit" in found["recall"]["of"]
    assert (found["missed"]["count"], found["missed"]["n"]) == (2, 3)
    assert found["unknown"] == 1


def test_a_reviewed_call_that_was_not_judged_counts_for_nothing():
    found = reviewed.figures(reviews(a=("hit", True), b=("hit", False)), results(a="hit"), hits=1)
    assert (found["reviewed"], found["precision"]["count"], found["precision"]["n"]) == (1, 1, 1)


def test_no_reviews_give_no_figures():
    found = reviewed.figures([], {}, hits=0)
    assert {name: found[name]["value"] for name in ("precision", "recall", "kept", "missed")} == dict.fromkeys(
        ("precision", "recall", "kept", "missed")
    )
