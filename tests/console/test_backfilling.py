"""What can be said of a backfill without Airflow."""

from __future__ import annotations

import datetime as dt

import pytest

from callqa.archive import Span
from qa_console import backfilling
from qa_console.airflow_api import AirflowError, Answer
from qa_console.backfilling import Backfill, end_of

BEGAN = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)
NOW = BEGAN + dt.timedelta(hours=2)


def backfill() -> Backfill:
    span = Span(dt.date(2016, 1, 1), dt.date(2016, 12, 31))
    return Backfill(id=1, span=span, created_at=BEGAN, completed_at=None, is_paused=False, days_at_once=2, conf={})


def test_the_days_that_are_left_take_as_long_as_those_that_ended():
    assert end_of(backfill(), 4, 10, NOW) == NOW + dt.timedelta(hours=5)
    assert end_of(backfill(), 4, 0, NOW) == NOW


def test_before_a_day_ended_nothing_is_said():
    assert end_of(backfill(), 0, 366, NOW) is None


BUSY = Answer(
    503, {"detail": "Database is locked. Backfill creation is not supported on SQLite under concurrent access."}
)
MADE = {
    "id": 7, "from_date": "2016-01-01T00:00:00Z", "to_date": "2016-12-31T00:00:00Z", "created_at": "2026-01-05T10:00:00Z",
    "completed_at": None, "is_paused": False, "max_active_runs": 2, "dag_run_conf": {},
}  # fmt: skip


@pytest.fixture
def airflow(monkeypatch):
    """Airflow's API, which is busy as often as a test says; what was asked of it."""
    asked, busy = [], []

    def answer(_request, method, path, *_rest, **_more):
        asked.append(f"{method} {path}")
        if path == "/backfills":
            return busy.pop() if busy else Answer(200, MADE)
        return Answer(200, {})

    monkeypatch.setattr(backfilling, "call", answer)
    monkeypatch.setattr(backfilling, "_refuse_to_hold_sqlite", lambda _span: None)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return asked, busy


def test_a_backfill_is_asked_for_again_while_the_database_is_locked(airflow):
    asked, busy = airflow
    busy += [BUSY, BUSY]
    begun = backfilling.start(None, backfill().span, "UTC", 2, {})
    assert begun.id == 7
    assert asked == ["POST /backfills"] * 3 + ["POST /dags/archive_report/dagRuns"]


def test_a_database_that_stays_locked_is_told(airflow, monkeypatch):
    asked, busy = airflow
    busy += [BUSY]
    monkeypatch.setattr(backfilling, "BUSY_SECONDS", -1.0)
    with pytest.raises(AirflowError, match="Database is locked"):
        backfilling.start(None, backfill().span, "UTC", 2, {})
    assert asked == ["POST /backfills"]
