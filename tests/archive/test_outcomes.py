from __future__ import annotations

import datetime as dt

import pytest

from callqa.archive import Outcome, Span, leave, left

SPAN = Span(dt.date(2025, 12, 31), dt.date(2026, 1, 2))
AT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def outcome(day: dt.date, name: str, **more) -> Outcome:
    return Outcome(day=day, outcome=name, run_id="backfill__1", at=AT, **more)


def test_the_newest_outcome_of_a_day_counts(tmp_path):
    day = SPAN.first
    leave(str(tmp_path), outcome(day, "failed", facts={"task": "export", "error": "StageError"}))
    leave(str(tmp_path), outcome(day, "published"))
    assert left(str(tmp_path), SPAN) == {day: outcome(day, "published")}


def test_a_range_over_the_turn_of_a_year_has_both_years(tmp_path):
    for day in SPAN.days:
        leave(str(tmp_path), outcome(day, "empty"))
    leave(str(tmp_path), outcome(dt.date(2026, 1, 3), "empty"))
    assert sorted(left(str(tmp_path), SPAN)) == SPAN.days


def test_a_file_that_cannot_be_read_is_as_if_it_were_not_there(tmp_path):
    path = leave(str(tmp_path), outcome(SPAN.first, "empty"))
    path.write_text('{"day": "2025-12-31"}')
    assert left(str(tmp_path), SPAN) == {}
    path.write_text("{")
    assert left(str(tmp_path), SPAN) == {}


def test_an_outcome_that_is_none_is_a_fault(tmp_path):
    with pytest.raises(ValueError, match="none of published"):
        leave(str(tmp_path), outcome(SPAN.first, "fine"))
    assert left(str(tmp_path), SPAN) == {}
