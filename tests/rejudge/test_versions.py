"""Two published versions of a rule on the calls that both judged."""

from __future__ import annotations

import datetime as dt

import pytest

from callqa.rejudge import reviewed, versions
from callqa.rejudge.trial import Candidate, Comparison, Published
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, calls, publish

NEXT = DAY + dt.timedelta(days=1)
PACKS = frozenset({"acme"})
SAID = {"both": "我要投诉退款", "old": "我要投诉", "new": "我要退款", "none": "你好", "bad": None}


def sides(old: int = 1, new: int = 2) -> Comparison:
    return Comparison("AC01", Published("AC01", PACKS, old), Published("AC01", PACKS, new))


@pytest.fixture
def archive(acme, settings, tmp_path):
    """A day judged by version 1 and, later, by version 2; the next day by version 2 only."""
    acme.install(word_rule("AC01", "投诉"))
    publish(settings, calls(**SAID), tmp_path, "first")
    acme.install(word_rule("AC01", "退款", version=2), version="2.0")
    publish(settings, calls(**SAID), tmp_path, "second")
    publish(settings, calls(**SAID).on(NEXT), tmp_path, "third")
    acme.uninstall()
    return settings


def test_a_day_that_was_judged_again_shows_what_became_of_each_call(archive):
    found = versions.compare(archive.lake, DAY, NEXT, sides(), wanted={(DAY, "old")})
    assert found.days == [DAY]
    assert found.calls == 4
    assert found.outcomes == {("hit", "hit"): 1, ("hit", "clear"): 1, ("clear", "hit"): 1, ("clear", "clear"): 1}
    assert {one["call_id"]: one["change"] for one in found.changed} == {
        "both": "other evidence", "new": "newly hit", "old": "no longer hit",
    }  # fmt: skip
    lost = next(one for one in found.changed if one["call_id"] == "old")
    assert lost["before"]["evidence"][0]["text"] == "投诉"
    assert found.answers == {(DAY, "old"): ("hit", "clear")}
    assert (found.skipped[NEXT].code, found.skipped[NEXT].versions) == ("single", (1,))


def test_the_other_way_round_what_is_new_is_lost(archive):
    found = versions.compare(archive.lake, DAY, DAY, sides(2, 1))
    assert {one["call_id"]: one["change"] for one in found.changed}["new"] == "no longer hit"


def test_a_version_that_no_publication_has_leaves_every_day_out(archive):
    found = versions.compare(archive.lake, DAY, DAY + dt.timedelta(days=2), sides(1, 9))
    assert (found.calls, found.days) == (0, [])
    assert {day: one.code for day, one in found.skipped.items()} == {
        DAY: "single", NEXT: "single", DAY + dt.timedelta(days=2): "never",
    }  # fmt: skip
    assert "version 9" in found.skipped[DAY]


def test_only_published_versions_can_be_compared_so(archive):
    class Nothing(Candidate):
        def __init__(self) -> None:
            self.version = 1

    with pytest.raises(ValueError, match="not a published version"):
        versions.compare(archive.lake, DAY, DAY, Comparison("AC01", Nothing(), Published("AC01", PACKS, 1)))
    with pytest.raises(ValueError, match="not a published version"):
        versions.compare(archive.lake, DAY, DAY, Comparison("AC01", Published("AC01", PACKS), Nothing()))


def test_reviews_say_how_right_either_version_was(archive):
    from callqa import warehouse
    from callqa.contracts import Review
    from callqa.rejudge import backtest

    at = dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC)
    rows = [
        Review(
            call_date=DAY,
            call_id=call,
            rule="AC01",
            rule_version=1,
            outcome="hit",
            verdict=verdict,
            reviewer="li",
            at=at,
        )
        for call, verdict in (("both", "confirmed"), ("old", "rejected"))
    ]
    warehouse.add_reviews(archive.lake, rows)
    reviews = reviewed.newest(archive.lake, "AC01", DAY, DAY)
    found = versions.compare(archive.lake, DAY, DAY, sides(), wanted={one.key for one in reviews})
    before, after = backtest.figures(found, reviews)
    assert (before["precision"]["value"], after["precision"]["value"]) == (0.5, 1.0)
    assert after["kept"]["value"] == 1.0
