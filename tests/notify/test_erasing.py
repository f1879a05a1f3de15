"""Erased calls and days past their time leave the record of messages too."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from callqa import notify, upkeep
from callqa.settings import NotifySettings, RetentionSettings
from tests import rows
from tests.notify.conftest import ADDRESS, route
from tests.notify.receivers import listening
from tests.traces import find
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY, NOW


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A lake with the call in every place; people were told of it, and a second message of it is pending."""
    routes = [route(), route("others", quotes=True)]
    told = NotifySettings(routes=routes, attempts=1, keep_trying_hours=1e6)
    chosen = lakes.filled(tmp_path).model_copy(update={"notify": told})
    with listening() as receiver:
        monkeypatch.setenv(ADDRESS, receiver.url)
        receiver.answers = [200, 503]
        notify.send(chosen, DAY)
        assert CALL in receiver.texts()[0]
        yield chosen, receiver


def erase(chosen):
    return upkeep.erase(chosen, [(DAY, CALL)], by="li", reason="asked for by letter 12", now=NOW)


def test_an_erased_call_is_in_no_record_and_in_no_pending_message(told):
    chosen, receiver = told
    assert {row["state"] for row in notify.rows(chosen)} == {"sent", "pending"}
    made = erase(chosen)
    assert made.complete
    assert made.removed["lines of the record of messages"].rows == 2
    assert find(chosen.lake.root, lakes.needles(chosen)) == []
    notify.flush(chosen)
    assert {row["state"] for row in notify.rows(chosen)} == {"sent"}
    assert CALL not in receiver.texts()[-1]
    assert "c-000" in receiver.texts()[-1]


def test_after_an_erasure_nobody_is_told_again_of_the_other_calls(told):
    chosen, receiver = told
    erase(chosen)
    notify.send(chosen, DAY)
    before = len(receiver.requests)
    lakes.publish(chosen, dataclasses.replace(rows.clean(DAY, 3), recordings=[]), "run-9")
    notify.send(chosen, DAY)
    assert len(receiver.requests) == before


def test_records_go_with_the_findings(told):
    chosen, _ = told
    kept = chosen.model_copy(update={"retention": RetentionSettings(findings_days=3000)})
    late = NOW + dt.timedelta(days=4000)
    record = Path(chosen.lake.root) / "notify" / "days" / DAY.isoformat()
    upkeep.retain(kept, NOW)
    assert list(record.iterdir())
    tried = upkeep.retain(kept, late, dry_run=True)
    assert list(record.iterdir())
    done = upkeep.retain(kept, late)
    assert tried.removed["records of messages"].files == done.removed["records of messages"].files == 2
    assert not list(record.iterdir())
