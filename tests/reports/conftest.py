"""A lake with a few published days, and the reports of its newest, made once for the tests that only read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from callqa.reports import making
from callqa.reports.making import Report
from callqa.reports.period import Period
from callqa.settings import Settings
from tests.browser import chromium  # noqa: F401 - a fixture
from tests.reports import lakes


@dataclass
class Made:
    """What tests look at."""

    settings: Settings
    report: Report
    week: Report

    def html(self, page: str, language: str = "en", *, week: bool = False) -> str:
        """A page's text as it lies on the disk."""
        report = self.week if week else self.report
        return Path(report.pages[page][language]).read_text(encoding="utf-8")


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("reports")
    chosen = lakes.settings(root, console_url="https://airflow.example/callqa")
    for back in (2, 1, 0):
        day = lakes.DAY + dt.timedelta(days=2 - back)
        lakes.publish(chosen, lakes.made(day, 12 + 2 * (2 - back), root / "source" / day.isoformat()), root)
    last = lakes.DAY + dt.timedelta(days=2)
    return Made(chosen, making.make(chosen, Period.of(last)), making.make(chosen, Period.of(last, "week")))
