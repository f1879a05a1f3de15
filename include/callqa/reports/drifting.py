"""How often rules hit, beside the days before (of a day, by the gate's own measure of what is usual) or beside the
period before (of a week or month)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from callqa.contracts import Measure
from callqa.gate import drift
from callqa.gate.check import LikeHistory
from callqa.reports.data import Row
from callqa.reports.figures import share
from callqa.reports.subject import SEVERITIES, Subject

RULES = """
    select call_date, rule, max(rule_version) as rule_version, max(pack || ' ' || pack_version) as pack,
        min(list_position(cast(? as varchar[]), severity)) as worst,
        count(*) filter (where outcome = 'hit') as hits, count(*) filter (where outcome = 'unknown') as unknown,
        count(*) filter (where outcome = 'crash') as crashed
    from findings where call_date in (select unnest(cast(? as date[]))) group by call_date, rule
"""
"""A rule has one finding of a call: the gate sees to that, so that weeks of calls need not be told apart in memory."""
HEARD = """
    select call_date, count(*) as n from calls
    where status <> 'rejected' and call_date in (select unnest(cast(? as date[]))) group by call_date
"""
PACKS = """
    select call_date, pack, count(*) as calls from
        (select call_date, unnest(rule_packs) as pack from calls
            where status <> 'rejected' and call_date in (select unnest(cast(? as date[]))))
    group by all
"""


def rules(subject: Subject) -> list[Row]:
    """Every rule with a finding in the period, or that usually has one; most hits first.

    Each has `hits`, `unknown`, `crashed` (calls), `rate` (an Estimate: hits over calls heard), `usual`, `low`, `high`
    (None: no history) and `drifted` (None: cannot be told).
    """
    days = list(subject.days)
    rows = _rows(subject, [*subject.earlier, *days])
    heard = {row["call_date"]: row["n"] for row in subject.data.rows(HEARD, [[*subject.earlier, *days]])}
    found = _together([row for row in rows if row["call_date"] in set(days)])
    calls = sum(heard.get(day, 0) for day in days)
    usual = _usual(subject, rows, heard) if subject.period.kind == "day" else _before(subject, rows, heard)
    names = found.keys() | {name for name, one in usual.items() if one["usual"]}
    lines = [_line(name, found.get(name), calls, usual.get(name)) for name in names]
    return sorted(lines, key=lambda one: (-one["hits"], one["rule"]))


def _rows(subject: Subject, days: Sequence[dt.date]) -> list[Row]:
    rows = subject.data.rows(RULES, [list(SEVERITIES), list(days)])
    return [{**row, "severity": SEVERITIES[row["worst"] - 1] if row["worst"] else None} for row in rows]


def _together(rows: Sequence[Row]) -> dict[str, Row]:
    """By rule over days."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda one: one["call_date"]):
        one = found.setdefault(row["rule"], {**row, "hits": 0, "unknown": 0, "crashed": 0})
        for name in ("hits", "unknown", "crashed"):
            one[name] += row[name]
        one.update(rule_version=row["rule_version"], severity=row["severity"])
    return found


def _line(rule: str, row: Row | None, calls: int, usual: Row | None) -> Row:
    row = row or {"hits": 0, "unknown": 0, "crashed": 0, "severity": None}
    rate = share(row["hits"], calls)
    return {
        "rule": rule, "severity": row["severity"], "rate": rate,
        **{name: row[name] for name in ("hits", "unknown", "crashed")},
        **(usual or {"usual": None, "low": None, "high": None, "drifted": None}),
    }  # fmt: skip


def _usual(subject: Subject, rows: Sequence[Row], heard: Mapping[dt.date, int]) -> dict[str, Row]:
    """By rule: between what the hit rate lies on days like those before."""
    gate = subject.settings.gate
    expects = LikeHistory(measure="hit_rate", kind="share", least_change=gate.drift_rule_change)
    measures = list(_measures(subject, rows, heard))
    compared = drift.compare(expects, subject.period.first, measures, gate)
    return {
        part.part: {"usual": part.usual, "low": part.low, "high": part.high, "drifted": part.drifted}
        for part in (compared.parts if compared else ())
    }


def _measures(subject: Subject, rows: Sequence[Row], heard: Mapping[dt.date, int]) -> Iterator[Measure]:
    """The numbers of `callqa.profile` that hit rates are compared by."""
    for row in rows:
        if n := heard.get(row["call_date"]):
            yield Measure(
                call_date=row["call_date"], measure="hit_rate", part=row["rule"], value=min(1.0, row["hits"] / n),
                count=n, rule_version=row["rule_version"], pack=row["pack"],
            )  # fmt: skip
    for row in subject.data.rows(PACKS, [[*subject.earlier, *subject.days]]):
        n = heard[row["call_date"]]
        yield Measure(
            call_date=row["call_date"], measure="pack", part=row["pack"], value=row["calls"] / n, count=n,
            pack=row["pack"],
        )  # fmt: skip


def _before(subject: Subject, rows: Sequence[Row], heard: Mapping[dt.date, int]) -> dict[str, Row]:
    """By rule: the period before, where the same version of the rule judged; unusual where the intervals part."""
    days = set(subject.before)
    calls, now_calls = (sum(heard.get(day, 0) for day in some) for some in (days, subject.days))
    past = _together([row for row in rows if row["call_date"] in days])
    now = _together([row for row in rows if row["call_date"] in set(subject.days)])
    found = {}
    for rule in (past.keys() | now.keys()) if calls else ():
        one, other = past.get(rule), now.get(rule)
        if one and other and one["rule_version"] != other["rule_version"]:
            continue
        was, is_now = share(one["hits"] if one else 0, calls), share(other["hits"] if other else 0, now_calls)
        apart = is_now.above(was.high) or is_now.below(was.low)
        found[rule] = {"usual": was.value, "low": was.low, "high": was.high, "drifted": apart}
    return found
