"""Days of the past: what running them would take, a backfill and how far it is, and the report of it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from callqa import archive
from callqa.archive import Span
from callqa.errors import CallQAError, SettingsError, SourceError, UsageError
from callqa_airflow import connections
from qa_console import backfilling
from qa_console.access import Role
from qa_console.airflow_api import AirflowError
from qa_console.backfilling import Backfill
from qa_console.data.archived import archived
from qa_console.visit import Visit, Visiting, requires

router = APIRouter(dependencies=[requires(Role.REVIEWER)])

LOOK_SECONDS = 8.0
"""That a plan of the console may look at the source: somebody waits for it."""
USUAL_DAYS = 30
MOST_AT_ONCE = 16
QUICK_DAYS = 100
"""Of a range so short the progress is looked at every few seconds; of a longer one less often."""

Day = Annotated[dt.date | None, Query()]
FormDay = Annotated[dt.date, Form()]


@router.get("/backfill")
def backfill(visit: Visit, first: Day = None, last: Day = None) -> HTMLResponse:
    """Choose a range; the backfill that is at work, and those before it."""
    seen, wrong = _seen(visit)
    span = Span(first, last) if first and last else _usual(visit)
    return visit.page(
        "backfill.html",
        span=span,
        may=visit.person.may(Role.MANAGER),
        days_at_once=visit.settings.archive.days_at_once,
        most_at_once=MOST_AT_ONCE,
        backfills=seen,
        active=next((_progress(visit, one) for one in seen if one.active), None),
        switched_on=_switched_on(visit),
        wrong=wrong,
    )


def _seen(visit: Visiting) -> tuple[list[Backfill], AirflowError | None]:
    """The newest backfills; where Airflow does not show them, why."""
    try:
        return backfilling.newest(visit.request, visit.settings.source.timezone), None
    except AirflowError as error:
        return [], error


def _switched_on(visit: Visiting) -> bool:
    """Whether runs begin; where Airflow does not say, nothing is said of it."""
    try:
        return backfilling.is_switched_on(visit.request)
    except AirflowError:
        return True


def _usual(visit: Visiting) -> Span:
    yesterday = dt.datetime.now(visit.language.zone).date() - dt.timedelta(days=1)
    return Span(yesterday - dt.timedelta(days=USUAL_DAYS - 1), yesterday)


@router.get("/backfill/plan", dependencies=[requires(Role.MANAGER)])
def plan(visit: Visit, first: dt.date, last: dt.date, again: bool = False) -> HTMLResponse:
    """What running these days would take: a part of the page, with the button that starts it."""
    try:
        span = archive.checked(Span(first, last), visit.settings.source.timezone)
        made = archive.plan(
            connections.opened(visit.settings), span, seconds=LOOK_SECONDS, given=archive.conf(again=again)
        )
    except (UsageError, SettingsError, SourceError) as error:
        return visit.page("backfill_wrong.html", error=error)
    return visit.page("backfill_plan.html", plan=made, span=span, again=again)


@router.post("/backfill", dependencies=[requires(Role.MANAGER)])
def start(
    visit: Visit,
    first: FormDay,
    last: FormDay,
    days_at_once: Annotated[int, Form(ge=1, le=MOST_AT_ONCE)],
    again: Annotated[bool, Form()] = False,
    notify: Annotated[bool, Form()] = False,
) -> Response:
    """Start a backfill."""
    zone = visit.settings.source.timezone
    conf = archive.conf(again=again, notify=notify)
    try:
        span = archive.checked(Span(first, last), zone)
        visit.audit("run", what="backfill", first=str(first), last=str(last), **conf)
        begun = backfilling.start(visit.request, span, zone, days_at_once, conf)
    except (UsageError, AirflowError) as error:
        return _refused(visit, error)
    return Response(headers={"HX-Redirect": visit.url(f"/backfill/{begun.id}")})


def _refused(visit: Visiting, error: CallQAError) -> HTMLResponse:
    status = error.status if isinstance(error, AirflowError) and error.status >= 400 else 400
    return visit.page(
        "fault_part.html", status, key="backfill.not_done", message=error.message, remedy=error.remedy, code=status
    )


@router.get("/backfill/report")
def report(visit: Visit, first: dt.date, last: dt.date) -> HTMLResponse:
    """What became of a range of days."""
    span = archive.checked(Span(first, last), visit.settings.source.timezone)
    with visit.data() as page:
        made = archived(page, span)
    return visit.page("backfill_report.html", report=made, span=span, months=_months(made["days"]))


@router.get("/backfill/{number}")
def progress(visit: Visit, number: int) -> HTMLResponse:
    """How far a backfill is, day by day; a part of the page where a page of ours asks."""
    one = _of(visit, number)
    values = {"one": _progress(visit, one), "may": visit.person.may(Role.MANAGER), "switched_on": _switched_on(visit)}
    return visit.page("backfill_progress.html" if visit.by_htmx else "backfill_one.html", **values)


@router.post("/backfill/{number}/{verb}", dependencies=[requires(Role.MANAGER)])
def steer(visit: Visit, number: int, verb: Literal["pause", "unpause", "cancel"]) -> Response:
    """Pause it, let it go on, or end it."""
    try:
        one = _of(visit, number)
        visit.audit("run", what=f"backfill {verb}", backfill=one.id)
        backfilling.steer(visit.request, one.id, verb)
    except AirflowError as error:
        return _refused(visit, error)
    return progress(visit, number)


def _of(visit: Visiting, number: int) -> Backfill:
    found = backfilling.one(visit.request, number, visit.settings.source.timezone) if number >= 0 else None
    if found is None:
        raise HTTPException(404)
    return found


def _progress(visit: Visiting, one: Backfill) -> dict[str, Any]:
    """What is shown of a backfill: Airflow says which days are at work, the warehouse what became of the others."""
    zone = visit.settings.source.timezone
    runs = backfilling.counts(visit.request, one, zone)
    running = backfilling.days_in(visit.request, one, zone, "running")
    failed = backfilling.days_in(visit.request, one, zone, "failed") if runs["failed"] else []
    with visit.data() as page:
        made = archived(page, one.span)
    days = [_as_of_now(day, running, failed) for day in made["days"]]
    over = sum(runs[state] for state in backfilling.ENDED)
    return {
        "backfill": one,
        "runs": runs,
        "over": over,
        "share": over / sum(runs.values()) if sum(runs.values()) else None,
        "running": running,
        "report": made,
        "months": _months(days),
        "every": 5 if len(one.span) <= QUICK_DAYS else 30,
        "ends": _ends(visit, one, sum(runs.values()) - over),
    }


def _as_of_now(day: dict[str, Any], running: list[dt.date], failed: list[dt.date]) -> dict[str, Any]:
    at = dt.date.fromisoformat(day["day"])
    if at in running:
        return {**day, "state": "running"}
    return {**day, "state": "failed"} if at in failed and day["state"] == "nothing" else day


def _ends(visit: Visiting, one: Backfill, left: int) -> dt.datetime | None:
    """When the last day will be done; None while nothing can be said."""
    if not one.active or one.is_paused:
        return None
    ended = backfilling.ended_since_it_began(visit.request, one, visit.settings.source.timezone)
    return backfilling.end_of(one, ended, left, dt.datetime.now(dt.UTC))


def _months(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Months, oldest first: each with its days from 1 to 31, None where the range or the month has none."""
    found: dict[tuple[int, int], list[dict[str, Any] | None]] = {}
    for day in days:
        at = dt.date.fromisoformat(day["day"])
        found.setdefault((at.year, at.month), [None] * 31)[at.day - 1] = day
    return [{"year": year, "month": month, "days": cells} for (year, month), cells in found.items()]
