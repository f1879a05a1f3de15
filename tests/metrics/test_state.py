"""How a lake stands."""

from __future__ import annotations

import datetime as dt

import pytest

from callqa import metrics, publish, warehouse
from callqa.contracts import Review
from callqa.metrics import state
from callqa.settings import LakeSettings, Settings
from tests import rows
from tests.publish.test_decisions import NO, refuse
from tests.warehouse.published import publish as published

NOW = dt.datetime(2026, 1, 8, 1, tzinfo=dt.UTC)


@pytest.fixture
def chosen(tmp_path) -> Settings:
    return Settings(lake=LakeSettings(root=str(tmp_path / "lake")))


def test_an_empty_lake_has_no_newest_day(chosen):
    found = state.measure(chosen, NOW)
    assert found["lake.free"] > 0
    assert {name: value for name, value in found.items() if name != "lake.free"} == {
        "days.waiting": 0.0,
        "days.waiting.age": 0.0,
        "appeals.waiting": 0.0,
    }


def test_what_waits_and_how_old_the_newest_day_is(chosen, tmp_path, receiver):
    published(chosen.lake, rows.clean(), tmp_path, run="r0")
    refuse(tmp_path, "r1", based_on=1)
    decided = refuse(tmp_path, "r2", marker="B", based_on=1)
    publish.decide(decided, NO)
    known = {"call_date": rows.DAY, "rule": "HR01", "rule_version": 1, "reviewer": "li"}
    verdicts = [("c-000", "confirmed", 1), ("c-000", "appealed", 2), ("c-001", "appealed", 1), ("c-001", "upheld", 2)]
    reviews = [Review(call_id=c, verdict=v, at=NOW + dt.timedelta(minutes=m), **known) for c, v, m in verdicts]
    warehouse.add_reviews(chosen.lake, reviews)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    with metrics.sending():
        found = state.measure(chosen, later)
    assert (found["days.waiting"], found["appeals.waiting"]) == (1, 1)
    assert 7200 <= found["days.waiting.age"] < 7300
    assert receiver.total("callqa.days.waiting") == 1
    assert set(receiver.points) == {f"callqa.{name}" for name in found}


def test_a_day_that_goes_on_does_not_hide_that_the_one_before_it_is_missing(chosen, tmp_path):
    published(chosen.lake, rows.clean(), tmp_path / "a", run="r0")
    published(chosen.lake, rows.clean(rows.DAY + dt.timedelta(days=3), marker="B"), tmp_path / "b", run="r1")
    noon = dt.datetime.combine(rows.DAY + dt.timedelta(days=3), dt.time(4), dt.UTC)
    assert state.measure(chosen, noon)["published.age"] == 3


def test_the_age_is_in_days_of_the_contact_centre(chosen, tmp_path):
    published(chosen.lake, rows.clean(), tmp_path, run="r0")
    midnight = dt.datetime(2026, 1, 6, 16, tzinfo=dt.UTC)
    assert state.measure(chosen, midnight - dt.timedelta(seconds=1))["published.age"] == 1
    assert state.measure(chosen, midnight)["published.age"] == 2
