"""The list of calls: `/calls?from=2026-01-05&flag=risk&sort=score`; every state of it has an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from callqa import contracts
from qa_console import data
from qa_console.config import console_data
from qa_console.data import FilterError, Filters, Sort
from qa_console.data.choices import MOST as MOST_CHOICES
from qa_console.data.choices import choices
from qa_console.data.exporting import COLUMNS
from qa_console.data.filters import FIELDS, KEYS
from qa_console.pages import Entry
from qa_console.pages._severity import Weights
from qa_console.visit import Visit, Visiting

router = APIRouter()
ENTRY = Entry(place=20, path="/calls", title="calls.entry", key="c")

OTHERS = ("sort", "after", "before")
"""Keys of the page that are no filters."""
CHOSEN = ("agent", "team", "queue", "rule", "flag")
"""Filters whose values are those that calls have …"""
FIXED = {
    "mood_start": contracts.EMOTIONS,
    "mood_end": contracts.EMOTIONS,
    "language": contracts.LANGUAGES,
    "status": contracts.STATUSES,
    "call_state": contracts.CALL_STATES,
    "reason": contracts.REJECT_REASONS,
    "direction": contracts.DIRECTIONS,
}
"""… and those whose values the contract names."""
TERMS = {"mood_start": "emotion", "mood_end": "emotion", "reason": "reject_reason", "unknown": "rule"}
"""Kind of the words for a filter's values, where it is not called like the filter."""


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the list without it."""

    label: str
    value: str
    url: str


@router.get("/calls")
def calls(visit: Visit, after: str | None = None, before: str | None = None) -> HTMLResponse:
    """A page of the calls that meet the filters."""
    try:
        filters, sort = _asked(visit)
        with visit.data() as page:
            listing = data.calls(page, filters, sort, after=after, before=before)
            days = page.days
    except FilterError as error:
        if visit.by_htmx:
            raise
        return _wrong(visit, error)
    address = _Address(visit, filters, sort)
    answer = visit.page(
        "calls.html",
        listing=listing,
        days=days,
        weights=Weights.of(visit),
        error=None,
        **_shown(visit, address, {one.agent_id: one.agent_name for one in listing.lines if one.agent_name}),
    )
    answer.headers["hx-push-url"] = address.here(after=after, before=before)
    return answer


@router.get("/calls/choices")
def choose(visit: Visit, of: str, like: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """What there is to choose from in a filter: asked when its menu is opened, and at each letter typed there."""
    pairs = [pair for pair in visit.request.query_params.multi_items() if pair[0] not in ("of", "like")]
    filters = Filters.of(pairs, others=OTHERS)
    named = frozenset(_named_like(visit, of, like))
    with visit.data() as page:
        found = choices(page, of, filters, like, named)
    chosen = getattr(filters, FIELDS[of])
    return visit.page(
        "calls_choices.html", of=of, found=found, chosen=chosen, more=len(found) == MOST_CHOICES, like=like
    )


@router.get("/calls/export.csv")
def export(visit: Visit) -> StreamingResponse:
    """The whole list, row by row."""
    filters, sort = _asked(visit)
    visit.audit("export", filters=filters.pairs(), sort=str(sort))
    heads = {name: visit.t(f"calls.csv_{name}") for name in COLUMNS}
    lines = data.export_csv(console_data(visit.settings), visit.visible, filters, sort, heads)
    name = f"calls-{dt.datetime.now(visit.language.zone):%Y%m%d-%H%M%S}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_bytes(lines), media_type="text/csv; charset=utf-8", headers=headers)


def _bytes(lines: Iterator[str]) -> Iterator[bytes]:
    for piece in lines:
        yield piece.encode()


def _asked(visit: Visiting) -> tuple[Filters, Sort]:
    given = visit.request.query_params
    return Filters.of(given.multi_items(), others=OTHERS), Sort.of(given.get("sort"))


def _wrong(visit: Visiting, error: FilterError) -> HTMLResponse:
    """The page without filters, and what is wrong with those that were asked for."""
    address = _Address(visit, Filters(), Sort())
    empty = data.Listing(lines=(), total=0, first=0, before=None, after=None)
    weights = Weights({}, {})
    return visit.page("calls.html", 400, listing=empty, days=[], weights=weights, error=error, **_shown(visit, address))


class _Address:
    """Addresses of the list, and of lists that are nearly this one."""

    def __init__(self, visit: Visiting, filters: Filters, sort: Sort) -> None:
        self.visit, self.filters, self.sort = visit, filters, sort

    @property
    def query(self) -> dict[str, Any]:
        """The filters, and the sort where it is not the usual one."""
        pairs: dict[str, Any] = {}
        for key, value in self.filters.pairs():
            pairs.setdefault(key, []).append(value)
        return {**pairs, **({"sort": str(self.sort)} if self.sort != Sort() else {})}

    def here(self, path: str = "/calls", **others: Any) -> str:
        """This list; at another place of it with `after` or `before`."""
        return self.visit.url(path, **{**self.query, **others})

    def without(self, key: str, value: str) -> str:
        """The list without one value of a filter."""
        left = [one for one in self.query[key] if one != value]
        return self.visit.url("/calls", **{**self.query, key: left or None})

    def sorted_by(self, column: str) -> str:
        """The list by another column, or this one the other way round."""
        first = column in DESCENDING
        down = not self.sort.descending if self.sort.column == column else first
        return self.visit.url("/calls", **{**self.query, "sort": str(Sort(column, down))})


DESCENDING = ("started_at", "duration", "flags", "hits")
"""Columns that begin with the greatest."""


def _shown(visit: Visiting, address: _Address, agents: Mapping[str | None, str | None] | None = None) -> dict[str, Any]:
    filters = address.filters
    query = address.here().partition("?")[2]
    return {
        "address": address,
        "filters": filters,
        "fixed": FIXED,
        "terms": TERMS,
        "chosen": {key: getattr(filters, FIELDS[key]) for key in (*CHOSEN, *FIXED, "unknown")},
        "sort": address.sort,
        "chips": [
            Chip(*_words(visit, key, value, agents or {}), address.without(key, value))
            for key, value in filters.pairs()
        ],
        "query": query,
        "one_day": filters.first_day is not None and filters.first_day == filters.last_day,
        "keys": KEYS,
    }


def _words(visit: Visiting, key: str, value: str, agents: Mapping[str | None, str | None]) -> tuple[str, str]:
    """A filter and its value as people read them."""
    label = visit.t(f"calls.filter_{key}")
    if key == "agent":
        return label, agents.get(value) or value
    if key in ("from", "to"):
        return label, visit.language.short_date(dt.date.fromisoformat(value))
    if key in ("rule", "unknown"):
        return label, visit.rule_name(value)
    if key.startswith("seconds"):
        return label, visit.language.duration(float(value))
    return label, visit.language.term(TERMS.get(key, key), value)


def _named_like(visit: Visiting, of: str, like: str) -> Iterator[str]:
    """Rules and flags whose name, as it is shown, has what was typed."""
    wanted = like.strip().lower()
    if not wanted or of not in ("rule", "flag"):
        return
    weights = Weights.of(visit)
    if of == "rule":
        yield from (rule for rule in weights.rules if wanted in visit.rule_name(rule).lower())
    else:
        yield from (flag for flag in weights.flags if wanted in visit.language.term("flag", flag).lower())
