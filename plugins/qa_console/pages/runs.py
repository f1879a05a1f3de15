"""What became of the days: `/runs?month=2026-01`, and a day's publications and decisions at `/runs/2026-01-05`."""

from __future__ import annotations

import calendar as months
import datetime as dt
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from callqa import storage
from callqa.contracts import GateResult, Publication
from callqa.errors import CallQAError, DecidedError, StageError, UsageError
from callqa.publish import Quarantined
from qa_console import data, deciding, required_action
from qa_console.access import Role
from qa_console.data.periods import Span
from qa_console.data.runs import CalendarDay, DayRuns, Run, calendar, day_runs
from qa_console.deciding import NotYoursError
from qa_console.pages import Entry
from qa_console.required_action import Asks, NotAnsweredError
from qa_console.visit import Visit, Visiting, requires

Month = Annotated[str | None, Query(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$")]

router = APIRouter(dependencies=[requires(Role.REVIEWER)])
ENTRY = Entry(place=70, path="/runs", title="runs.entry", role=Role.REVIEWER, key="o", under="/backfill")

GATE_PAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
"""The gate's page is a file of the lake, not a page of ours: it may look as it does, and nothing else."""
GATE_PAGE_BYTES = 8 * 1024 * 1024


@router.get("/runs")
def runs(visit: Visit, month: Month = None) -> HTMLResponse:
    """A month of days; by default the newest in which something happened."""
    with visit.data() as page:
        waiting = data.waiting(page)
        known = [*page.days, *(one.day for one in waiting)]
        first = dt.date.fromisoformat(f"{month}-01") if month else _month(max(known, default=_today(visit)))
        last = first.replace(day=months.monthrange(first.year, first.month)[1])
        days = calendar(page, Span(first, last))
        beside = _months(page.days, known, first)
    return visit.page(
        "runs.html",
        first=first,
        weeks=_weeks(days),
        states={one.day: state_of(one) for one in days},
        counts={name: sum(state_of(one) == name for one in days) for name in STATES},
        calls=sum(one.calls for one in days),
        waiting=waiting,
        **beside,
    )


STATES = ("waiting", "rejected", "approved", "warned", "published", "nothing")


def state_of(day: CalendarDay) -> str:
    """What the calendar shows of a day: first what asks for somebody."""
    if any(one.waits for one in day.refused):
        return "waiting"
    if day.publication is None:
        return "rejected" if day.refused else "nothing"
    if day.publication.approved_by:
        return "approved"
    return "warned" if day.warnings or day.blocking else "published"


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _today(visit: Visiting) -> dt.date:
    return dt.datetime.now(visit.language.zone).date()


def _months(days: list[dt.date], known: list[dt.date], first: dt.date) -> dict[str, Any]:
    """The months before and after this one: next to it while there is something further on."""
    before, after = _month(first - dt.timedelta(days=1)), _month(first + dt.timedelta(days=31))
    return {
        "earlier": before if any(day < first for day in known) else None,
        "later": after if any(day >= after for day in known) else None,
        "newest": max(days, default=None),
    }


def _weeks(days: tuple[CalendarDay, ...]) -> list[list[CalendarDay | None]]:
    """Weeks from Monday on; None: a day of another month."""
    cells: list[CalendarDay | None] = [*[None] * days[0].day.weekday(), *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


@router.get("/runs/{day}")
def of_day(visit: Visit, day: dt.date, publication: int | None = None) -> HTMLResponse:
    """A day's publications with what the gate said, its refused runs, its rejected recordings."""
    with visit.data() as page:
        seen = day_runs(page, day)
        known = sorted({*page.days, *(one.day for one in data.quarantined(page))})
    shown = _shown(seen, publication)
    return visit.page(
        "runs_day.html",
        200 if seen.runs or seen.refused else 404,
        day=day,
        seen=seen,
        shown=shown,
        state=_state_of_day(seen),
        checks=_sorted(shown.gate) if shown else [],
        gate_page=_gate_file(visit, shown.publication) is not None if shown else False,
        refused=[_refused(visit, day, one.folder) for one in reversed(seen.refused)],
        earlier=max((one for one in known if one < day), default=None),
        later=min((one for one in known if one > day), default=None),
    )


def _state_of_day(seen: DayRuns) -> str:
    newest = seen.runs[0] if seen.runs else None
    if any(one.waits for one in seen.refused):
        return "waiting"
    if newest is None:
        return "rejected" if seen.refused else "nothing"
    if newest.publication.approved_by:
        return "approved"
    return "warned" if any(check.result == "failed" for check in newest.gate) else "published"


def _shown(seen: DayRuns, publication: int | None) -> Run | None:
    if publication is None:
        return seen.runs[0] if seen.runs else None
    found = [run for run in seen.runs if run.publication.sequence == publication]
    if not found:
        raise HTTPException(404)
    return found[0]


def _sorted(checks: Any) -> list[GateResult]:
    """What failed first, blocking before warning; else in the gate's order."""
    worst = {("failed", "blocking"): 0, ("failed", "warning"): 1}
    return sorted(checks, key=lambda one: (worst.get((one.result, one.severity), 2), one.position))


def _refused(visit: Visiting, day: dt.date, folder: str, *, answered: bool = False) -> dict[str, Any] | None:
    """What a card shows of a refused run; None where it is not there any more."""
    entry = deciding.entry_of(visit, day, folder)
    if entry is None:
        return None
    asks = _asks(visit, entry) if entry.waits else Asks.NOTHING
    checks = _sorted(deciding.checks_of(entry))
    return {
        "entry": entry,
        "folder": folder,
        "failed": [check for check in checks if check.result == "failed"],
        "checks": checks,
        "counts": deciding.counts_of(entry),
        "gate_page": (entry.folder / "page.html").is_file(),
        "may": deciding.may_decide(visit.person, visit.settings.gate),
        "approvers": visit.settings.gate.approvers,
        "asks": asks.value,
        "answered": answered,
    }


def _asks(visit: Visiting, entry: Quarantined) -> Asks:
    """What Airflow makes of it; where it does not say, nothing is promised."""
    try:
        return required_action.asks(visit.request, entry.run_id)
    except NotAnsweredError:
        return Asks.NOTHING


@router.get("/runs/{day}/refused/{folder}")
def refused(visit: Visit, day: dt.date, folder: str, answered: bool = False) -> Response:
    """The card of a refused run as it is now; the page is loaded anew once an answer was carried out."""
    shown = _refused(visit, day, folder, answered=answered)
    if shown is None or not shown["entry"].waits:
        deciding.seen_anew(visit)
        return Response(headers={"HX-Refresh": "true"})
    return visit.page("runs_refused.html", one=shown, day=day)


@router.post("/runs/{day}/refused/{folder}", dependencies=[requires(Role.MANAGER)])
def decide(
    visit: Visit,
    day: dt.date,
    folder: str,
    answer: Annotated[Literal["approve", "reject"], Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Approve or reject a refused run."""
    entry = deciding.entry_of(visit, day, folder)
    if entry is None:
        raise HTTPException(404)
    try:
        done = deciding.decide(visit, entry, approve=answer == "approve", reason=reason)
    except CallQAError as error:
        return _not_decided(visit, error)
    if done:
        return Response(headers={"HX-Redirect": visit.url(f"/runs/{day}")})
    said = json.dumps({"callqa:say": visit.t("runs.told_airflow")})
    response = visit.page("runs_refused.html", one=_refused(visit, day, folder, answered=True), day=day)
    response.headers["HX-Trigger"] = said
    return response


def _not_decided(visit: Visiting, error: CallQAError) -> HTMLResponse:
    statuses: list[tuple[type[CallQAError], int]] = [(DecidedError, 409), (UsageError, 400), (NotYoursError, 403)]
    status = next((status for kind, status in statuses if isinstance(error, kind)), 409)
    return visit.page(
        "fault_part.html", status, key="runs.not_decided", message=error.message, remedy=error.remedy, code=status
    )


@router.get("/runs/{day}/changes")
def changes(visit: Visit, day: dt.date, first: int, second: int) -> HTMLResponse:
    """What a publication changed against another, as counts: a part of the day's page."""
    from callqa import warehouse

    found = warehouse.compare(visit.settings.lake, day, first, second)
    return visit.page("runs_changes.html", found=found, day=day)


@router.get("/runs/{day}/gate/{result}")
def gate_page(visit: Visit, day: dt.date, result: str) -> Response:
    """The gate's own page of a publication (by the id of its result) or of a refused run (by its folder's name)."""
    path = _gate_page(visit, day, result)
    if path is None or path.stat().st_size > GATE_PAGE_BYTES:
        raise HTTPException(404)
    html = path.read_text(encoding="utf-8", errors="replace")
    return Response(
        _without_scripts(html, visit.language.code),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": GATE_PAGE_POLICY},
    )


def _gate_page(visit: Visiting, day: dt.date, result: str) -> Path | None:
    with visit.data() as page:
        publications = [run.publication for run in day_runs(page, day).runs]
    for publication in publications:
        if publication.gate_result_id == result:
            return _gate_file(visit, publication)
    entry = deciding.entry_of(visit, day, result)
    there = entry.folder / "page.html" if entry else None
    return there if there and there.is_file() else None


def _gate_file(visit: Visiting, publication: Publication) -> Path | None:
    """The page of a publication's gate result, as long as the run's folder, or the quarantine, has it."""
    lake, day = visit.settings.lake.root, publication.call_date.isoformat()
    folders = [
        storage.run_folder(lake, f"{day}__{publication.run_id}") / "gate",
        Path(lake) / "quarantine" / day / storage.run_folder(lake, publication.run_id).name,
    ]
    for folder in folders:
        try:
            if storage.read_json(folder / "audit.json")["id"] == publication.gate_result_id:
                return folder / "page.html" if (folder / "page.html").is_file() else None
        except (StageError, KeyError, TypeError):
            continue  # tidied away, or never there
    return None


def _without_scripts(html: str, language: str) -> str:
    """The page in the person's language; the script that would choose it may not run."""
    html = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL | re.IGNORECASE)
    if language == "zh":
        html = html.replace('id="en" checked>', 'id="en">').replace('id="zh">', 'id="zh" checked>')
    return html
