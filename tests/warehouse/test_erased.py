from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from callqa import storage, warehouse
from callqa.contracts import Call
from callqa.errors import ErasedError, StageError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import ErasedCall, catalog
from tests import rows
from tests.traces import find
from tests.warehouse import erasing
from tests.warehouse.erasing import CALL, NEXT
from tests.warehouse.published import ALL, publish, seen

DIGEST = storage.digest_of(CALL)
ENTRY = ErasedCall(call_date=rows.DAY, call_id=CALL, sha256=DIGEST, size_bytes=1000)


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def test_a_call_and_its_recording_are_known_again_and_nothing_else_is(lake):
    assert warehouse.enter_erased(lake, [ENTRY], "certificate 1") == 1
    register = warehouse.erased_register(lake, rows.DAY)
    assert register.has_call(CALL)
    assert not register.has_call("c-000")
    assert register.has_recording(DIGEST)
    assert not register.has_recording(storage.digest_of("c-000"))
    assert register.sizes == {1000}
    assert register.among(["c-000", CALL, "c-001"]) == [CALL]
    other = warehouse.erased_register(lake, NEXT)
    assert not other.has_call(CALL)
    assert other.has_recording(DIGEST)
    assert other.identity() != register.identity() == warehouse.erased_register(lake, rows.DAY).identity()


def test_the_register_holds_digests_only_and_those_of_two_warehouses_differ(lake, tmp_path):
    other = LakeSettings(root=str(tmp_path / "other"))
    for one in (lake, other):
        warehouse.enter_erased(one, [ENTRY], "certificate 1")
    assert find(Path(lake.root), [CALL, DIGEST]) == []
    (here,), (there,) = warehouse.erased_rows(lake), warehouse.erased_rows(other, rows.DAY)
    assert here.call != there.call
    assert here.recording != there.recording
    assert (here.call_date, here.certificate, here.size_bytes) == (rows.DAY, "certificate 1", 1000)
    assert warehouse.erased_rows(lake, NEXT) == []


def test_entering_a_call_again_changes_nothing(lake):
    assert warehouse.enter_erased(lake, [ENTRY, ENTRY], "certificate 1") == 1
    assert warehouse.enter_erased(lake, [ENTRY], "certificate 2") == 0
    assert len(warehouse.erased_rows(lake)) == 1
    with pytest.raises(UsageError, match="without a certificate"):
        warehouse.enter_erased(lake, [ENTRY], " ")


def test_a_call_without_a_recording_is_known_by_its_id(lake):
    warehouse.enter_erased(lake, [ErasedCall(call_date=rows.DAY, call_id=CALL, size_bytes=7)], "certificate 1")
    register = warehouse.erased_register(lake, rows.DAY)
    assert register.has_call(CALL)
    assert register.sizes == frozenset()


def test_where_nothing_was_erased_the_register_is_empty_and_nothing_is_made(lake, tmp_path):
    register = warehouse.erased_register(lake, rows.DAY)
    assert not register.has_call(CALL)
    assert not register.has_recording(DIGEST)
    assert register.among([CALL]) == []
    assert warehouse.erased_rows(lake) == []
    assert not (tmp_path / "lake").exists()


def test_a_run_that_began_before_an_erasure_is_not_published(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    warehouse.enter_erased(lake, [ENTRY], "certificate 1")
    with pytest.raises(ErasedError, match="1 of the calls that were to be published had been erased") as caught:
        publish(lake, erasing.day_with(marker="B"), tmp_path, run="r2")
    assert isinstance(caught.value, StageError)
    assert "run the day again" in caught.value.remedy
    assert CALL not in str(caught.value)
    assert seen(lake) == {"A": ALL}
    assert [day.differing for day in warehouse.status(lake).days] == [[]]
    assert publish(lake, rows.clean(marker="B"), tmp_path, run="r3")[1]
    assert publish(lake, erasing.day_with(day=NEXT, marker="N"), tmp_path, run="r4")[1]


def test_an_older_publication_with_an_erased_call_is_not_rolled_back_to(lake, tmp_path):
    publish(lake, erasing.day_with(marker="A"), tmp_path, run="r1")
    warehouse.enter_erased(lake, [ENTRY], "certificate 1")
    erasing.rewrite(lake, tmp_path)
    with pytest.raises(ErasedError):
        warehouse.roll_back(lake, rows.DAY, 1, by="li", reason="why not")
    assert warehouse.latest_sequence(lake, rows.DAY) == 2


def test_a_call_that_is_entered_while_another_machine_publishes_it_is_seen_before_the_ledger(
    lake, tmp_path, monkeypatch
):
    from callqa.warehouse import gate_results

    def entered(*_):
        """Between the tables' commits and the ledger's; this machine's lock is not the other's."""
        with monkeypatch.context() as patch:
            patch.setattr(catalog, "locked", contextlib.nullcontext)
            warehouse.enter_erased(lake, [ENTRY], "certificate 1")

    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    monkeypatch.setattr(gate_results, "keep", entered)
    with pytest.raises(ErasedError):
        publish(lake, erasing.day_with(marker="B"), tmp_path, run="r2")
    assert seen(lake) == {"A": ALL}


def test_two_erasures_of_a_day_do_not_refuse_each_other(lake, tmp_path):
    publish(lake, erasing.day_with(marker="A"), tmp_path, run="r1")
    entries = [ENTRY, ErasedCall(call_date=rows.DAY, call_id="c-001")]
    warehouse.enter_erased(lake, entries, "certificate 1")
    assert erasing.rewrite(lake, tmp_path)[1]
    assert erasing.rewrite(lake, tmp_path, change=erasing.without("c-001"))[1]
    left = warehouse.query(lake, "select call_id from calls order by call_id")[1]
    assert left == [("c-000",), ("c-002",), ("c-003",), ("c-broken",)]


def test_an_erased_call_is_neither_reviewed_nor_held_any_more(lake):
    warehouse.enter_erased(lake, [ENTRY], "certificate 1")
    with pytest.raises(UsageError, match="a call of 2026-01-05 that was to be reviewed had been erased"):
        warehouse.add_reviews(lake, [erasing.review("c-000"), erasing.review(CALL)])
    with pytest.raises(UsageError, match="to be held had been erased"):
        warehouse.place_hold(lake, rows.DAY, CALL, by="wang", reason="late", matter="court")
    assert warehouse.query(lake, "select count(*) from reviews")[1] == [(0,)]
    warehouse.add_reviews(lake, [erasing.review("c-000"), erasing.review(CALL, NEXT)])
    warehouse.place_hold(lake, rows.DAY, by="wang", reason="late", matter="court")


def test_ids_of_any_text_are_digested(lake, tmp_path):
    odd = "通话 \udcff/07"
    warehouse.enter_erased(lake, [ErasedCall(call_date=rows.DAY, call_id=odd)], "certificate 1")
    assert warehouse.erased_register(lake, rows.DAY).has_call(odd)
    assert storage.write_rows(tmp_path / "calls.parquet", Call, [rows.call("通话")])
