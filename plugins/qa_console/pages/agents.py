"""Agents and teams: `/agents`, one agent's trends and calls to talk about at `/agents/{agent_id}`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qa_console import data
from qa_console.access import Role
from qa_console.data import Compared, Filters, Page, Period, Span
from qa_console.data.statistics import Estimate
from qa_console.pages import Entry
from qa_console.visit import Visit, Visiting

router = APIRouter()
ENTRY = Entry(place=40, path="/agents", title="agents.entry", key="a")

Every = Literal["day", "week"]
Order = Literal["name", "score", "risk", "angry", "calls"]
First = Annotated[dt.date | None, Query(alias="from")]
Last = Annotated[dt.date | None, Query(alias="to")]
EXAMPLES = 6
"""Of the worst and of the best calls."""


@router.get("/agents")
def agents(
    visit: Visit,
    first: First = None,
    last: Last = None,
    by: Literal["agent", "team"] = "agent",
    team: Annotated[str | None, Query(max_length=200)] = None,
    order: Order = "name",
) -> Response:
    """Agents, or teams, beside one another, each with how sure that is; an agent gets the own page."""
    if not visit.person.may(Role.REVIEWER):
        return _own(visit)
    with visit.data() as page:
        span = _span(page, first, last)
        if span is None:
            return visit.page("agents_empty.html")
        compared = data.compare(page, span, by, team=team or None)
        teams = [one.who for one in data.compare(page, span, "team").lines]
        trend = data.trend(page, span, _every(span), team=team or None)
    lines = sorted(compared.lines, key=lambda one: _key(one, order))
    return visit.page(
        "agents.html",
        span=span,
        by=by,
        team=team or None,
        order=order,
        teams=teams,
        compared=compared,
        lines=lines,
        scale=_scale(compared.lines),
        trend_chart=_chart(visit, trend) if len(trend) > 1 else None,
        every=_every(span),
    )


def _own(visit: Visiting) -> Response:
    if visit.person.agent_id is None:
        return visit.page("agents_nobody.html")
    return RedirectResponse(visit.url(f"/agents/{visit.person.agent_id}"), 303)


def _span(page: Page, first: dt.date | None, last: dt.date | None) -> Span | None:
    """What was asked for; what was not is as in the last four weeks."""
    usual = data.usual(page)
    if usual is None:
        return None
    last = last or max(usual.last, first or usual.last)
    return Span(first or min(usual.first, last), last)


def _every(span: Span) -> Every:
    return "week" if (span.last - span.first).days > 45 else "day"


def _key(one: Compared, order: Order) -> Any:
    """By name unless another order is asked for; what cannot be told stands last."""
    figures = {"score": one.figures.score, "risk": one.figures.risk, "angry": one.figures.angry_at_end}
    if order == "calls":
        return -one.figures.calls, one.name
    if order not in figures:
        return one.name.casefold(), one.who
    value = figures[order].value
    return value is None, (value or 0) * (1 if order == "score" else -1), one.name


def _scale(lines: tuple[Compared, ...]) -> tuple[float, float]:
    """The scores that the intervals are drawn between, in steps of ten."""
    lows = [_low(one.figures.score) for one in lines if one.figures.score.value is not None]
    low = min(lows, default=0.0) // 10 * 10
    return (min(low, 90.0), 100.0)


def _low(estimate: Estimate) -> float:
    return estimate.low if estimate.low is not None else estimate.value or 0.0


@router.get("/agents/{agent_id:path}")
def agent(
    visit: Visit, agent_id: str, first: First = None, last: Last = None, every: Every | None = None
) -> HTMLResponse:
    """One agent: trends by day or week, beside the others, and calls to talk about."""
    if not visit.visible.allows(agent_id):
        visit.audit("refused", agent=agent_id[:100])
        raise HTTPException(404)
    with visit.data() as page:
        span = _span(page, first, last)
        if span is None:
            return visit.page("agents_empty.html")
        compared = data.compare(page, span)
        mine = next((one for one in compared.lines if one.who == agent_id), None)
        if mine is None and not _ever(page, agent_id):
            raise HTTPException(404)
        periods = data.trend(page, span, every or _every(span), agent=agent_id)
        examples = data.coaching(page, agent_id, span, EXAMPLES)
        rules = _rules(page, span, agent_id)
    return visit.page(
        "agents_one.html",
        agent_id=agent_id,
        mine=mine,
        others=compared if visit.visible.everybody else None,
        scale=_scale(compared.lines),
        span=span,
        every=every or _every(span),
        periods=periods,
        score_chart=_chart(visit, periods),
        risk_chart=_shares(visit, periods),
        examples=examples,
        rules=rules,
    )


def _ever(page: Page, agent_id: str) -> bool:
    return bool(data.calls(page, Filters(agent=(agent_id,)), limit=1).lines)


def _rules(page: Page, span: Span, agent_id: str) -> list[tuple[str, int]]:
    """Rules that hit the agent's calls, most first."""
    sql = """
        select unnest(rules_hit) as rule, count(*) as hits from calls where agent_id = ? and call_date between ? and ?
        group by rule order by hits desc, rule
    """
    return [(row["rule"], row["hits"]) for row in page.session.rows(sql, [agent_id, span.first, span.last])]


def _chart(visit: Visiting, periods: tuple[Period, ...]) -> dict[str, Any]:
    """Mean scores with the bounds between which they surely lie."""
    scores = [one.figures.score for one in periods]
    return {
        "kind": "lines",
        "x": [visit.language.short_date(one.start) for one in periods],
        "digits": 1,
        "min": max(0, int(min((_low(one) for one in scores if one.value is not None), default=0) // 10 * 10)),
        "max": 100,
        "series": [
            {"name": visit.t("agents.score"), "values": [one.value for one in scores]},
            {"name": visit.t("agents.low"), "values": [one.low for one in scores], "dashed": True, "colour": "faint"},
            {"name": visit.t("agents.high"), "values": [one.high for one in scores], "dashed": True, "colour": "faint"},
        ],
    }


def _shares(visit: Visiting, periods: tuple[Period, ...]) -> dict[str, Any]:
    return {
        "kind": "lines",
        "x": [visit.language.short_date(one.start) for one in periods],
        "unit": "share",
        "min": 0,
        "max": 1 if any((one.figures.risk.value or 0) > 0.8 for one in periods) else None,
        "series": [
            {
                "name": visit.t("agents.risk"),
                "values": [one.figures.risk.value for one in periods],
                "colour": "critical-solid",
                "swatch": "angry",
            },
            {
                "name": visit.t("agents.angry"),
                "values": [one.figures.angry_at_end.value for one in periods],
                "colour": "major-solid",
                "swatch": "s2",
            },
        ],
    }
