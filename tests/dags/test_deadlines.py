"""A day that is not published in time."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from types import SimpleNamespace

import pytest
from airflow.sdk import AsyncCallback, DeadlineAlert

from callqa import notify
from callqa.settings import LakeSettings, Settings
from callqa_airflow import deadlines
from callqa_airflow.deadlines import PublishedBy
from tests import rows
from tests.metrics.conftest import receiver  # noqa: F401 - a fixture
from tests.warehouse.published import publish

SHANGHAI = PublishedBy("06:30", "Asia/Shanghai")
RUN = {
    "dag_run_id": "scheduled__2026-01-04T16:00:00+00:00", "logical_date": "2026-01-04T16:00:00Z", "run_type": "scheduled",
    "state": "running", "conf": {},
}  # fmt: skip


@pytest.fixture
def lake(tmp_path, monkeypatch) -> LakeSettings:
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("CALLQA_ALARMS__PUBLISHED_BY", "06:30")
    return LakeSettings(root=str(tmp_path / "lake"))


def with_hour(hour: str) -> Settings:
    return Settings().with_value(f"alarms.published_by={hour!r}")


def test_the_hour_is_of_the_next_day_in_the_contact_centres_time():
    assert SHANGHAI.moment(dt.date(2026, 1, 5)) == dt.datetime(2026, 1, 5, 22, 30, tzinfo=dt.UTC)
    berlin = PublishedBy("06:00", "Europe/Berlin")
    assert berlin.moment(dt.date(2026, 3, 27)).hour == 5
    assert berlin.moment(dt.date(2026, 3, 28)).hour == 4, "clocks went forward that night"


def test_no_hour_no_deadline():
    assert deadlines.alert(Settings()) is None
    alert = deadlines.alert(with_hour("06:30"))
    assert isinstance(alert, DeadlineAlert)
    assert isinstance(alert.callback, AsyncCallback)
    assert alert.callback.path == "callqa_airflow.deadlines.missed"
    assert (alert.reference.by, alert.reference.timezone) == ("06:30", "Asia/Shanghai")


@pytest.mark.parametrize("hour", ["6:30", "24:00", "noon", "06:60"])
def test_an_hour_that_is_none_is_refused(hour):
    with pytest.raises(Exception, match="published_by"):
        with_hour(hour)


def test_airflow_keeps_the_reference_and_finds_it_again(airflow_database):
    from airflow.serialization.decoders import decode_deadline_reference
    from airflow.serialization.encoders import encode_deadline_reference

    found = decode_deadline_reference(encode_deadline_reference(SHANGHAI))
    assert found.inner_ref == SHANGHAI
    assert (found.inner_ref.by, found.inner_ref.timezone) == ("06:30", "Asia/Shanghai")


def run_of(kind: str, day: dt.datetime | None):
    """A session that finds such a run."""
    row = SimpleNamespace(run_type=kind, logical_date=day)
    return SimpleNamespace(execute=lambda _: SimpleNamespace(one_or_none=lambda: row))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("scheduled", dt.datetime(2026, 1, 5, 22, 30, tzinfo=dt.UTC)),
        ("backfill", None),
        ("manual", None),
        ("asset_triggered", None),
    ],
)
def test_only_runs_of_the_scheduler_have_a_deadline(kind, expected):
    midnight = dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC)
    asked = {"dag_id": "daily_call_qa", "run_id": "r"}
    assert SHANGHAI._evaluate_with(session=run_of(kind, midnight), **asked) == expected
    assert SHANGHAI._evaluate_with(session=run_of(kind, None), **asked) is None


def test_a_late_day_is_told_to_people_the_log_and_the_metrics(lake, monkeypatch, caplog, receiver):  # noqa: F811
    told = []

    def tell(settings, event, day, **more):
        told.append((event, day, more["lines"]))
        return notify.Sent()

    monkeypatch.setattr(notify, "tell", tell)
    with caplog.at_level(logging.ERROR):
        asyncio.run(deadlines.missed(context={"dag_run": RUN, "deadline": {}}))
    ((event, day, (line,)),) = told
    assert (event, day) == ("deadline", dt.date(2026, 1, 5))
    assert "2026-01-05: not published by 06:30" in line
    assert "2026-01-05 is late" in caplog.text
    assert receiver.total("callqa.deadlines.missed") == 1


def test_a_day_that_the_run_has_published_meanwhile_is_not_late(lake, tmp_path, caplog):
    publish(lake, rows.clean(), tmp_path, run=RUN["dag_run_id"])
    with caplog.at_level(logging.ERROR):
        assert not deadlines.tell(RUN)
    assert caplog.text == ""


def test_an_older_publication_of_the_day_is_not_this_runs(lake, tmp_path):
    publish(lake, rows.clean(), tmp_path, run="by hand")
    assert deadlines.tell(RUN)


def test_that_nobody_can_be_told_is_a_line_in_the_log(lake, monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("no network")

    monkeypatch.setattr(notify, "tell", broken)
    with caplog.at_level(logging.ERROR):
        assert deadlines.tell(RUN)
    assert "nobody could be told that 2026-01-05 is late: RuntimeError: no network" in caplog.text
