"""The training group's page: whose calls begin and end warmly, how agents sound beside their customers, examples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from callqa.contracts import EMOTIONS
from callqa.reports.data import Row
from callqa.reports.figures import share, share_among
from callqa.reports.subject import CALL_COLUMNS, Context, Subject

AGENTS = 30
"""On the page: half of them from the top, half from the bottom, where there are more."""
EXAMPLES = 5
WARM = "happy"
UPSET = ("angry", "sad", "fearful", "disgusted")

BY_AGENT = """
    select c.agent_id, arg_max(c.agent_name, c.call_date) as agent_name, arg_max(c.team, c.call_date) as team,
        count(*) as calls,
        count(*) filter (where s.opening <> 'unknown') as opened,
        count(*) filter (where s.opening = 'happy') as warm_open,
        count(*) filter (where s.closing <> 'unknown') as closed,
        count(*) filter (where s.closing = 'happy') as warm_close,
        sum(s.agent_known)::bigint as turns, sum(s.agent_happy)::bigint as warm_turns
    from said s join calls c using (call_date, call_id)
    where c.call_date in (select unnest(cast(? as date[]))) and c.status = 'analysed' and s.agent_turns > 0
    group by grouping sets ((c.agent_id), ()) having grouping(c.agent_id) = 1 or c.agent_id is not null
    order by grouping(c.agent_id) desc, c.agent_id
"""


def build(subject: Subject) -> Context:
    """All that the page shows."""
    days = list(subject.days)
    everybody, agents = by_agent(subject, days)
    least = subject.settings.reports.min_calls
    compared = sorted(
        (row for row in agents if row["opened"] >= least), key=lambda row: (-(row["open"].value or 0), row["agent_id"])
    )
    return {
        "everybody": everybody,
        "agents": _ends(_marked(compared, everybody)),
        "compared": len(compared),
        "few": [row for row in agents if row["opened"] < least],
        "moods": moods(subject, days),
        "outcomes": outcomes(subject, days),
        "rules": attitude(subject, days, everybody["calls"]),
        "best": examples(subject, days, best=True),
        "worst": examples(subject, days, best=False),
    }


def by_agent(subject: Subject, days: Sequence[dt.date]) -> tuple[Row, list[Row]]:
    """All agents together, and each: share of calls that open and close warmly, and of turns that sound warm."""
    rows = subject.data.rows(BY_AGENT, [list(days)])
    for row in rows:
        row["open"], row["close"] = share(row["warm_open"], row["opened"]), share(row["warm_close"], row["closed"])
        row["warmth"] = share(row["warm_turns"] or 0, row["turns"] or 0)
    return rows[0], rows[1:]


def _marked(rows: list[Row], everybody: Row) -> list[Row]:
    """Each with whether it is surely above or below all calls together."""
    usual = everybody["open"].value, everybody["close"].value
    for row in rows:
        opened = share_among(row["warm_open"], row["opened"], 2 * len(rows))
        closed = share_among(row["warm_close"], row["closed"], 2 * len(rows))
        row["above"] = opened.above(usual[0]) or closed.above(usual[1])
        row["below"] = opened.below(usual[0]) or closed.below(usual[1])
    return rows


def _ends(rows: list[Row]) -> list[Row]:
    half = AGENTS // 2
    return rows if len(rows) <= AGENTS else [*rows[:half], *rows[-half:]]


def moods(subject: Subject, days: Sequence[dt.date]) -> dict[str, dict[str, int]]:
    """Turns by mood, of agents and of customers."""
    sql = """
        select role, emotion, sum(turns)::bigint as n from moods
        where call_date in (select unnest(cast(? as date[]))) and role in ('agent', 'customer') group by all
    """
    found: dict[str, dict[str, int]] = {"agent": {}, "customer": {}}
    rows = sorted(subject.data.rows(sql, [list(days)]), key=lambda row: EMOTIONS.index(row["emotion"]))
    for row in rows:
        found[row["role"]][row["emotion"]] = row["n"]
    return found


def outcomes(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    """By how the agent opened (warmly or not): calls whose customer sounds upset at the end.

    Only calls whose customer was not upset at first: who is angry when the phone is picked up hears no warmth.
    """
    sql = """
        select s.opening = 'happy' as warm, count(*) as calls,
            count(*) filter (where list_contains(cast(? as varchar[]), s.customer_last)) as upset
        from said s join calls c using (call_date, call_id)
        where c.call_date in (select unnest(cast(? as date[]))) and c.status = 'analysed' and s.opening is not null
            and s.opening <> 'unknown' and s.customer_first is not null
            and not list_contains(cast(? as varchar[]), s.customer_first)
        group by 1 order by 1 desc
    """
    rows = subject.data.rows(sql, [list(UPSET), list(days), list(UPSET)])
    return [{**row, "rate": share(row["upset"], row["calls"])} for row in rows]


def attitude(subject: Subject, days: Sequence[dt.date], calls: int) -> list[Row]:
    """Rules about the agent's attitude that hit: those of the installed rules of that category."""
    wanted = _rules_of(subject, ("attitude", "conduct", "opening", "closing"))
    sql = """
        select rule, count(distinct (call_date, call_id)) as hits, count(distinct c.agent_id) as agents
        from findings f join calls c using (call_date, call_id)
        where f.call_date in (select unnest(cast(? as date[]))) and f.outcome = 'hit'
            and list_contains(cast(? as varchar[]), f.rule)
        group by rule order by hits desc, rule
    """
    rows = subject.data.rows(sql, [list(days), wanted])
    return [{**row, "rate": share(row["hits"], calls)} for row in rows]


def _rules_of(subject: Subject, categories: Sequence[str]) -> list[str]:
    from callqa.reports.rulebook import rules

    return [rule for rule, known in rules(subject.settings.rules).items() if known["category"] in categories]


def examples(subject: Subject, days: Sequence[dt.date], *, best: bool) -> Sequence[Row]:
    """Calls to play to others, and calls to talk about: the agent's first and last words in them.

    The best: the agent is warm for most of the call, and the customer praises or ends no worse than they began. The
    worst: a rule on attitude hit, or the agent sounds angry or disgusted, and the customer ends upset.
    """
    cold = _rules_of(subject, ("attitude", "conduct"))
    kind, order = (_BEST, _BEST_ORDER) if best else (_WORST, _WORST_ORDER)
    sql = f"""
        select {CALL_COLUMNS}, opening, closing, customer_first, customer_last, agent_happy, agent_known,
            list_intersect(rules_hit, cast(? as varchar[])) as cold,
            coalesce(emotion_shares_agent['angry'], 0) + coalesce(emotion_shares_agent['disgusted'], 0) as harsh
        from calls join said using (call_date, call_id)
        where call_date in (select unnest(cast(? as date[]))) and status = 'analysed'
            and duration >= 15 and agent_known >= 2 and {kind}
        order by {order}, call_date desc, call_id limit {EXAMPLES}
    """  # noqa: S608 - constants
    found = subject.data.rows(sql, [cold, list(days)])
    said = _first_and_last(subject, found)
    for row in found:
        row["said"] = said.get((row["call_date"], row["call_id"]), [])
    return subject.show(found)


_UPSET_AT_END = "customer_last in ('angry', 'sad', 'fearful', 'disgusted')"
_BEST = f"""agent_happy >= 0.6 * agent_known and opening = 'happy' and not coalesce({_UPSET_AT_END}, false)
    and len(cold) = 0 and score >= 90"""
_BEST_ORDER = """not list_contains(flags, 'praise'), coalesce(customer_last = customer_first, true),
    agent_happy / agent_known desc, agent_known desc"""
_WORST = "(len(cold) > 0 or harsh > 0)"
_WORST_ORDER = f"not coalesce({_UPSET_AT_END}, false), len(cold) desc, harsh desc, score nulls last"


def _first_and_last(subject: Subject, calls: Sequence[Row]) -> Mapping[tuple[dt.date, str], list[dict[str, Any]]]:
    """The agent's first and last turn of each call, as published; without words where retention took them."""
    sql = """
        select call_date, call_id, start, emotion, language, text from turns
        where call_date in (select unnest(cast(? as date[]))) and call_id in (select unnest(cast(? as varchar[])))
            and role = 'agent' and not coalesce(announcement, false)
        qualify row_number() over (partition by call_date, call_id order by start) = 1
            or row_number() over (partition by call_date, call_id order by start desc) = 1
        order by call_date, call_id, start
    """
    found: dict[tuple[dt.date, str], list[dict[str, Any]]] = {}
    ids, days = sorted({row["call_id"] for row in calls}), sorted({row["call_date"] for row in calls})
    for row in subject.data.rows(sql, [days, ids]) if calls else ():
        found.setdefault((row["call_date"], row["call_id"]), []).append(row)
    return found
