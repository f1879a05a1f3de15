"""Rules: `/rules`, one rule at `/rules/{rule}`, and the editor that tries a YAML rule at `/rules/try`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse

from qa_console import data, trying
from qa_console.access import Role
from qa_console.data import Page, RuleLine, Span
from qa_console.data.errors import BusyError
from qa_console.pages import Entry, _rule_pages
from qa_console.trying import TrialError
from qa_console.visit import Visit, Visiting, requires

router = APIRouter(dependencies=[requires(Role.REVIEWER)])
ENTRY = Entry(place=50, path="/rules", title="rules.entry", role=Role.REVIEWER, key="r")

Order = Literal["rule", "hits", "precision", "severity"]
First = Annotated[dt.date | None, Query(alias="from")]
Last = Annotated[dt.date | None, Query(alias="to")]
SEVERITIES = ("critical", "major", "minor", "info")
RECENT = 8
"""Calls that a rule's page lists."""


@router.get("/rules")
def rules(
    visit: Visit,
    first: First = None,
    last: Last = None,
    order: Order = "rule",
    q: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Every rule that is installed or left findings, over a stretch of days."""
    with visit.data() as page:
        span = _span(page, first, last)
        if span is None:
            return visit.page("rules_empty.html", installed=data.installed(visit.settings.rules))
        lines = [one for one in data.rules(page, span) if _meets(visit, one, q)]
        trends = _trends(page, span)
    return visit.page(
        "rules.html", span=span, lines=sorted(lines, key=lambda one: _key(one, order)), order=order, trends=trends, q=q
    )


def _meets(visit: Visiting, one: RuleLine, text: str) -> bool:
    wanted = text.strip().casefold()
    pack = one.installed.pack if one.installed else " ".join(one.packs)
    return wanted in f"{one.rule} {visit.rule_name(one.rule)} {pack}".casefold()


def _key(one: RuleLine, order: Order) -> tuple[Any, ...]:
    if order == "hits":
        return -one.hits, one.rule
    if order == "precision":  # the least sure to be right first; of what nobody reviewed nothing is known
        return one.precision.value is None, one.precision.low or 0.0, one.rule
    if order == "severity":
        return SEVERITIES.index(one.installed.severity) if one.installed else len(SEVERITIES), one.rule
    return (one.rule,)


def _span(page: Page, first: dt.date | None, last: dt.date | None) -> Span | None:
    usual = data.usual(page)
    if usual is None:
        return None
    last = last or max(usual.last, first or usual.last)
    return Span(first or min(usual.first, last), last)


def _trends(page: Page, span: Span) -> dict[str, str]:
    """By rule: its hit rate day by day as the points of a line, 100 wide and 20 high."""
    sql = """
        with heard as (
            select call_date, count(*) as n from calls
            where status <> 'rejected' and call_date between ? and ? group by call_date
        ), hits as (
            select call_date, unnest(rules_hit) as rule from calls where call_date between ? and ?
        )
        select rule, call_date, count(*) / any_value(n) as rate from hits join heard using (call_date) group by all
    """
    values = [span.first, span.last, span.first, span.last]
    rates: dict[str, dict[dt.date, float]] = {}
    for row in page.session.rows(sql, values):
        rates.setdefault(row["rule"], {})[row["call_date"]] = row["rate"]
    days = [day for day in page.days if span.first <= day <= span.last]
    return {rule: _points([by_day.get(day, 0.0) for day in days]) for rule, by_day in rates.items()}


def _points(values: list[float]) -> str:
    top, steps = max(*values, 1e-9), max(1, len(values) - 1)
    return " ".join(f"{100 * at / steps:.1f},{18 - 16 * value / top:.1f}" for at, value in enumerate(values))


@router.get("/rules/try", dependencies=[requires(Role.MANAGER)])
def editor(visit: Visit, rule: Annotated[str | None, Query(max_length=100)] = None) -> HTMLResponse:
    """The editor, with an example or with the text of an installed rule."""
    text = trying.EXAMPLE
    if rule is not None:
        page = _rule_pages.rule_page(visit.settings.rules, rule, visit.url(""))
        if page is None:
            raise HTTPException(404)
        text = page.yaml or trying.EXAMPLE
    with visit.data() as of_data:
        days = of_data.days
    return visit.page("rules_try.html", text=text, rule=rule, days=days, most=trying.MOST_DAYS, seconds=trying.SECONDS)


@router.post("/rules/try", dependencies=[requires(Role.MANAGER)])
def try_rule(
    visit: Visit,
    text: Annotated[str, Form(max_length=trying.TEXT_BYTES)],
    first: Annotated[dt.date, Form()],
    last: Annotated[dt.date, Form()],
    against: Annotated[trying.Against, Form()] = "published",
) -> HTMLResponse:
    """Try a text on some published days; nothing is saved."""
    if not 0 <= (last - first).days < trying.MOST_DAYS:
        return _not_tried(visit, TrialError(visit.t("rules.days_wrong", n=trying.MOST_DAYS)), 400)
    visit.audit("run", rule_trial=True, first=str(first), last=str(last), characters=len(text))
    try:
        found = trying.tried(visit.settings, text.replace("\r\n", "\n"), first, last, against=against)
    except TrialError as error:
        return _not_tried(visit, error, 422)
    except BusyError as error:
        return _not_tried(visit, TrialError(error.message, remedy=error.remedy), 503)
    return visit.page("rules_tried.html", found=found, wrong=None)


def _not_tried(visit: Visiting, error: TrialError, status: int) -> HTMLResponse:
    """The part that stands where the result would: a fault of the text is an answer, so htmx shows it."""
    response = visit.page("rules_tried.html", 200, found=None, wrong=error)
    response.headers["x-callqa-trial"] = str(status)
    return response


@router.get("/rules/{rule}")
def rule_(visit: Visit, rule: str, first: First = None, last: Last = None) -> HTMLResponse:
    """One rule: how often it hits, how often it is right, what it looks for, its options and newest hits."""
    of_pack = _rule_pages.rule_page(visit.settings.rules, rule, visit.url(""))
    with visit.data() as page:
        span = _span(page, first, last)
        line = next((one for one in data.rules(page, span) if one.rule == rule), None) if span else None
        if of_pack is None and line is None:
            raise HTTPException(404)
        trend = data.rule_trend(page, rule, span, _every(span)) if span else ()
        recent = data.calls(page, data.Filters(rule=(rule,)), limit=RECENT) if span else None
    return visit.page(
        "rules_one.html",
        rule=rule,
        line=line,
        page=of_pack,
        span=span,
        recent=recent,
        chart=_chart(visit, trend),
        options=visit.settings.rules.options.get(rule, {}),
    )


def _every(span: Span) -> Literal["day", "week"]:
    return "week" if (span.last - span.first).days > 45 else "day"


def _chart(visit: Visiting, trend: tuple[data.RulePeriod, ...]) -> dict[str, Any]:
    rates = [one.rate for one in trend]
    return {
        "kind": "lines",
        "x": [visit.language.short_date(one.start) for one in trend],
        "unit": "share",
        "min": 0,
        "series": [
            {"name": visit.t("rules.rate"), "values": [one.value for one in rates]},
            {"name": visit.t("rules.low"), "values": [one.low for one in rates], "dashed": True, "colour": "faint"},
            {"name": visit.t("rules.high"), "values": [one.high for one in rates], "dashed": True, "colour": "faint"},
        ],
    }
