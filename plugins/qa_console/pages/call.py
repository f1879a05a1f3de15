"""A call: `/calls/2026-01-05/C-88231?t=12.5`, with its sound (see `audio`), what was said, found and scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from callqa.contracts import CardScore, Finding
from qa_console import data
from qa_console.data import CallDetail, FilterError, Filters, Page, Sort
from qa_console.pages import _documents, _transcript
from qa_console.pages._explained import explained
from qa_console.pages._seen import seen_call
from qa_console.pages._severity import RANK
from qa_console.pages.calls import OTHERS
from qa_console.visit import Visit, Visiting

router = APIRouter()

SHORT = 14
"""Lines of a transcript below which there is room for what else is known of the call."""
LIST_CHARACTERS = 4000
"""Of the address of the list that a call was opened from."""


@dataclass(frozen=True)
class Beside:
    """The list that a call was opened from, and the calls beside it there."""

    query: str
    """Of the list; empty: the calls of the day."""
    here: data.Neighbours
    said: str
    """What the list was searched for."""


@router.get("/calls/{day}/{call_id:path}/download/{kind}")
def download(visit: Visit, day: dt.date, call_id: str, kind: _documents.Kind) -> Response:
    """The call as a file; that somebody took it is kept."""
    with visit.data() as page:
        detail = seen_call(visit, page, day, call_id)
    made = _documents.made(visit.settings, visit.person, detail, kind)
    visit.audit("download", detail.row, format=kind)
    return made


@router.get("/calls/{day}/{call_id:path}")
def call(
    visit: Visit,
    day: dt.date,
    call_id: str,
    t: Annotated[float | None, Query(ge=0, le=1e6)] = None,
    list_: Annotated[str, Query(alias="in", max_length=LIST_CHARACTERS)] = "",
) -> HTMLResponse:
    """One published call; the player stands at `t` seconds."""
    with visit.data() as page:
        detail = seen_call(visit, page, day, call_id)
        beside = _beside(page, detail, list_)
    visit.audit("open", detail.row)
    lines = _transcript.lines(detail.turns, detail.events, detail.findings, beside.said)
    return visit.page(
        "call.html",
        detail=detail,
        call=_documents.row_for(visit.person, detail.row),
        beside=beside,
        lines=lines,
        gone=_transcript.without_text(detail.turns, detail.row.text_chars),
        hits=[one for one in detail.findings if one.outcome == "hit"],
        untold=[one for one in detail.findings if one.outcome != "hit"],
        places={one.rule: _transcript.places(one, detail.turns) for one in detail.findings},
        about=explained(visit.settings.rules, visit.language.code),
        cards=[(card, _items(card, detail.findings)) for card in detail.row.scorecards],
        player=_player(visit, detail, t),
        reviews=_reviews(detail),
        blind=detail.hidden,
        short=len(lines) <= SHORT,
    )


def _beside(page: Page, detail: CallDetail, query: str) -> Beside:
    """The neighbours in the list that was left, or, where there was none or it is none any more, in the day's."""
    day = detail.row.call_date
    pairs: list[tuple[str, str]] = []
    try:
        pairs = parse_qsl(query)
        filters, sort = Filters.of(pairs, others=OTHERS), Sort.of(dict(pairs).get("sort"))
    except (FilterError, ValueError):
        query, filters, sort = "", Filters(), Sort()
    if not query or not pairs:
        query = ""
        filters, sort = Filters(first_day=day, last_day=day), Sort("started_at", False)
    here = data.neighbours(page, filters, sort, day, detail.row.call_id)
    return Beside(query, here, filters.said)


def _items(card: CardScore, findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Rules of a card with their result and, where it could not be told, why; what costs points first."""
    why = {finding.rule: finding.reason or "" for finding in findings}
    return [
        *((rule, "hit", "") for rule in card.rules_failed),
        *((rule, "unknown", why.get(rule, "")) for rule in card.rules_unknown),
        *((rule, "clear", "") for rule in card.rules_passed),
    ]


def _reviews(detail: CallDetail) -> Mapping[str, list[Any]]:
    """By rule, oldest first."""
    found: dict[str, list[Any]] = {}
    for review in detail.reviews:
        found.setdefault(review.rule, []).append(review)
    return found


def _player(visit: Visiting, detail: CallDetail, start: float | None) -> dict[str, Any]:
    """What the script draws, and its words."""
    row, term = detail.row, visit.language.term
    seconds = row.duration or max((turn.end for turn in detail.turns), default=0.0)
    base = f"/calls/{row.call_date}/{row.call_id}"
    roles = {turn.channel: turn.role for turn in reversed(detail.turns)}
    return {
        "sound": visit.url(f"{base}/sound"),
        "listen": f"{base}/listen",
        "seconds": seconds,
        "start": min(start or 0.0, seconds),
        "lanes": [_lane(visit, channel, row.channels or 1, roles) for channel in range(row.channels or 1)],
        "turns": [
            [one.turn, one.channel, _ms(one.start), _ms(one.end), one.emotion, int(one.announcement), one.role]
            for one in detail.turns
        ],
        "events": [
            [one.channel, _ms(one.start), _ms(one.end), one.class_, term("event", one.class_)]
            for one in detail.events
            if one.class_ not in _transcript.UNHEARD
        ],
        "marks": _marks(visit, detail),
        "silent": [
            [turn.channel, _ms(one.audio_start), _ms(one.audio_end), term("redaction", one.kind)]
            for turn in detail.turns
            for one in turn.redactions
        ],
        "words": {key: visit.t(f"call.js_{key}") for key in JS_WORDS},
    }


JS_WORDS = ("preparing", "gone", "again", "play", "pause", "hidden")


def _lane(visit: Visiting, channel: int, channels: int, roles: Mapping[int, str]) -> dict[str, str]:
    role = roles.get(channel, "unknown") if channels > 1 else "both"
    name = visit.t("call.both") if role == "both" else visit.language.term("role", role)
    return {"role": role, "name": name}


def _marks(visit: Visiting, detail: CallDetail) -> list[list[Any]]:
    """Hits on the waveform: second, end, severity, rule and its name; each place of a rule once, the gravest last."""
    found: dict[tuple[float, str], list[Any]] = {}
    for finding in sorted(detail.findings, key=lambda finding: RANK[finding.severity]):
        for one in finding.evidence if finding.outcome == "hit" else ():
            if one.turn is not None:
                start, end = _ms(one.start), _ms(one.end)
                found[start, finding.rule] = [start, end, finding.severity, finding.rule, visit.rule_name(finding.rule)]
    return list(found.values())


def _ms(seconds: float) -> float:
    return round(seconds, 3)
