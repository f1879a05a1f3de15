"""A day at a glance: `/today`, and `/today?day=2026-01-05`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from callqa.contracts import GateResult
from qa_console import data
from qa_console.data import Filters, Sort
from qa_console.pages import Entry
from qa_console.visit import Visit, Visiting

router = APIRouter()
ENTRY = Entry(place=10, path="/today", title="today.entry", key="t")

MOODS = ("angry", "disgusted", "fearful", "sad", "surprised", "neutral", "unknown", "happy")
"""From the bottom of a bar to its top: what asks for attention stands on the axis."""
BANDS = ("critical-solid",) * 6 + ("major-solid",) * 2 + ("good-solid",) * 2
"""Colour of a score's bar, by tens."""
RISKS = 6
"""Risk calls that are shown; the list of calls has all of them."""
APPEALS = 5
"""Appeals that are shown; the page of reviews has all of them."""


@router.get("/today")
def today(visit: Visit, day: dt.date | None = None, moods: Literal["start", "end"] = "end") -> HTMLResponse:
    """One published day, the newest unless another is asked for."""
    with visit.data() as page:
        if not page.days:
            return visit.page("today_empty.html")
        if day is not None and day not in page.days:
            return visit.page("today_missing.html", 404, day=day, days=page.days, **_beside(page.days, day))
        seen = data.today(page, day)
        assert seen is not None
        risks = data.calls(
            page, Filters(first_day=seen.day, last_day=seen.day, flag=("risk",)), Sort("score", False), limit=RISKS
        )
        waiting = data.waiting(page) if visit.visible.everybody else ()
        appeals = data.appeals(page)
        days = page.days
    return visit.page(
        "today.html",
        seen=seen,
        totals=seen.totals,
        before=seen.day_before,
        risks=risks.lines,
        waiting=waiting,
        appeals=appeals[:APPEALS],
        waits=len(waiting) + len(appeals),
        moods=moods,
        scores_chart=_scores(visit, seen),
        moods_chart=_moods(visit, seen, moods),
        moods_shown=_shown(seen, moods),
        moods_legend=[(mood, visit.language.term("emotion", mood)) for mood in _shown(seen, moods)],
        gate=_gate(seen.gate),
        rates_to=max([one for rule in seen.rules for one in (rule.rate.value, rule.usual) if one], default=1.0),
        **_beside(days, seen.day),
    )


def _beside(days: list[dt.date], day: dt.date) -> dict[str, Any]:
    """The published days before and after one."""
    return {
        "earlier": max((one for one in days if one < day), default=None),
        "later": min((one for one in days if one > day), default=None),
    }


def _scores(visit: Visiting, seen: data.Today) -> dict[str, Any]:
    tens = [(low, 100 if low == 90 else low + 9) for low in range(0, 100, 10)]
    day = seen.day.isoformat()
    return {
        "kind": "bars",
        "wide": True,
        "x": [str(low) for low, _ in tens],
        "heads": [f"{low}–{high}" for low, high in tens],
        "series": [{"name": visit.t("today.calls"), "values": list(seen.scores), "colours": BANDS}],
        "links": [
            visit.url(
                "/calls",
                **{"from": day, "to": day, "score_from": low, "score_to": high if high == 100 else high + 0.99},
            )
            for low, high in tens
        ],
    }


def _shown(seen: data.Today, moods: str) -> list[str]:
    """The moods that the day has."""
    return [mood for mood in MOODS if any(getattr(hour, moods).get(mood) for hour in seen.hours)]


def _moods(visit: Visiting, seen: data.Today, moods: str) -> dict[str, Any]:
    by_hour = {hour.hour: getattr(hour, moods) for hour in seen.hours}
    hours = range(min(by_hour, default=0), max(by_hour, default=0) + 1)
    return {
        "kind": "bars",
        "stacked": True,
        "x": [f"{hour:02}" for hour in hours],
        "heads": [f"{hour:02}:00–{hour:02}:59" for hour in hours],
        "series": [
            {
                "name": visit.language.term("emotion", mood),
                "values": [by_hour.get(hour, {}).get(mood, 0) for hour in hours],
                "colour": f"emotion-{mood}",
                "swatch": mood,
            }
            for mood in _shown(seen, moods)
        ],
    }


def _gate(checks: tuple[GateResult, ...]) -> dict[str, Any]:
    failed = [check for check in checks if check.result == "failed"]
    return {
        "failed": failed,
        "passed": sum(check.result == "passed" for check in checks),
        "without_history": sum(check.result == "no history" for check in checks),
        "blocking": any(check.severity == "blocking" for check in failed),
    }
