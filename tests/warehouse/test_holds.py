from __future__ import annotations

import threading
from datetime import UTC

import pytest

from callqa import warehouse
from callqa.errors import HeldError, UsageError
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse import erasing
from tests.warehouse.erasing import CALL, NEXT
from tests.warehouse.published import publish

SAID = {"by": "wang", "reason": "complaint 7", "matter": "court 12/26"}


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def held(lake: LakeSettings) -> list[tuple[str | None, str]]:
    return [(hold.call_id, hold.matter) for hold in warehouse.active_holds(lake)]


def test_without_a_warehouse_nothing_is_held(lake, tmp_path):
    assert warehouse.active_holds(lake) == []
    assert warehouse.is_held(lake, rows.DAY, CALL) is False
    assert not (tmp_path / "lake").exists()


def test_a_hold_says_who_placed_it_why_when_and_for_which_matter(lake):
    placed = warehouse.place_hold(lake, rows.DAY, CALL, by=" wang ", reason="complaint 7", matter="court 12/26")
    assert warehouse.active_holds(lake) == [placed]
    assert (placed.by, placed.reason, placed.matter, placed.action) == ("wang", "complaint 7", "court 12/26", "hold")
    assert placed.at.tzinfo == UTC
    assert warehouse.is_held(lake, rows.DAY, CALL)
    assert not warehouse.is_held(lake, rows.DAY, "c-000")
    assert not warehouse.is_held(lake, NEXT, CALL)


def test_a_day_that_is_held_holds_its_calls(lake):
    warehouse.place_hold(lake, rows.DAY, **SAID)
    assert warehouse.is_held(lake, rows.DAY, CALL)
    assert warehouse.active_holds(lake, NEXT) == []
    assert [hold.call_id for hold in warehouse.active_holds(lake, rows.DAY)] == [None]


def test_a_call_is_held_until_the_last_matter_releases_it(lake):
    other = {**SAID, "matter": "audit"}
    for said in (SAID, other):
        warehouse.place_hold(lake, rows.DAY, CALL, **said)
    warehouse.release_hold(lake, rows.DAY, CALL, **SAID)
    assert held(lake) == [(CALL, "audit")]
    warehouse.release_hold(lake, rows.DAY, CALL, **other)
    assert not warehouse.is_held(lake, rows.DAY, CALL)
    warehouse.place_hold(lake, rows.DAY, CALL, **SAID)
    assert held(lake) == [(CALL, "court 12/26")]


def test_a_release_of_a_call_leaves_its_day_held(lake):
    warehouse.place_hold(lake, rows.DAY, **SAID)
    with pytest.raises(UsageError, match=f"court 12/26 does not hold call {CALL} of 2026-01-05"):
        warehouse.release_hold(lake, rows.DAY, CALL, **SAID)
    assert held(lake) == [(None, "court 12/26")]


def test_every_row_stays_for_whoever_asks_what_was_held_when(lake):
    warehouse.place_hold(lake, rows.DAY, CALL, **SAID)
    warehouse.release_hold(lake, rows.DAY, CALL, **{**SAID, "reason": "settled"})
    answer = warehouse.query(lake, "select action, reason from holds order by action")[1]
    assert answer == [("hold", "complaint 7"), ("release", "settled")]


@pytest.mark.parametrize("lacking", ["by", "reason", "matter"])
def test_what_is_not_said_is_asked_for(lake, lacking):
    with pytest.raises(UsageError, match=f"a hold without a {lacking.replace('by', 'name')}"):
        warehouse.place_hold(lake, rows.DAY, CALL, **{**SAID, lacking: "  "})
    with pytest.raises(UsageError, match="a call without an id"):
        warehouse.place_hold(lake, rows.DAY, " ", **SAID)


def test_a_hold_that_is_placed_while_a_day_is_rewritten_waits_for_it(lake, tmp_path):
    publish(lake, erasing.day_with(), tmp_path, run="r1")
    at_work, done, order = threading.Event(), threading.Event(), []

    def change(name, table):
        at_work.set()
        if name == "calls":
            done.wait(1)  # the hold has had the time to be placed, had it not waited for the lock
            order.append("changed")
        return erasing.without()(name, table)

    def place():
        at_work.wait(60)
        warehouse.place_hold(lake, rows.DAY, CALL, **SAID)
        order.append("held")
        done.set()

    other = threading.Thread(target=place)
    other.start()
    assert erasing.rewrite(lake, tmp_path, change=change)[1]
    other.join()
    assert order == ["changed", "held"]


def test_a_hold_that_is_placed_first_stops_it(lake, tmp_path):
    publish(lake, erasing.day_with(), tmp_path, run="r1")
    warehouse.place_hold(lake, rows.DAY, CALL, **SAID)
    with pytest.raises(HeldError) as caught:
        erasing.rewrite(lake, tmp_path)
    assert "released by whoever answers for its matter" in caught.value.remedy
    assert caught.value.exit_code == 10
