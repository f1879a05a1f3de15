from __future__ import annotations

import datetime as dt

import pytest

from callqa.archive import Span, span_of
from callqa.errors import UsageError

NOW = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)
"""Half an hour before midnight in Shanghai."""


def test_a_range_has_both_its_ends():
    span = span_of("2026-01-05", "2026-01-07", "Asia/Shanghai", now=NOW)
    assert [str(day) for day in span.days] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert len(span) == 3
    assert dt.date(2026, 1, 7) in span
    assert dt.date(2026, 1, 8) not in span


def test_a_day_is_over_at_the_contact_centres_midnight():
    assert span_of("2026-11-21", "2026-11-21", "Asia/Shanghai", now=NOW)
    with pytest.raises(UsageError, match="2026-11-22 is not over") as refused:
        span_of("2026-11-21", "2026-11-22", "Asia/Shanghai", now=NOW)
    assert "2026-11-21" in refused.value.remedy
    assert span_of("2026-11-22", "2026-11-22", "Asia/Shanghai", now=NOW + dt.timedelta(hours=1))
    assert span_of("2026-11-21", "2026-11-21", "Pacific/Kiritimati", now=NOW)


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-02-01", "2026-01-31", "there is no day"),
        ("1926-01-01", "1926-01-31", "before 2000-01-01"),
        ("2000-01-01", "2026-01-01", "are 9498 days"),
        ("2026-13-01", "2026-01-31", "is not a date"),
        ("", "2026-01-31", "is not a date"),
        ("2026-01-01", "2026-01-01T00:00", "is not a date"),
    ],
)
def test_nonsense_is_refused_with_a_remedy(first, last, why):
    with pytest.raises(UsageError, match=why) as refused:
        span_of(first, last, "Asia/Shanghai", now=NOW)
    assert refused.value.remedy


def test_ten_years_are_a_range():
    assert len(span_of("2016-01-01", "2025-12-31", "Asia/Shanghai", now=NOW)) == 3653


def test_a_range_reads_as_a_sentence():
    assert str(Span(dt.date(2026, 1, 5), dt.date(2026, 1, 7))) == "2026-01-05 to 2026-01-07"
