"""Days as the runs left them: published, refused, missing; what the gate said, which recordings could not be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from callqa import warehouse
from callqa.contracts import Call, GateResult, Publication, RunCost
from qa_console.data.console import Page
from qa_console.data.errors import FilterError
from qa_console.data.gates import Waiting, quarantined
from qa_console.data.periods import Span
from qa_console.data.records import as_records
from qa_console.data.session import Row

MOST_DAYS = 3700
"""Of a calendar: ten years."""


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """A day of the calendar."""

    day: date
    publication: Publication | None
    """The newest; None: the day is not published."""
    publications: int
    calls: int
    rejected: int
    """Recordings that could not be read."""
    passed: int
    """Checks of the newest gate result …"""
    warnings: int
    """… that failed as warnings, and were published …"""
    blocking: int
    """… and that failed as blocking, and were approved by a person."""
    refused: tuple[Waiting, ...]
    """Runs of the day that lie in the quarantine."""


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A recording that could not be read."""

    call_id: str
    file_name: str
    reason: str | None
    detail: str | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A publication of a day with what the gate said of it."""

    publication: Publication
    newest: bool
    gate: tuple[GateResult, ...]
    """In the gate's order; empty where none was kept."""


@dataclass(frozen=True, kw_only=True)
class DayRuns:
    """All that became of a day's runs."""

    day: date
    runs: tuple[Run, ...]
    """Newest first."""
    rejected: tuple[Rejected, ...]
    """Of the newest publication, by call id."""
    refused: tuple[Waiting, ...]
    costs: tuple[RunCost, ...]
    """What its runs took, newest first; of runs by versions that did not measure nothing."""


def calendar(page: Page, span: Span) -> tuple[CalendarDay, ...]:
    """Every day of a stretch, published or not.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
        FilterError: more than ten years are asked for.
    """
    session = page.of_everybody()
    if (span.last - span.first).days >= MOST_DAYS:
        raise FilterError("more than ten years", remedy="ask for fewer days", field="from")
    numbers = {row["call_date"]: row for row in session.rows(NUMBERS, [span.first, span.last])}
    gates = {row["call_date"]: row for row in session.rows(GATES, [span.first, span.last])}
    refused = _by_day(quarantined(page))
    days = (span.first + dt.timedelta(days=number) for number in range((span.last - span.first).days + 1))
    return tuple(_calendar_day(page, day, numbers.get(day), gates.get(day), refused.get(day, ())) for day in days)


def day_runs(page: Page, day: date) -> DayRuns:
    """A day's publications, refused runs and rejected recordings; all empty where there are none.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    session = page.of_everybody()
    publications = [one for one in session.published.publications if one.call_date == day]
    return DayRuns(
        day=day,
        runs=tuple(_run(page, one, newest=one is publications[-1]) for one in reversed(publications)),
        rejected=_rejected(page, day),
        refused=_by_day(quarantined(page)).get(day, ()),
        costs=_costs(page, day),
    )


def _costs(page: Page, day: date) -> tuple[RunCost, ...]:
    rows = warehouse.table(page.settings.lake, "select * from runs where call_date = ? order by ended_at desc", [day])
    return tuple(as_records(RunCost, rows))


NUMBERS = """
    select call_date, count(*) as calls, count(*) filter (where status = 'rejected') as rejected
    from calls where call_date between ? and ? group by call_date
"""
GATES = """
    with newest as (
        select call_date, arg_max(gate_result_id, sequence) as gate_result_id from publications
        where call_date between ? and ? group by call_date
    )
    select call_date, count(*) filter (where result = 'passed') as passed,
        count(*) filter (where result = 'failed' and severity = 'warning') as warnings,
        count(*) filter (where result = 'failed' and severity = 'blocking') as blocking
    from gate_results join newest using (call_date, gate_result_id) group by call_date
"""


def _calendar_day(
    page: Page, day: date, numbers: Row | None, gate: Row | None, refused: tuple[Waiting, ...]
) -> CalendarDay:
    numbers, gate = numbers or {"calls": 0, "rejected": 0}, gate or {"passed": 0, "warnings": 0, "blocking": 0}
    newest = page.session.published.newest.get(day)
    return CalendarDay(
        day=day, publication=newest, publications=newest.sequence if newest else 0, calls=numbers["calls"],
        rejected=numbers["rejected"], passed=gate["passed"], warnings=gate["warnings"], blocking=gate["blocking"],
        refused=refused,
    )  # fmt: skip


def _run(page: Page, publication: Publication, *, newest: bool) -> Run:
    sql = "select * from gate_results where call_date = ? and gate_result_id = ? order by position"
    rows = page.session.table(sql, [publication.call_date, publication.gate_result_id])
    return Run(publication=publication, newest=newest, gate=tuple(as_records(GateResult, rows)))


def _rejected(page: Page, day: date) -> tuple[Rejected, ...]:
    rows = page.session.published_rows(Call, day, "status = 'rejected'", [], "call_id")
    return tuple(
        Rejected(call_id=row.call_id, file_name=row.file_name, reason=row.reject_reason, detail=row.reject_detail)
        for row in rows
    )


def _by_day(entries: Iterable[Waiting]) -> dict[date, tuple[Waiting, ...]]:
    days: dict[date, tuple[Waiting, ...]] = {}
    for entry in entries:
        days[entry.day] = (*days.get(entry.day, ()), entry)
    return days
