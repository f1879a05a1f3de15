from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from callqa import warehouse
from callqa.errors import StageError
from callqa.formats.day import Beside, Day
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish


def row(call_id, n=0):
    return SimpleNamespace(call_id=call_id, n=n)


def test_rows_are_found_beside_their_calls():
    beside = Beside([row("b", 1), row("b", 2), row("d", 3)])
    assert [[one.n for one in beside.of(call_id)] for call_id in "abcde"] == [[], [1, 2], [], [3], []]


def test_rows_of_calls_that_nobody_asks_for_are_passed_over():
    assert [one.n for one in Beside([row("a", 1), row("b", 2), row("c", 3)]).of("c")] == [3]


def test_rows_out_of_order_are_an_error_and_never_lost():
    beside = Beside([row("b"), row("a"), row("c")])
    with pytest.raises(StageError, match="call a comes after call b"):
        beside.of("c")
    late = Beside([row("b"), row("a")])
    assert late.of("b")
    with pytest.raises(StageError, match="call a comes after call b"):
        late.finish()


def test_a_call_comes_with_its_turns_and_findings(archive):
    with warehouse.reading(archive.lake, archive.publication) as reading:
        heard = {one.call.call_id: one for one in Day(archive.publication, reading).heard()}
    assert list(heard) == ["c-000", "c-001", "c-002", "c-003", "c-004"]
    assert [turn.turn for turn in heard["c-000"].turns] == [0, 1, 2, 3]
    assert [finding.rule for finding in heard["c-000"].findings] == ["HR01", "SA01"]
    assert {turn.call_id for one in heard.values() for turn in one.turns} == set(heard)


def test_small_batches_change_nothing(archive):
    with warehouse.reading(archive.lake, archive.publication) as reading:
        day = Day(archive.publication, reading)
        assert [batch.num_rows for batch in day.batches("turns", "call_id", rows=1)] != []
        whole = [one for batch in day.batches("turns", "call_id") for one in batch["call_id"].to_pylist()]
        small = [one for batch in day.batches("turns", "call_id", rows=1) for one in batch["call_id"].to_pylist()]
    assert whole == small == sorted(whole)


def test_an_older_publication_is_read_as_it_was(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    first, _ = publish(lake, rows.clean(marker="a"), tmp_path, run="r1")
    later = rows.clean(marker="b")
    publish(lake, dataclasses.replace(later, turns=later.turns[:1]), tmp_path, run="r2")
    with warehouse.reading(lake, first) as reading:
        heard = list(Day(first, reading).heard())
    assert {one.call.queue for one in heard} == {"a"}
    assert [len(one.turns) for one in heard] == [2, 2, 2, 2]
