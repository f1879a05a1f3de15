"""Rules: `/rules`, one rule at `/rules/{rule}`; two versions of it side by side at `/rules/{rule}/compare`, and the
editor, whose text is one of the versions, at `/rules/try`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse

from qa_console import data, trying
from qa_console.access import Role
from qa_console.data import Page, RuleLine, Span
from qa_console.data.errors import BusyError
from qa_console.pages import Entry, _comparing, _rule_pages, _scopes
from qa_console.trying import TrialError
from qa_console.visit import Visit, Visiting, requires

router = APIRouter(dependencies=[requires(Role.REVIEWER)])
ENTRY = Entry(place=50, path="/rules", title="rules.entry", role=Role.REVIEWER, key="r")

Order = Literal["rule", "hits", "precision", "severity"]
First = Annotated[dt.date | None, Query(alias="from")]
Last = Annotated[dt.date | None, Query(alias="to")]
Side = Annotated[str | None, Query(pattern=f"^({trying.SIDES.pattern})$", max_length=20)]
Rule = Annotated[str | None, Query(max_length=100)]
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
def editor(visit: Visit, rule: Rule = None, first: First = None, last: Last = None) -> HTMLResponse:
    """The editor, with an example or with the text of an installed rule, whose new version is the text."""
    if rule is None:
        with visit.data() as page:
            return _versions(visit, page, None, trying.EXAMPLE, ("published", "text"), first, last)
    return compare(visit, rule, None, "text", first, last)


@router.get("/rules/{rule}/compare", dependencies=[requires(Role.MANAGER)])
def compare(
    visit: Visit, rule: str, old: Side = None, new: Side = None, first: First = None, last: Last = None
) -> HTMLResponse:
    """The versions of a rule side by side, and two of them on the same calls."""
    of_pack = _rule_pages.rule_page(visit.settings.rules, rule, visit.url(""))
    with visit.data() as page:
        span = _span(page, first, last)
        versions = data.rule_versions(page, rule, span) if span else ()
        if of_pack is None and not versions:
            raise HTTPException(404)
        text = of_pack.yaml if of_pack else ""
        sides = _comparing.chosen(versions, text, _installed(visit, rule), old, new)
        return _versions(visit, page, rule, text, sides, first, last, ready=bool(old and new))


def _installed(visit: Visiting, rule: str) -> int | None:
    return next((one.version for one in data.installed(visit.settings.rules) if one.rule == rule), None)


def _versions(
    visit: Visiting, page: Page, rule: str | None, text: str, sides: tuple[str, str], first: dt.date | None,
    last: dt.date | None, *, ready: bool = False,
) -> HTMLResponse:  # fmt: skip
    span = _span(page, first, last)
    installed = _installed(visit, rule) if rule else None
    versions = data.rule_versions(page, rule, span) if rule and span else ()
    return visit.page(
        "rules_try.html",
        rule=rule,
        text=text,
        days=page.days,
        span=span,
        short=_comparing.short(span, page.days) if span else None,
        versions=versions,
        numbers=_comparing.numbers(versions, installed),
        installed=installed,
        old=sides[0],
        new=sides[1],
        ready=ready and sides[1] != "text",
        most=trying.MOST_DAYS,
        seconds=trying.SECONDS,
    )


@router.post("/rules/try", dependencies=[requires(Role.MANAGER)])
def try_rule(
    visit: Visit,
    first: Annotated[dt.date, Form()],
    last: Annotated[dt.date, Form()],
    text: Annotated[str, Form(max_length=trying.TEXT_BYTES)] = "",
    rule: Annotated[str | None, Form(max_length=100)] = None,
    old: Annotated[str, Form(max_length=20)] = "published",
    new: Annotated[str, Form(max_length=20)] = "text",
) -> HTMLResponse:
    """Compare two versions on some published days, of which a text may be one; nothing is saved."""
    most = trying.MOST_DAYS_PUBLISHED if trying.published_version(new) else trying.MOST_DAYS
    if not 0 <= (last - first).days < most:
        return _not_tried(visit, TrialError(visit.t("rules.days_wrong", n=most), code="days"), 400)
    about = {"characters": len(text)} if new == "text" else {"rule": rule}
    visit.audit("run", rule_trial=True, first=str(first), last=str(last), old=old, new=new, **about)
    try:
        found = trying.compared(
            visit.settings, None if new == "text" else rule, old, new, first, last, text=text.replace("\r\n", "\n")
        )
    except TrialError as error:
        return _not_tried(visit, error, 422)
    except BusyError as error:
        return _not_tried(visit, TrialError(error.message, remedy=error.remedy, code="busy"), 503)
    return visit.page("rules_tried.html", found=found, sides=_comparing.sides(found), wrong=None)


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
        scope=lambda scope: _scopes.in_words(scope, visit.language),
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
