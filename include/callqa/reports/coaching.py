"""Agents to coach: whose scores are surely below everybody's, by enough calls to say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from callqa.reports.data import Row
from callqa.reports.figures import Estimate, mean, mean_among
from callqa.reports.subject import Context, Subject

AGENTS = 10
"""On the page, those furthest below."""
LEAST_SECONDS = 30.0
"""A shorter call is no example of anything."""

SCORED = """
    select agent_id, arg_max(agent_name, call_date) as agent_name, arg_max(team, call_date) as team,
        avg(score) as mean_score, stddev_samp(score) as deviation, count(score) as scored
    from calls where call_date in (select unnest(cast(? as date[]))) and score is not null and agent_id is not null
    group by agent_id order by agent_id
"""


def agents(subject: Subject) -> Context:
    """Over the period and the days before that it is compared with: who is below, and how many cannot be compared."""
    days = [*subject.earlier, *subject.days]
    rows = subject.data.rows(SCORED, [days])
    calls = sum(row["scored"] for row in rows)
    usual = sum(row["mean_score"] * row["scored"] for row in rows) / calls if calls else None
    least = subject.settings.reports.min_calls
    compared = [{**row, "score": mean(row["mean_score"], row["deviation"], row["scored"])} for row in rows]
    compared = [row for row in compared if row["scored"] >= least]
    below = [row for row in compared if _surely(row, len(compared)).below(usual)]
    below.sort(key=lambda row: (row["mean_score"], row["agent_id"]))
    return {
        "usual": usual,
        "days": len(days),
        "compared": len(compared),
        "few": len(rows) - len(compared),
        "below": len(below),
        "agents": _explained(subject, days, below[:AGENTS]),
    }


def _surely(row: Row, compared: int) -> Estimate:
    return mean_among(row["mean_score"], row["deviation"], row["scored"], compared)


def _explained(subject: Subject, days: Sequence[dt.date], below: Sequence[Row]) -> list[Row]:
    """Each with the rule that costs most points there beyond what it costs everybody, and a call of the period."""
    ids = [row["agent_id"] for row in below]
    rules, calls = _rules(subject, days, ids), _calls(subject, ids)
    return [{**row, "rule": rules.get(row["agent_id"]), "call": calls.get(row["agent_id"])} for row in below]


def _rules(subject: Subject, days: Sequence[dt.date], agents: Sequence[str]) -> Mapping[str, Row]:
    """By agent: of the rules that cost points, the one whose share of calls is most above everybody's."""
    sql = """
        with scored as (
            select agent_id, rules_hit from calls
            where call_date in (select unnest(cast(? as date[]))) and score is not null and agent_id is not null
        ), costly as (
            select distinct rule from findings
            where call_date in (select unnest(cast(? as date[]))) and outcome = 'hit' and score < 0
        ), hits as (
            select agent_id, rule, count(*) as n from (select agent_id, unnest(rules_hit) as rule from scored)
            where rule in (from costly) group by all
        ), everybody as (
            select rule, sum(n) / (select count(*) from scored) as usual from hits group by rule
        ), own as (select agent_id, count(*) as calls from scored group by agent_id)
        select agent_id, rule, n as hits, calls, n / calls as rate, usual
        from hits join everybody using (rule) join own using (agent_id)
        where agent_id in (select unnest(cast(? as varchar[]))) and n / calls > usual
        qualify row_number() over (partition by agent_id order by n / calls - usual desc, rule) = 1
    """
    return {row["agent_id"]: row for row in subject.data.rows(sql, [list(days), list(subject.days), list(agents)])}


def _calls(subject: Subject, agents: Sequence[str]) -> Mapping[str, Row]:
    """By agent: the call of the period with the lowest score."""
    sql = f"""
        select agent_id, call_date, call_id, started_at, duration, score from calls
        where call_date in (select unnest(cast(? as date[])))
            and agent_id in (select unnest(cast(? as varchar[]))) and status = 'analysed'
            and score < 100 and duration >= {LEAST_SECONDS}
        qualify row_number() over (partition by agent_id order by score, call_date desc, call_id) = 1
    """  # noqa: S608 - a constant
    found = subject.data.rows(sql, [list(subject.days), list(agents)])
    return {row["agent_id"]: row for row in subject.show(found)}
