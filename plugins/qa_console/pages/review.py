"""Reviewing findings: `/review`, a sample at `/review/<seed>`, one finding with its history at `/review/finding`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from qa_console import data
from qa_console.access import Role
from qa_console.data import Filters, Sample, Span
from qa_console.pages import Entry, _findings, _sampled
from qa_console.pages._findings import SettledError
from qa_console.visit import Visit, Visiting, requires

router = APIRouter()
ENTRY = Entry(place=30, path="/review", title="review.entry", key="v")

SIZES = (20, 50, 100, 200)
LISTED = 12
"""Samples and findings in a list."""
NOTE = 2000
"""Characters of a note."""

Note = Annotated[str, Form(max_length=NOTE)]
Name = Annotated[str, Form(min_length=1, max_length=300)]


@router.get("/review")
def review(visit: Visit) -> HTMLResponse:
    """What there is to review, or for an agent: the own findings and appeals."""
    kept = _findings.verdicts(visit)
    kept.wake()
    with visit.data() as page:
        waiting = kept.unseen()
        appeals = _findings.open_appeals(page, waiting)
        if not visit.visible.everybody:
            return visit.page("review_own.html", appeals=appeals, findings=_findings.own(page, waiting, LISTED * 2))
        span = data.usual(page)
        queues = data.samples(page)[:LISTED]
        return visit.page(
            "review.html",
            appeals=appeals,
            queues=queues,
            span=span,
            sizes=SIZES,
            rules=[one.rule for one in data.rules(page, span) if one.hits] if span else [],
            agreement=_agreement(page, span) if span else [],
        )


def _agreement(page: data.Page, span: Span) -> list[tuple[str, data.Agreement]]:
    """Of all rules together (named ""), then by rule; only where two looked at the same finding."""
    whole = Span(page.days[0], max(span.last, page.days[-1]))
    found = [("", data.agreement(page, whole))]
    if found[0][1].both:
        found += [(one.rule, data.agreement(page, whole, one.rule)) for one in data.rules(page, whole)]
    return [(rule, one) for rule, one in found if one.both]


@router.post("/review/samples", dependencies=[requires(Role.REVIEWER)])
def make_sample(
    visit: Visit,
    kind: Annotated[Literal["random", "rule", "uncertain"], Form()],
    first: Annotated[dt.date, Form()],
    last: Annotated[dt.date, Form()],
    size: Annotated[int, Form(ge=1, le=500)],
    rule: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Draw a sample; everybody who opens its address reviews the same findings in the same order."""
    filters = Filters(first_day=first, last_day=last)
    wanted = Sample(
        name=name.strip(), kind=kind, size=size, filters=filters, rule=(rule or None) if kind == "rule" else None
    )
    with visit.data() as page:
        kept = data.keep_sample(page, wanted, visit.person.name)
    return Response(headers={"HX-Redirect": visit.url(f"/review/{kept.id}")})


@router.get("/review/finding")
def finding(
    visit: Visit, day: dt.date, call: Annotated[str, Query(max_length=300)], rule: Annotated[str, Query(max_length=100)]
) -> HTMLResponse:
    """One finding with all that was said of it."""
    return visit.page("review_finding_page.html", **_finding(visit, day, call, rule))


def _finding(visit: Visiting, day: dt.date, call: str, rule: str) -> dict[str, Any]:
    with visit.data() as page:
        seen = _findings.seen(visit, page, day, call, rule)
    return {"one": seen, "history": seen.history, "may": _findings.may(visit.person, seen)}


@router.post("/review/finding")
def say(
    visit: Visit,
    day: Annotated[dt.date, Form()],
    call: Name,
    rule: Name,
    verdict: Annotated[Literal["confirmed", "rejected", "appealed", "upheld", "overturned"], Form()],
    note: Note = "",
) -> Response:
    """An appeal, a final decision, or a verdict outside of a sample."""
    with visit.data() as page:
        seen = _findings.seen(visit, page, day, call, rule)
    if verdict not in _findings.may(visit.person, seen):
        raise HTTPException(409 if visit.person.may(_findings.ROLES[verdict]) else 403, "role")
    _findings.say(visit, seen, verdict, note, hold=dt.timedelta(0))
    return Response(headers={"HX-Refresh": "true"})


@router.get("/review/{seed}/progress", dependencies=[requires(Role.REVIEWER)])
def progress(visit: Visit, seed: str) -> HTMLResponse:
    """How far this person is with a sample: a part of the list, asked for when the list is there."""
    with visit.data() as page:
        sample = data.sample_of(page, seed)
        states = _findings.states(page, sample, _findings.verdicts(visit).unseen(), visit.person.name)
    return visit.page("review_progress.html", done=sum(map(bool, states)), total=len(states))


@router.get("/review/{seed}", dependencies=[requires(Role.REVIEWER)])
def queue(visit: Visit, seed: str, at: Annotated[int | None, Query(ge=1, le=500)] = None) -> HTMLResponse:
    """A sample: the first finding without this person's verdict, or the one at a place of it, from 1."""
    return visit.page("review_queue.html", **_place(visit, seed, at))


@router.post("/review/{seed}/say", dependencies=[requires(Role.REVIEWER)])
def say_of_sample(
    visit: Visit,
    seed: str,
    at: Annotated[int, Form(ge=1, le=500)],
    verdict: Annotated[Literal["confirmed", "rejected"], Form()],
    note: Note = "",
) -> HTMLResponse:
    """Confirm or reject the finding at a place; answers with the next."""
    with visit.data() as page:
        items = _sampled.items(page, data.sample_of(page, seed))
        if at > len(items):
            raise HTTPException(404)
        seen = _findings.seen(visit, page, *_sampled.name_of(items[at - 1]))
    if seen.settled:
        raise SettledError("this finding was appealed or decided meanwhile", remedy="go on with the next one")
    kept = _findings.say(visit, seen, verdict, note)
    response = visit.page("review_item.html", **{**_place(visit, seed, None, after=at), "undo": (kept.id, at)})
    return _with_address(visit, response, seed)


@router.post("/review/{seed}/undo", dependencies=[requires(Role.REVIEWER)])
def undo(visit: Visit, seed: str, at: Annotated[int, Form(ge=1, le=500)], kept: Name) -> HTMLResponse:
    """Take the last verdict back; where it is in the warehouse already, the finding is shown for another one."""
    taken = _findings.verdicts(visit).take_back(kept, visit.person.name)
    if taken:
        visit.audit("review", taken, rule=taken.rule, verdict=taken.verdict, taken_back=True)
    response = visit.page("review_item.html", **_place(visit, seed, at))
    text = visit.t("review.taken_back" if taken else "review.too_late")
    response.headers["HX-Trigger"] = json.dumps({"callqa:say": text})
    return _with_address(visit, response, seed)


def _with_address(visit: Visiting, response: HTMLResponse, seed: str) -> HTMLResponse:
    response.headers["HX-Replace-Url"] = visit.url(f"/review/{seed}")
    return response


def _place(visit: Visiting, seed: str, at: int | None, after: int = 0) -> dict[str, Any]:
    """What is shown of a sample: the finding at `at`, else the first open one behind `after`, else the first open."""
    waiting = _findings.verdicts(visit).unseen()
    with visit.data() as page:
        sample = data.sample_of(page, seed)
        states = _findings.states(page, sample, waiting, visit.person.name)
        place = at or _open(states, after)
        found = place is not None and place <= len(states)
        items = _sampled.items(page, sample)
        seen = _findings.seen(visit, page, *_sampled.name_of(items[place - 1])) if place and found else None
    return {"sample": sample, "states": states, "place": place, "one": seen, "undo": None}


def _open(states: list[str], after: int) -> int | None:
    places = [place for place, state in enumerate(states, 1) if not state]
    return next((place for place in places if place > after), places[0] if places else None)
