"""What reviewers say of findings: rows that are only added, and outlive publications."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from callqa import warehouse
from callqa.contracts import Review
from callqa.errors import UsageError
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def review(call_id: str = "c-000", verdict: str = "confirmed", minute: int = 0, **more) -> Review:
    known = {"rule": "HR01", "rule_version": 1, "reviewer": "li", "at": datetime(2026, 1, 6, 9, minute, tzinfo=UTC)}
    return Review(call_date=rows.DAY, call_id=call_id, verdict=verdict, **{**known, **more})


def seen(lake) -> list[tuple]:
    return warehouse.query(lake, 'select call_id, verdict, outcome, note, "at" from reviews order by "at"')[1]


def test_reviews_are_added_to_those_there_are(lake):
    warehouse.add_reviews(lake, [review()])
    warehouse.add_reviews(lake, [review(verdict="appealed", minute=1, note="he did not say that")])
    assert seen(lake) == [
        ("c-000", "confirmed", "hit", "", review().at),
        ("c-000", "appealed", "hit", "he did not say that", review(minute=1).at),
    ]


def test_reviews_stay_when_their_day_is_published_again(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    warehouse.add_reviews(lake, [review(), review("c-001", "rejected", 1)])
    publish(lake, rows.clean(marker="B"), tmp_path, run="r2")
    assert [verdict for _, verdict, *_ in seen(lake)] == ["confirmed", "rejected"]
    joined = "select count(*) from reviews join findings using (call_date, call_id, rule)"
    assert warehouse.query(lake, joined)[1] == [(2,)]


def test_no_reviews_write_nothing(lake, tmp_path):
    warehouse.add_reviews(lake, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"verdict": "right"}, "verdict = 'right'"),
        ({"outcome": "crash"}, "outcome = 'crash'"),
        ({"at": datetime(2026, 1, 6, 9)}, "has no zone"),
    ],
)
def test_a_review_that_says_nothing_we_know_is_refused_and_none_is_written(lake, more, message):
    with pytest.raises(UsageError, match=message):
        warehouse.add_reviews(lake, [review(), dataclasses.replace(review(), **more)])
    assert seen(lake) == []
