"""The supervisors' page: who must be called back, what was threatened, what agents should not have said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from callqa.reports import overview
from callqa.reports.data import QUARTER, Row
from callqa.reports.figures import share, share_among
from callqa.reports.subject import CALL_COLUMNS, Context, Subject

CALL_BACKS = 60
CONDUCT = 30
"""Calls on the page."""
GROUPS = 12
THREATS = ("intent_complaint", "escalation", "unresolved", "churn", "regulator", "legal", "media", "fraud", "self_harm")
"""Flags that are counted, besides those that the settings name."""


def build(subject: Subject) -> Context:
    """All that the page shows."""
    days, chosen = list(subject.days), subject.settings.reports
    return {
        "now": overview.totals(subject, days),
        "trend": overview.trend(subject, [*subject.earlier, *days][-overview.TREND_DAYS :]),
        "flags": flags(subject, days, subject.before),
        "call_backs": calls(subject, days, chosen.call_back_flags, CALL_BACKS),
        "call_back_count": count(subject, days, chosen.call_back_flags),
        "conduct": calls(subject, days, chosen.conduct_flags, CONDUCT),
        "conduct_count": count(subject, days, chosen.conduct_flags),
        "hours": by_hour(subject, days),
        "teams": groups(subject, days, "team"),
        "queues": groups(subject, days, "queue"),
        "agents": groups(subject, days, "agent_id"),
    }


def flags(subject: Subject, days: Sequence[dt.date], before: Sequence[dt.date]) -> list[Row]:
    """Calls with each flag that is about risk, and on the days that they are compared with; most first."""
    chosen = subject.settings.reports
    wanted = list(dict.fromkeys([*chosen.call_back_flags, *THREATS, *chosen.conduct_flags]))
    sql = """
        select flag, count(*) as n
        from (select unnest(flags) as flag from calls where call_date in (select unnest(cast(? as date[]))))
        group by flag
    """
    now = {row["flag"]: row["n"] for row in subject.data.rows(sql, [list(days)])}
    past = {row["flag"]: row["n"] for row in subject.data.rows(sql, [list(before)])}
    rows = [{"flag": name, "calls": now.get(name, 0), "before": past.get(name, 0)} for name in wanted]
    shown = [row for row in rows if row["calls"] or row["before"]]
    return sorted(shown, key=lambda row: (-row["calls"], wanted.index(row["flag"])))


def calls(subject: Subject, days: Sequence[dt.date], wanted: Sequence[str], most: int) -> Sequence[Row]:
    """Calls with one of some flags, by the first of them that they have; then those that end angry, then by score."""
    sql = f"""
        select {CALL_COLUMNS},
            (select min(list_position(cast(? as varchar[]), flag)) from (select unnest(flags) as flag)) as urgency
        from calls left join said using (call_date, call_id)
        where call_date in (select unnest(cast(? as date[]))) and list_has_any(flags, cast(? as varchar[]))
        order by urgency, not coalesce(customer_last = 'angry', false), score nulls last, started_at, call_id
        limit {int(most)}
    """  # noqa: S608 - constants
    found = subject.data.rows(sql, [list(wanted), list(days), list(wanted)])
    for row in found:
        row["why"] = [flag for flag in wanted if flag in row["flags"]]
    return subject.with_findings(found)


def count(subject: Subject, days: Sequence[dt.date], wanted: Sequence[str]) -> int:
    """All such calls, shown or not."""
    sql = """
        select count(*) as n from calls
        where call_date in (select unnest(cast(? as date[]))) and list_has_any(flags, cast(? as varchar[]))
    """
    return int(subject.data.one(sql, [list(days), list(wanted)])["n"])


def by_hour(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """Calls to call back and all heard, by hour of the contact centre's day."""
    sql = f"""
        select hour, count(*) as calls, count(*) filter (where list_has_any(flags, cast(? as varchar[]))) as hits
        from calls join clock on clock.quarter = {QUARTER}
        where call_date in (select unnest(cast(? as date[]))) and status = 'analysed'
        group by hour order by hour
    """  # noqa: S608 - a constant
    return subject.data.rows(sql, [list(subject.settings.reports.call_back_flags), list(days)])


def groups(subject: Subject, days: Sequence[dt.date], column: str) -> dict[str, Any]:
    """Teams, queues or agents by their share of calls to call back, those that are surely above all others first.

    With fewer than `reports.min_calls` calls nobody is compared; how many that are is said.
    """
    wanted = list(subject.settings.reports.call_back_flags)
    sql = f"""
        select {column} as name, arg_max(agent_name, call_date) as agent_name, count(*) as calls,
            count(*) filter (where list_has_any(flags, cast(? as varchar[]))) as hits
        from calls where call_date in (select unnest(cast(? as date[]))) and status = 'analysed' group by 1
    """  # noqa: S608 - a column of ours
    rows = [{**row, "rate": share(row["hits"], row["calls"])} for row in subject.data.rows(sql, [wanted, list(days)])]
    total = sum(row["calls"] for row in rows)
    usual = sum(row["hits"] for row in rows) / total if total else None
    named = [row for row in rows if row["name"] is not None]
    compared = [row for row in named if row["calls"] >= subject.settings.reports.min_calls]
    for row in compared:
        row["above"] = share_among(row["hits"], row["calls"], len(compared)).above(usual)
    compared.sort(key=lambda row: (not row["above"], -(row["rate"].low or 0), row["name"]))
    return {"usual": usual, "rows": compared[:GROUPS], "compared": len(compared), "few": len(named) - len(compared)}
