"""The list of calls: filtered, sorted by any column that it shows, page by page.

Pages go on from a call (see `order`); what that loses, the jump to page 300, is no way to find a call, and filters are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qa_console.data.console import Page
from qa_console.data.errors import FilterError
from qa_console.data.filters import Filters
from qa_console.data.order import SORTS, Key, Sort, beyond, key_of, order, place_of, read_place
from qa_console.data.session import Row

SHOWN = """
    call_date, call_id, started_at, agent_id, agent_name, team, queue, direction, customer_number, status,
    reject_reason, call_state, language, emotion_start, emotion_end, duration, score, flags, rules_hit,
    len(rules_unknown) as unknown, turn_count, talk_agent, talk_customer, silence_seconds, overlap_seconds,
    mean_confidence, satisfaction
"""
MOST = 200
"""Calls of a page."""


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """A call in a list; fields as in `contracts.Call`."""

    call_date: date
    call_id: str
    started_at: datetime | None
    agent_id: str | None
    agent_name: str | None
    team: str | None
    queue: str | None
    direction: str
    customer_number: str | None
    status: str
    reject_reason: str | None
    call_state: str | None
    language: str
    emotion_start: str
    emotion_end: str
    duration: float | None
    score: float | None
    flags: tuple[str, ...]
    rules_hit: tuple[str, ...]
    unknown: int
    """Rules of which it could not be told."""
    turn_count: int
    talk_agent: float | None
    """Seconds."""
    talk_customer: float | None
    silence_seconds: float
    overlap_seconds: float
    mean_confidence: float | None
    satisfaction: float | None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page of a list."""

    lines: tuple[CallLine, ...]
    total: int
    """Calls that meet the filters, on all pages."""
    first: int
    """Place of the first line in the list, from 1; 0: there is none. Right unless days were published between pages."""
    before: str | None
    """Where the page before this one ends, and the next begins; None: there is none."""
    after: str | None
    not_searched: tuple[date, ...] = ()
    """Days whose turns were not looked through for what was said: the search took too long."""


@dataclass(frozen=True)
class Neighbours:
    """The calls beside one in a list."""

    previous: tuple[date, str] | None
    next: tuple[date, str] | None
    place: int | None
    """Of the call itself, from 1; None: it is not in the list."""
    total: int


@dataclass(frozen=True)
class Wanted:
    """A list as SQL: its rows, and the table of calls in which something was said, where that was asked."""

    where: str
    values: tuple[Any, ...]
    not_searched: tuple[date, ...] = ()


def calls(
    page: Page,
    filters: Filters,
    sort: Sort | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Listing:
    """A page of the calls that meet the filters: the first, or the one after or before a place.

    Raises:
        FilterError: a place is none of this sort, or `limit` is out of range.
    """
    if not 1 <= limit <= MOST:
        raise FilterError(f"{limit} calls a page", remedy=f"1 to {MOST}", field="limit")
    sort = sort or Sort()
    backwards = bool(before)
    place = read_place(sort, before or after)
    with wanted(page, filters) as chosen:
        rows, more = _rows(page, chosen, sort, place[0] if place else None, limit, backwards=backwards)
        total = page.session.one(f"select count(*) as n from calls where {chosen.where}", chosen.values)["n"]
    number = place[1] if place else 0
    first = (max(1, number - len(rows)) if more else 1) if backwards else number + 1
    return Listing(
        lines=tuple(line(row) for row in rows),
        total=total,
        first=first if rows else 0,
        before=place_of(sort, rows[0], first) if rows and (more if backwards else place) else None,
        after=place_of(sort, rows[-1], first + len(rows) - 1) if rows and (backwards or more) else None,
        not_searched=chosen.not_searched,
    )


def neighbours(page: Page, filters: Filters, sort: Sort | None, day: date, call_id: str) -> Neighbours:
    """The calls before and after one in the list of these filters, also where the call itself does not meet them."""
    sort = sort or Sort()
    key = f"{SORTS[sort.column][0]} as sorted"
    here = page.session.rows(
        f"select call_date, call_id, {key} from calls where call_date = ? and call_id = ?", [day, call_id]
    )
    with wanted(page, filters) as chosen:
        if not here:
            return Neighbours(None, None, None, _counted(page, chosen, sort, None)["total"])
        row = here[0]
        counted = _counted(page, chosen, sort, row)
        beside = [_beside(page, chosen, sort, row, backwards=back) for back in (True, False)]
    return Neighbours(beside[0], beside[1], counted["before"] + 1 if counted["here"] else None, counted["total"])


def line(row: Row) -> CallLine:
    """A row of `SHOWN`."""
    lists = {name: tuple(row[name] or ()) for name in ("flags", "rules_hit")}
    return CallLine(**{**{name: row[name] for name in CallLine.__dataclass_fields__}, **lists})


@contextlib.contextmanager
def wanted(page: Page, filters: Filters) -> Iterator[Wanted]:
    """The calls that meet the filters, also by what was said in them, for as long as the block lasts."""
    where, values = filters.condition()
    if not filters.said:
        yield Wanted(where, tuple(values))
        return
    matches = page.heard.search(page.session, filters.said, _days(page, filters))
    with page.session.given("said", matches.calls):
        yield Wanted(f"{where} and (call_date, call_id) in (from said)", tuple(values), matches.left)


def _days(page: Page, filters: Filters) -> list[date]:
    first, last = filters.first_day or date.min, filters.last_day or date.max
    return [day for day in page.days if first <= day <= last]


def _rows(
    page: Page, chosen: Wanted, sort: Sort, key: Key | None, limit: int, *, backwards: bool
) -> tuple[list[Row], bool]:
    """A page's rows in the list's order, and whether there are more in the direction that was asked."""
    further, values = beyond(sort, key, backwards=backwards) if key else ("true", [])
    ordered = order(sort, backwards=backwards)
    # First which calls, by the columns that this takes; the others are read of those only: a tenth of the time.
    found = f"select nr from calls where {chosen.where} and {further} order by {ordered} limit {limit + 1}"
    sql = f"select {SHOWN}, {SORTS[sort.column][0]} as sorted from calls where nr in ({found}) order by {ordered}"
    rows = page.session.rows(sql, [*chosen.values, *values])
    more = len(rows) > limit
    rows = rows[:limit]
    return (rows[::-1] if backwards else rows), more


def _counted(page: Page, chosen: Wanted, sort: Sort, row: Row | None) -> Row:
    """How many calls the list has, how many of them come before a row, and whether that row is one of them."""
    before, values = beyond(sort, key_of(row), backwards=True) if row else ("false", [])
    here, at = ("call_date = ? and call_id = ?", [row["call_date"], row["call_id"]]) if row else ("false", [])
    sql = f"""
        select count(*) as total, count(*) filter (where {before}) as before, count(*) filter (where {here}) as here
        from calls where {chosen.where}
    """
    return page.session.one(sql, [*values, *at, *chosen.values])


def _beside(page: Page, chosen: Wanted, sort: Sort, row: Row, *, backwards: bool) -> tuple[date, str] | None:
    further, values = beyond(sort, key_of(row), backwards=backwards)
    sql = f"""
        select call_date, call_id from calls where {chosen.where} and {further}
        order by {order(sort, backwards=backwards)} limit 1
    """
    found = page.session.rows(sql, [*chosen.values, *values])
    return (found[0]["call_date"], found[0]["call_id"]) if found else None
