"""The page of a day (week, month): what was heard, what is at risk, moods, rules, the gate, what was not heard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from callqa.contracts import REJECT_REASONS
from callqa.reports import coaching, drifting, gates, taken
from callqa.reports.data import QUARTER, Row
from callqa.reports.figures import mean, share
from callqa.reports.subject import CALL_COLUMNS, Context, Subject

BIN = 10
"""Points of a score that a bar holds; the last bar holds 100 too."""
RISK_CALLS = 15
"""Risk calls on the page, those of the lowest scores; the supervisors' page has more."""
TREND_DAYS = 14

TOTALS = """
    count(*) as made, count(*) filter (where status = 'analysed') as analysed,
    count(*) filter (where status = 'invalid') as invalid, count(*) filter (where status = 'rejected') as rejected,
    count(*) filter (where list_contains(flags, 'risk')) as risk,
    count(*) filter (where status = 'analysed' and {angry}) as angry,
    avg(score) as mean_score, stddev_samp(score) as deviation, median(score) as median_score, count(score) as scored,
    coalesce(sum(duration), 0) as seconds, avg(duration) filter (where status = 'analysed') as mean_seconds,
    count(distinct agent_id) as agents
"""


def build(subject: Subject) -> Context:
    """All that the page shows."""
    days = list(subject.days)
    now = totals(subject, days)
    return {
        "now": now,
        "before": totals(subject, subject.before) if subject.before else None,
        "before_day": subject.before[-1] if subject.before else None,
        "trend": trend(subject, [*subject.earlier, *days][-TREND_DAYS:]),
        "scores": scores(subject, days),
        "hours": hours(subject, days),
        "rules": drifting.rules(subject),
        "gates": gates.of(subject),
        "risk_calls": risk_calls(subject, days),
        "rejected": by(subject, days, "coalesce(reject_reason, '')", "rejected"),
        "invalid": by(subject, days, "coalesce(call_state, '')", "invalid"),
        "coaching": coaching.agents(subject),
        "taken": taken.of(subject),
    }


def totals(subject: Subject, days: Sequence[dt.date]) -> Row:
    """The numbers of some days together."""
    sql = (
        f"select {TOTALS.format(angry=subject.angry)} from calls where call_date in (select unnest(cast(? as date[])))"  # noqa: S608 - a constant
    )
    return estimated(subject.data.one(sql, [list(days)]))


def estimated(row: Row) -> Row:
    """Totals with the shares that follow from them: coverage is calls heard (a call found invalid was) over calls."""
    heard = row["analysed"] + row["invalid"]
    return {
        **row,
        "heard": heard,
        "coverage": heard / row["made"] if row["made"] else None,
        "risk_share": share(row["risk"], heard),
        "angry_share": share(row["angry"], row["analysed"]),
        "score": mean(row["mean_score"], row["deviation"], row["scored"]),
    }


def trend(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """The same of each of some days with calls."""
    sql = f"""
        select call_date as day, {TOTALS.format(angry=subject.angry)} from calls
        where call_date in (select unnest(cast(? as date[]))) group by call_date order by call_date
    """  # noqa: S608 - a constant
    return [estimated(row) for row in subject.data.rows(sql, [list(days)])]


def scores(subject: Subject, days: Sequence[dt.date]) -> list[int]:
    """Calls with a score from 0 to 9, 10 to 19 … 90 to 100."""
    sql = f"""
        select cast(least(floor(score / {BIN}), {100 // BIN - 1}) as integer) as bin, count(*) as n
        from calls where call_date in (select unnest(cast(? as date[]))) and score is not null group by 1
    """  # noqa: S608 - a constant
    counts = {row["bin"]: row["n"] for row in subject.data.rows(sql, [list(days)])}
    return [counts.get(number, 0) for number in range(100 // BIN)]


def hours(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """By hour of the contact centre's day: calls by their customer's last mood; calls without a time are in none."""
    sql = f"""
        select hour, coalesce(customer_last, 'unknown') as mood, count(*) as n
        from calls left join said using (call_date, call_id) join clock on clock.quarter = {QUARTER}
        where call_date in (select unnest(cast(? as date[]))) and status = 'analysed'
        group by all
    """  # noqa: S608 - a constant
    found: dict[int, Row] = {}
    for row in subject.data.rows(sql, [list(days)]):
        entry = found.setdefault(row["hour"], {"hour": row["hour"], "calls": 0, "moods": {}})
        entry["calls"] += row["n"]
        entry["moods"][row["mood"]] = row["n"]
    return [found[hour] for hour in sorted(found)]


def by(subject: Subject, days: Sequence[dt.date], column: str, status: str) -> dict[str, int]:
    """Calls of a status by a column, most first."""
    sql = f"""
        select {column} as name, count(*) as n from calls
        where call_date in (select unnest(cast(? as date[]))) and status = ? group by 1 order by 2 desc, 1
    """  # noqa: S608 - a column of ours
    return {row["name"]: row["n"] for row in subject.data.rows(sql, [list(days), status])}


def risk_calls(subject: Subject, days: Sequence[dt.date]) -> Sequence[Row]:
    """Calls that a rule flags as a risk, lowest scores first, with what the rules found."""
    sql = f"""
        select {CALL_COLUMNS} from calls
        where call_date in (select unnest(cast(? as date[]))) and list_contains(flags, 'risk')
        order by score nulls last, started_at, call_id limit {RISK_CALLS}
    """  # noqa: S608 - constants
    return subject.with_findings(subject.data.rows(sql, [list(days)]))


def summary(context: Context) -> dict[str, Any]:
    """A few numbers for messages."""
    now, drifted = context["now"], [rule["rule"] for rule in context["rules"] if rule["drifted"]]
    return {
        **{name: now[name] for name in ("made", "heard", "coverage", "invalid", "rejected", "risk", "angry")},
        **{name: now[name] for name in ("mean_score", "agents")},
        "hours": round(now["seconds"] / 3600, 2),
        "gate": context["gates"][-1]["verdict"] if context["gates"] else None,
        "drifted_rules": drifted,
        "rejected_by_reason": {name: n for name, n in context["rejected"].items() if name in REJECT_REASONS},
    }
