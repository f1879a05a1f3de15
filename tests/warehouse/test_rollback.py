from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from callqa import contracts, warehouse
from callqa.errors import StageError, StalePublicationError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, plan
from tests import rows
from tests.warehouse.published import ALL, publish, seen


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A warehouse with a day published as A, then as B."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(marker="B", calls=3), tmp_path, run="r2")
    return settings


def back(lake: LakeSettings, to: int = 1, **more: object) -> tuple[contracts.Publication, bool]:
    return warehouse.roll_back(lake, rows.DAY, to, **{"by": "wang", "reason": "wrong rules", **more})


def test_the_older_rows_are_published_again_and_the_ledger_says_what_why_and_by_whom(lake):
    first, second = warehouse.publications(lake)
    third, changed = back(lake)
    assert changed
    assert seen(lake) == {"A": ALL}
    assert (third.sequence, third.origin, third.approved_by, third.approval_reason) == (
        3,
        "rollback to sequence 1",
        "wang",
        "wrong rules",
    )
    assert (third.content_digest, third.rows_calls, third.gate_result_id) == (first.content_digest, 5, "gate")
    assert warehouse.publications(lake) == [first, second, third]
    assert warehouse.compare(lake, rows.DAY, 1, 3).tables["calls"].changed == 0


def test_every_publication_stays_readable_and_can_be_rolled_back_to(lake):
    back(lake)
    assert back(lake, 2)[0].sequence == 4
    assert seen(lake) == {"B": ALL}
    assert [past.readable for past in warehouse.history(lake, rows.DAY)] == [True] * 4


def test_tables_read_without_the_ledger_show_the_rows_once(lake):
    back(lake)
    with catalog.opened(lake) as opened:
        for name in contracts.TABLES:
            assert len(plan.current_files(catalog.load(opened, name))) == 1
        assert catalog.load(opened, "turns").scan().to_arrow().num_rows == 8


def test_to_what_is_there_already_nothing_changes(lake):
    assert back(lake, 2) == (warehouse.publications(lake)[-1], False)
    back(lake)
    assert back(lake)[1] is False
    assert warehouse.latest_sequence(lake, rows.DAY) == 3


def test_a_run_that_began_before_it_is_refused_and_one_that_began_after_it_publishes(lake, tmp_path):
    based_on = warehouse.latest_sequence(lake, rows.DAY)
    back(lake)
    with pytest.raises(StalePublicationError, match="run rollback__"):
        publish(lake, rows.clean(marker="C"), tmp_path, run="r3", based_on=based_on)
    assert seen(lake) == {"A": ALL}
    assert publish(lake, rows.clean(marker="C"), tmp_path, run="r4", based_on=3)[0].sequence == 4


def test_an_empty_day_can_come_back(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.empty(), tmp_path, run="r1")
    publish(lake, rows.clean(), tmp_path, run="r2")
    assert back(lake)[0].rows_calls == 0
    assert seen(lake) == {}


def test_days_beside_it_stay_as_they_are(lake, tmp_path):
    publish(lake, rows.clean(date(2026, 1, 6), marker="N"), tmp_path, run="other")
    back(lake)
    assert seen(lake) == {"A": ALL, "N": ALL}


def test_a_file_that_is_gone_stops_it_before_anything_changes(lake):
    for file in (Path(lake.root) / "warehouse" / "files" / "events").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(StageError, match="a file of publication 1, is no longer there") as caught:
        back(lake)
    assert "callqa warehouse history 2026-01-05" in caught.value.remedy
    assert warehouse.latest_sequence(lake, rows.DAY) == 2


def test_a_snapshot_that_is_gone_stops_it(lake):
    gone = warehouse.publications(lake)[0].snapshot_findings
    with catalog.opened(lake) as opened:
        catalog.load(opened, "findings").maintenance.expire_snapshots().by_id(gone).commit()
    with pytest.raises(StageError, match=f"findings: snapshot {gone}, which the ledger names"):
        back(lake)
    assert warehouse.latest_sequence(lake, rows.DAY) == 2
    assert [past.readable for past in warehouse.history(lake)] == [False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"reason": " "}, "without a name or a reason"), ({"by": ""}, "without a name"), ({"to": 9}, "no publication 9")],
)
def test_what_is_not_said_is_asked_for(lake, change, words):
    with pytest.raises(UsageError, match=words):
        back(lake, **change)


def test_the_days_flat_file_goes_back_too(lake, tmp_path):
    flat = tmp_path / "old.json"
    flat.write_text('[{"call_id": "old"}]')
    back(lake, companions={"daily_qc": str(flat)})
    kept = Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json"
    assert json.loads(kept.read_text()) == [{"call_id": "old"}]
