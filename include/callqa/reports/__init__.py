"""Reports of published days: pages of HTML that open from a file, for everybody and for three groups of readers.

`run` makes those of a day, as the settings want them; `make` makes any. Nothing but what is published is on them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from callqa.settings import Settings

if TYPE_CHECKING:
    from callqa.reports.making import Report

__all__ = ["run"]


def run(settings: Settings, day: dt.date, *, patience: float = 0.0) -> dict[str, Any]:
    """Make a published day's reports in `<lake>/reports/`, and those of the week or month that end with it.

    The report of a week or month that was made before is made anew where one of its days was published again. What the
    day's run took is waited for until so many seconds (`patience`) after the publication.

    Returns, for the day (and below `periods` for each longer period): `folder`, `changed` (False: they were there, made
    from the same publication), `pages` (path by page and language), `files` (every path) and `summary`, a few numbers
    for messages: `made`, `heard`, `coverage`, `invalid`, `rejected`, `risk`, `angry`, `mean_score`, `agents`,
    `hours`, `gate`, `drifted_rules`, `rejected_by_reason`, `call_back`, `conduct`, `open_warmly`, `strained_agents`,
    `turned_worse`, `turned_better`. No text of a call is among them.

    Raises:
        UsageError: the day is not published.
        StageError: the disk is full.
    """
    from callqa.reports import folder, making, taken
    from callqa.reports.period import Period

    taken.wait_for(settings.lake, day, patience)
    reports: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(["day", *settings.reports.periods]):
        period = Period.of(day, kind)
        if period.last == day or folder.place(settings.lake.root, period.first, period.last).exists():
            reports[kind] = described(making.make(settings, period))
    return {"day": day.isoformat(), **reports.pop("day"), "periods": reports}


def described(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    return {
        "folder": str(report.folder),
        "changed": report.changed,
        "pages": {page: dict(paths) for page, paths in report.pages.items()},
        "files": list(report.files),
        "summary": dict(report.summary),
    }
