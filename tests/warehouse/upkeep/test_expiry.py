"""Snapshots that nobody can ask for go; what is published, and for a time what was, stays readable."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from callqa import warehouse
from callqa.contracts import PUBLISH_ORDER
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse.catalog import LEDGER
from callqa.warehouse.upkeep import expiry
from tests import rows
from tests.warehouse.published import ALL, publish, seen
from tests.warehouse.test_state import swap_one_table
from tests.warehouse.upkeep import lakes

DAY = timedelta(days=1)
NEXT = date(2026, 1, 6)


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A day published three times, with another day in between."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(NEXT, marker="other", calls=2), tmp_path, run="r2")
    publish(settings, rows.clean(marker="B"), tmp_path, run="r3")
    publish(settings, rows.clean(marker="C"), tmp_path, run="r4")
    return settings


def readable(lake: LakeSettings) -> list[bool]:
    return [past.readable for past in warehouse.history(lake, rows.DAY)]


def gone(done: list[warehouse.Expired]) -> dict[str, int]:
    return {one.table: one.expired for one in done if one.expired}


def test_nothing_goes_within_the_grace(lake):
    before = lakes.snapshots(lake)
    assert gone(warehouse.expire(lake, superseded_days=0, now=datetime.now(UTC))) == {}
    assert lakes.snapshots(lake) == before


def test_what_is_published_stays_as_it_was_and_older_publications_can_no_longer_be_read(lake):
    before = lakes.all_rows(lake)
    done = warehouse.expire(lake, superseded_days=30, now=lakes.later())
    # Of each table: A, the other day, B, and of two swaps the moment without the day. Its last state has all that is
    # published, and the ledger's has all rows.
    assert gone(done) == {**dict.fromkeys(PUBLISH_ORDER, 5), "publications": 3}
    assert {one.table: one.kept for one in done} == lakes.snapshots(lake)
    assert lakes.all_rows(lake) == before
    assert readable(lake) == [False, False, True]
    assert [past.readable for past in warehouse.history(lake, NEXT)] == [True]
    assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [([], []), ([], [])]
    for refused in (
        lambda: warehouse.compare(lake, rows.DAY),
        lambda: warehouse.roll_back(lake, rows.DAY, 1, by="wang", reason="r"),
    ):
        with pytest.raises(StageError, match="no longer there"):
            refused()
    assert gone(warehouse.expire(lake, superseded_days=30, now=lakes.later())) == {}


def test_for_some_days_what_was_superseded_can_be_compared_and_rolled_back_to(lake):
    warehouse.expire(lake, superseded_days=30, now=lakes.later(29), grace=lakes.NONE)
    assert readable(lake) == [True, True, True]
    assert warehouse.compare(lake, rows.DAY, 1, 3).tables["turns"].columns == {"text": 8}
    assert warehouse.roll_back(lake, rows.DAY, 1, by="wang", reason="r")[0].sequence == 4
    assert seen(lake)["A"] == ALL


def test_what_counts_is_when_a_publication_was_superseded_and_not_when_it_was_published(lake):
    """The first was published a year ago and superseded today; the day has three publications."""
    first, second, third = warehouse.publications(lake, rows.DAY)
    known = [dataclasses.replace(first, published_at=first.published_at - timedelta(days=365)), second, third]
    at = second.published_at
    assert list(expiry._in_force(known, at - timedelta(seconds=1))) == known
    assert list(expiry._in_force(known, at)) == known[1:]
    assert list(expiry._in_force(known, at + timedelta(microseconds=1))) == known[1:]
    assert list(expiry._in_force(known, third.published_at)) == []


def test_a_state_that_a_reader_may_have_begun_with_stays_for_the_grace(lake):
    """The ledger of before a compaction: an old snapshot, that was replaced just now."""
    at = datetime.now(UTC)
    time.sleep(0.01)
    warehouse.compact(lake, files=1)
    (done,) = (one for one in warehouse.expire(lake, superseded_days=0, now=at + DAY, grace=DAY) if one.table == LEDGER)
    # Kept: the four rows in four files, the moment between, and the four rows in one.
    assert (done.expired, done.kept) == (3, 3)
    (done,) = (one for one in warehouse.expire(lake, superseded_days=0, now=at + 2 * DAY) if one.table == LEDGER)
    assert (done.expired, done.kept) == (2, 1)


def test_a_publisher_killed_later_leaves_the_day_readable_though_its_snapshot_was_expired(lake, tmp_path):
    warehouse.expire(lake, superseded_days=30, now=lakes.later())
    swap_one_table(lake, tmp_path, rows.clean(marker="K"))
    for _ in range(2):
        assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [(["turns"], []), ([], [])]
        assert seen(lake)["C"] == ALL
        assert readable(lake)[-1] is True
        # The state before the killed publisher's commit is the only one that has the day as it is published.
        warehouse.expire(lake, superseded_days=0, now=lakes.later(), grace=lakes.NONE)
    swap_one_table(lake, tmp_path, rows.clean(NEXT, marker="L", calls=2))
    warehouse.expire(lake, superseded_days=0, now=lakes.later(), grace=lakes.NONE)
    assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [(["turns"], []), (["turns"], [])]
    assert seen(lake) == {"C": ALL, "other": ALL}
    publish(lake, rows.clean(marker="K"), tmp_path, run="retry")
    assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [([], []), (["turns"], [])]


def test_a_snapshot_that_a_publisher_has_made_and_not_named_yet_stays(lake, tmp_path):
    swap_one_table(lake, tmp_path, rows.clean(marker="K"))
    assert "turns" not in gone(warehouse.expire(lake, superseded_days=0, now=datetime.now(UTC)))
    assert [day.differing for day in warehouse.status(lake).days] == [["turns"], []]
    assert seen(lake)["C"] == ALL


def test_a_publication_between_reading_the_ledger_and_the_commit_is_kept(lake, tmp_path, monkeypatch):
    other = lakes.another_machine(lake, tmp_path / "other")
    commit, left = SqlCatalog.commit_table, [1]

    def overtaken(self, table, requirements, updates):
        if left[0]:
            left[0] -= 1
            with monkeypatch.context() as patch:
                patch.setattr(SqlCatalog, "commit_table", commit)
                publish(other, rows.clean(marker="D"), tmp_path, run="r5")
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", overtaken)
    done = warehouse.expire(lake, superseded_days=0, now=datetime.now(UTC) + timedelta(seconds=0.2), grace=lakes.NONE)
    assert left == [0]
    assert gone(done)["turns"] >= 4
    assert seen(lake)["D"] == ALL
    assert readable(lake)[-1] is True


def test_two_machines_that_expire_at_once_take_each_snapshot_out_once(lake, tmp_path, monkeypatch):
    other = lakes.another_machine(lake, tmp_path / "other")
    commit, left = SqlCatalog.commit_table, [1]

    def overtaken(self, table, requirements, updates):
        if left[0]:
            left[0] -= 1
            with monkeypatch.context() as patch:
                patch.setattr(SqlCatalog, "commit_table", commit)
                warehouse.expire(other, superseded_days=30, now=lakes.later())
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", overtaken)
    assert gone(warehouse.expire(lake, superseded_days=30, now=lakes.later())) == {}
    assert readable(lake) == [False, False, True]


def test_without_a_warehouse_nothing_is_made(tmp_path):
    assert warehouse.expire(LakeSettings(root=str(tmp_path / "lake")), superseded_days=1, now=lakes.later()) == []
    assert list(tmp_path.iterdir()) == []
