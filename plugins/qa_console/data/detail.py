"""A call: all that is published of it, and what people said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from callqa.contracts import Call, Event, Finding, GateResult, Publication, Review, Turn
from qa_console.data.console import Page
from qa_console.data.errors import UnknownCallError
from qa_console.data.records import as_records

NEAR = 3
"""Calls that an unknown id may have been meant for."""
LOOKED_AT = 20_000
"""Ids that are compared with an unknown one."""


@dataclass(frozen=True, kw_only=True)
class CallDetail:
    """A call as its page shows it."""

    row: Call
    turns: tuple[Turn, ...]
    """In time order."""
    events: tuple[Event, ...]
    """By start."""
    findings: tuple[Finding, ...]
    """Hits first, then by severity and rule."""
    publication: Publication
    """The one that is shown: run, sequence, who approved it."""
    publications: tuple[Publication, ...]
    """All of the day, oldest first."""
    gate: tuple[GateResult, ...]
    """Checks of that publication which failed, and those that found fault with this call."""
    reviews: tuple[Review, ...]
    """Oldest first."""


SEVERITY = "array_position(['critical', 'major', 'minor', 'info'], severity)"


def call(page: Page, day: date, call_id: str) -> CallDetail:
    """A published call.

    Raises:
        UnknownCallError: there is none of this day and id that whoever asks may see; it names the nearest.
    """
    require(page, day, call_id)
    session = page.session
    of_call = ("call_id = ?", [call_id])
    rows = session.published_rows(Call, day, *of_call, "call_id")
    return CallDetail(
        row=rows[0],
        turns=tuple(session.published_rows(Turn, day, *of_call, "turn")),
        events=tuple(session.published_rows(Event, day, *of_call, 'start, "end", channel, class')),
        findings=tuple(session.published_rows(Finding, day, *of_call, f"outcome <> 'hit', {SEVERITY}, rule")),
        publication=session.published.newest[day],
        publications=tuple(p for p in session.published.publications if p.call_date == day),
        gate=_gate(page, day, call_id),
        reviews=reviews_of(page, day, call_id),
    )


def find(page: Page, call_id: str) -> list[date]:
    """The days that have a call of this id, newest first: ids are unique in a day only.

    Raises:
        UnknownCallError: none has.
    """
    rows = page.session.rows("select call_date from calls where call_id = ? order by call_date desc", [call_id])
    if not rows:
        raise unknown(page, None, call_id)
    return [row["call_date"] for row in rows]


def require(page: Page, day: date, call_id: str) -> None:
    """Refuse a call that there is not, or that whoever asks may not see; both sound alike.

    Raises:
        UnknownCallError: so it is; it names the nearest.
    """
    if not page.session.rows("select 1 as one from calls where call_date = ? and call_id = ?", [day, call_id]):
        raise unknown(page, day, call_id)


def unknown(page: Page, day: date | None, call_id: str) -> UnknownCallError:
    """The error of an id that is none, with the nearest ids: the same id on other days, then by spelling."""
    sql = f"""
        with candidates as (
            select call_date, call_id from calls
            where call_id = ? or call_date = ? or (cast(? as date) is null and starts_with(call_id, ?))
            order by call_id = ? desc, call_date desc, call_id limit {LOOKED_AT}
        )
        select call_date, call_id from candidates order by levenshtein(call_id, ?), call_date desc, call_id limit {NEAR}
    """
    begin = call_id[: len(call_id) // 2]
    found = page.session.rows(sql, [call_id, day, day, begin, call_id, call_id])
    near = [(row["call_date"], row["call_id"]) for row in found]
    named = ", ".join(f"{name} of {when}" for when, name in near)
    where = f" of {day}" if day else ""
    remedy = f"did you mean {named}?" if near else "look for it in the list of calls"
    return UnknownCallError(f"there is no call {call_id[:80]!r}{where}", remedy=remedy, near=near)


def reviews_of(page: Page, day: date, call_id: str) -> tuple[Review, ...]:
    """What people said of a call's rules, oldest first."""
    sql = 'select * from reviews where call_date = ? and call_id = ? order by "at", rule, reviewer'
    return tuple(as_records(Review, page.session.table(sql, [day, call_id])))


def _gate(page: Page, day: date, call_id: str) -> tuple[GateResult, ...]:
    """For whoever sees all calls: samples name other people's."""
    sql = """
        select * from gate_results where call_date = ? and gate_result_id = ?
            and (result = 'failed' or list_contains(list_transform(samples, lambda s: s.call_id), ?))
        order by position
    """
    identity = page.session.published.newest[day].gate_result_id
    return tuple(as_records(GateResult, page.session.table(sql, [day, identity, call_id])))
