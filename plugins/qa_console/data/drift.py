"""Rules of a day beside the days published before it, by the gate's own measure of what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from callqa.contracts import Measure
from callqa.gate import drift
from callqa.gate.check import LikeHistory
from qa_console.data.console import Page
from qa_console.data.session import Row
from qa_console.data.statistics import Estimate, share


@dataclass(frozen=True, kw_only=True)
class RuleDay:
    """What a rule found on a day."""

    rule: str
    hits: int
    """Calls."""
    unknown: int
    crashed: int
    rate: Estimate
    """Hits over the calls that were heard, as the gate has it."""
    severity: str | None = None
    """As its findings say; None for whoever sees one agent's calls, like all that follows."""
    rule_version: int | None = None
    pack: str | None = None
    """`name version`."""
    usual: float | None = None
    """The median of the hit rates on the days before; None: too few days of this version."""
    low: float | None = None
    """Between this …"""
    high: float | None = None
    """… and this a day is like the days before."""
    drifted: bool | None = None


def rule_days(page: Page, day: date) -> tuple[RuleDay, ...]:
    """Every rule with a finding on a day, most hits first; drift for whoever sees all calls."""
    heard = page.session.one("select count(*) as n from calls where call_date = ? and status <> 'rejected'", [day])["n"]
    if not page.visible.everybody:
        return tuple(_plain(row, heard) for row in _own(page, day))
    usual = _compared(page, day)
    found = {row["rule"]: row for row in _found(page, [day])}
    # A rule that hit nothing today may be the one that broke.
    rules = found.keys() | {name for name, part in usual.items() if part.usual or part.drifted}
    days = [_beside(name, found.get(name), heard, usual.get(name)) for name in rules]
    return tuple(sorted(days, key=lambda one: (-one.hits, one.rule)))


def _beside(rule: str, row: Row | None, heard: int, part: drift.Part | None) -> RuleDay:
    row = row or {"rule": rule, "hits": 0, "unknown": 0, "crashed": 0}
    return RuleDay(
        rule=rule, hits=row["hits"], unknown=row["unknown"], crashed=row["crashed"], rate=share(row["hits"], heard),
        severity=row.get("severity"), rule_version=row.get("rule_version"), pack=row.get("pack"),
        usual=part.usual if part else None, low=part.low if part else None, high=part.high if part else None,
        drifted=part.drifted if part else None,
    )  # fmt: skip


def _plain(row: Row, heard: int) -> RuleDay:
    return RuleDay(
        rule=row["rule"], hits=row["hits"], unknown=row["unknown"], crashed=row["crashed"],
        rate=share(row["hits"], heard),
    )  # fmt: skip


def _own(page: Page, day: date) -> list[Row]:
    sql = """
        with said as (
            select unnest(rules_hit) as rule, 'hit' as outcome from calls where call_date = ?
            union all select unnest(rules_unknown), 'unknown' from calls where call_date = ?
            union all select unnest(rules_crashed), 'crash' from calls where call_date = ?
        )
        select rule, count(*) filter (where outcome = 'hit') as hits,
            count(*) filter (where outcome = 'unknown') as unknown, count(*) filter (where outcome = 'crash') as crashed
        from said group by rule order by hits desc, rule
    """
    return page.session.rows(sql, [day, day, day])


def _found(page: Page, days: list[date]) -> list[Row]:
    sql = """
        select call_date, rule, max(rule_version) as rule_version, max(pack || ' ' || pack_version) as pack,
            arg_max(severity, calls) as severity,
            coalesce(sum(calls) filter (where outcome = 'hit'), 0)::bigint as hits,
            coalesce(sum(calls) filter (where outcome = 'unknown'), 0)::bigint as unknown,
            coalesce(sum(calls) filter (where outcome = 'crash'), 0)::bigint as crashed
        from rule_days where call_date in (select unnest(?)) group by call_date, rule
    """
    return page.session.rows(sql, [days])


def _compared(page: Page, day: date) -> Mapping[str, drift.Part]:
    """By rule: the day's hit rate beside those of the days before."""
    gate = page.settings.gate
    days = [*[one for one in page.days if one < day][-gate.drift_days :], day]
    expects = LikeHistory(measure="hit_rate", kind="share", least_change=gate.drift_rule_change)
    compared = drift.compare(expects, day, list(_measures(page, days)), gate)
    return {part.part: part for part in compared.parts} if compared else {}


def _measures(page: Page, days: list[date]) -> Iterator[Measure]:
    """The numbers of `callqa.profile` that hit rates are compared by."""
    sql = """
        select call_date, count(*) as n from calls
        where status <> 'rejected' and call_date in (select unnest(?)) group by call_date
    """
    heard = {row["call_date"]: row["n"] for row in page.session.rows(sql, [days])}
    for row in _found(page, days):
        if n := heard.get(row["call_date"]):
            yield Measure(
                call_date=row["call_date"], measure="hit_rate", part=row["rule"], value=min(1.0, row["hits"] / n),
                count=n, rule_version=row["rule_version"], pack=row["pack"],
            )  # fmt: skip
    for row in page.session.rows("select * from pack_days where call_date in (select unnest(?))", [days]):
        n = heard[row["call_date"]]
        yield Measure(
            call_date=row["call_date"],
            measure="pack",
            part=row["pack"],
            value=row["calls"] / n,
            count=n,
            pack=row["pack"],
        )
