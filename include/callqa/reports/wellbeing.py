"""The planners' page: how the day's load lay on agents, angry customers one after another, long calls, hours.

About care and never about points: nobody is ranked, and nothing on it is what an agent did well or badly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from callqa.reports import overview
from callqa.reports.data import QUARTER, Row
from callqa.reports.figures import share
from callqa.reports.subject import Context, Subject

IN_A_ROW = 3
"""Angry customers one after another that are worth a break."""
STRETCH_SECONDS = 2 * 3600.0
"""At work without a break, that are worth one."""
LONG_CALLS = 3
"""A day, on average."""
SIGNALS = 40
LOADS = 20
"""Agents on the page."""

CALLS = """
    select call_date, call_id, agent_id, agent_name, team, started_at, duration, flags,
        started_at + to_microseconds(cast(coalesce(duration, 0) * 1000000 as bigint)) as ended_at,
        coalesce(emotion_shares_customer['angry'] >= ? and emotion_shares_customer['angry'] > 0, false) as angry
    from calls where call_date in (select unnest(cast(? as date[]))) and status = 'analysed'
"""
"""Parameters: `reports.angry_share`, the days."""

AGENTS = f"""
    with called as ({CALLS} and agent_id is not null), timed as (
        select *, row_number() over day - row_number() over alike as island,
            lag(ended_at) over day as before
        from called where started_at is not null
        window day as (partition by agent_id, call_date order by started_at, call_id),
            alike as (partition by agent_id, call_date, angry order by started_at, call_id)
    ), stretched as (
        select *, sum((before is null or started_at - before >= to_seconds(cast(? as bigint)))::integer)
            over (partition by agent_id, call_date order by started_at, call_id) as stretch
        from timed
    ), stretches as (
        select agent_id, max(seconds) as stretch_seconds, arg_max(first, seconds) as stretch_start,
            arg_max(last, seconds) as stretch_end
        from (select agent_id, min(started_at) as first, max(ended_at) as last,
                epoch(max(ended_at) - min(started_at)) as seconds
            from stretched group by agent_id, call_date, stretch)
        group by agent_id
    ), rows as (
        select agent_id, max(n) as angry_row, arg_max(first, n) as row_start, arg_max(last, n) as row_end
        from (select agent_id, count(*) as n, min(started_at) as first, max(ended_at) as last
            from timed where angry group by agent_id, call_date, island)
        group by agent_id
    )
    select agent_id, max(agent_name) as agent_name, max(team) as team, count(*) as calls,
        count(distinct call_date) as days, coalesce(sum(duration), 0) as seconds,
        count(*) filter (where angry) as angry, count(*) filter (where duration >= ?) as long_calls,
        coalesce(max(duration), 0) as longest,
        count(*) filter (where list_contains(flags, 'abuse')) as abuse,
        count(*) filter (where list_contains(flags, 'wellbeing')) as wellbeing,
        any_value(stretch_seconds) as stretch_seconds, any_value(stretch_start) as stretch_start,
        any_value(stretch_end) as stretch_end, coalesce(any_value(angry_row), 0) as angry_row,
        any_value(row_start) as row_start, any_value(row_end) as row_end
    from called left join stretches using (agent_id) left join rows using (agent_id)
    group by agent_id order by agent_id
"""  # noqa: S608 - constants of this module


def build(subject: Subject) -> Context:
    """All that the page shows."""
    days = list(subject.days)
    everybody = agents(subject, days)
    signalled = [row for row in everybody if row["signals"]]
    signalled.sort(key=lambda row: (-len(row["signals"]), -row["angry_row"], -row["seconds"], row["agent_id"]))
    loaded = sorted(everybody, key=lambda row: (-row["seconds"] / row["days"], row["agent_id"]))
    return {
        "now": overview.totals(subject, days),
        "agent_count": len(everybody),
        "signalled": signalled[:SIGNALS],
        "signalled_count": len(signalled),
        "loads": loaded[:LOADS],
        "middle": middle(everybody),
        "hours": hours(subject, days),
        "weekdays": by_day(subject, days),
        "angry": angry(subject, days),
        "limits": {
            "row": IN_A_ROW, "stretch": STRETCH_SECONDS, "break": subject.settings.reports.break_minutes * 60,
            "long": subject.settings.reports.long_call_minutes * 60, "long_calls": LONG_CALLS,
        },
    }  # fmt: skip


def agents(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """Every agent with an analysed call: load, stretches without a break, angry customers in a row, and `signals`."""
    chosen = subject.settings.reports
    parameters = [
        chosen.angry_share, list(days), round(chosen.break_minutes * 60), chosen.long_call_minutes * 60,
    ]  # fmt: skip
    rows = subject.data.rows(AGENTS, parameters)
    for row in rows:
        row["signals"] = [name for name, there in _signals(row) if there]
        row["angry_rate"] = share(row["angry"], row["calls"])
    return rows


def _signals(row: Row) -> list[tuple[str, bool]]:
    return [
        ("row", row["angry_row"] >= IN_A_ROW),
        ("stretch", (row["stretch_seconds"] or 0) >= STRETCH_SECONDS),
        ("long", row["long_calls"] >= LONG_CALLS * row["days"]),
        ("abuse", row["abuse"] > 0),
        ("wellbeing", row["wellbeing"] > 0),
    ]


def middle(rows: Sequence[Row]) -> Row | None:
    """The median agent's calls and seconds a day, and what nine in ten stay below."""
    if not rows:
        return None
    calls, seconds = (sorted(row[name] / row["days"] for row in rows) for name in ("calls", "seconds"))
    half, most = len(rows) // 2, min(len(rows) - 1, len(rows) * 9 // 10)
    return {"calls": calls[half], "most_calls": calls[most], "seconds": seconds[half], "most_seconds": seconds[most]}


def hours(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """By hour of the contact centre's day: calls, angry ones, seconds on the telephone, agents at work, and calls
    of each. The agents are those of a usual day of the period."""
    sql = f"""
        select hour, count(*) as calls, count(*) filter (where angry) as angry, coalesce(sum(duration), 0) as seconds,
            count(distinct (call_date, agent_id)) filter (where agent_id is not null) as agents
        from ({CALLS}) join clock on clock.quarter = {QUARTER} group by hour order by hour
    """  # noqa: S608 - a constant
    rows = subject.data.rows(sql, [subject.settings.reports.angry_share, list(days)])
    for row in rows:
        row["a_head"] = row["calls"] / row["agents"] if row["agents"] else None
        row["agents"] /= len(days)
    return rows


def by_day(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """Each day of a longer period: calls, angry ones, agents."""
    sql = f"""
        select call_date as day, count(*) as calls, count(*) filter (where angry) as angry,
            count(distinct agent_id) as agents
        from ({CALLS}) group by 1 order by 1
    """  # noqa: S608 - a constant
    return subject.data.rows(sql, [subject.settings.reports.angry_share, list(days)])


def angry(subject: Subject, days: Sequence[dt.date]) -> Row:
    """Calls with an angry customer, of all analysed ones."""
    sql = f"select count(*) as calls, count(*) filter (where angry) as angry from ({CALLS})"  # noqa: S608 - a constant
    row = subject.data.one(sql, [subject.settings.reports.angry_share, list(days)])
    return {**row, "rate": share(row["angry"], row["calls"])}
