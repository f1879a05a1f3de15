"""The demo's days, heard, masked and judged by the real pipeline, on paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from callqa import reports, warehouse
from callqa.reports import making
from callqa.reports.period import Period
from tests.conftest import DEMO_DAYS
from tests.traces import find

pytestmark = pytest.mark.slow
SAID = ("13800138000", "110101199003070011", "6222021234567894")
"""A telephone, an identity card and a bank card that a customer of the first day says."""


@pytest.fixture(scope="module")
def made(demo_settings, demo_runs, tmp_path_factory):
    """Reports of all days and of their week; calls in which a card is read out are to be called back, so that they are quoted."""
    chosen = demo_settings.with_value("reports.call_back_flags=['card_number', 'risk']")
    root = tmp_path_factory.mktemp("demo-reports")
    periods = [*(Period.of(dt.date.fromisoformat(day)) for day in DEMO_DAYS), Period.of(dt.date(2026, 1, 5), "week")]
    return chosen, [making.make(chosen, period, out=root / period.kind / str(period.first)) for period in periods], root


def test_nothing_that_was_masked_is_on_a_page_or_in_a_file(made, demo_settings):
    _, found, root = made
    assert find(Path(demo_settings.lake.root) / "runs", SAID) != [], "the model did hear it"
    assert find(root, SAID) == []
    quoted = Path(found[0].pages["supervisors"]["zh"]).read_text(encoding="utf-8")
    assert "20260105-102040-a7" in quoted
    assert "***********" in quoted


def test_the_days_numbers_are_those_of_the_tables_and_the_week_has_them_all(made):
    chosen, found, _ = made
    sql = """select count(*), count(*) filter (where status = 'rejected'),
        count(*) filter (where list_contains(flags, 'risk')), round(avg(score), 6) from calls where call_date between ? and ?"""
    for report in found:
        ((made_, rejected, risk, score),) = warehouse.query(
            chosen.lake, sql, [report.period.first, report.period.last]
        )[1]
        assert (report.summary["made"], report.summary["rejected"], report.summary["risk"]) == (made_, rejected, risk)
        assert report.summary["mean_score"] == pytest.approx(score, abs=1e-5)
    assert found[-1].summary["made"] == sum(report.summary["made"] for report in found[:-1])


def test_the_days_turns_of_mood_can_be_heard(made):
    _, found, _ = made
    assert sum(report.summary["turned_worse"] for report in found[:-1]) > 0
    sounds = [name for report in found for name in report.files if name.endswith(".flac")]
    assert sounds
    assert all(Path(name).stat().st_size > 10_000 for name in sounds)


def test_run_leaves_them_in_the_lake(demo_settings, demo_runs):
    found = reports.run(demo_settings, dt.date(2026, 1, 6))
    assert Path(found["folder"]) == Path(demo_settings.lake.root) / "reports" / "2026-01-06"
    assert found["summary"]["gate"] == "passed"
