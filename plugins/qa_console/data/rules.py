"""Rules: those that are installed and those that left findings; how often they hit, and how often reviewers agree."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date

from callqa.rejudge.reviewed import RIGHT, WRONG
from callqa.settings import RuleSettings
from qa_console.data.console import Page
from qa_console.data.periods import Every, Span, start_of
from qa_console.data.session import Row
from qa_console.data.statistics import NOTHING, Estimate, share


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A rule as it is installed."""

    rule: str
    version: int
    pack: str
    pack_version: str
    severity: str
    category: str
    flags: tuple[str, ...]
    running: bool
    """Whether the settings let it judge."""


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """A rule over a stretch of days."""

    rule: str
    installed: Installed | None
    """None: it left findings, and is installed no longer."""
    versions: tuple[int, ...]
    """That left findings; none for whoever sees one agent's calls, like `packs`."""
    packs: tuple[str, ...]
    """`name version`, that left findings."""
    hits: int
    """Calls."""
    unknown: int
    crashed: int
    rate: Estimate
    """Hits over the calls that were heard, whether the rule ran on them or not."""
    precision: Estimate
    """Of the hits that reviewers decided, those that are right."""
    precision_by_version: tuple[tuple[int, Estimate], ...]
    missed: int
    """Calls without a hit of which reviewers say that it should be one."""


@dataclass(frozen=True, kw_only=True)
class RuleVersion:
    """A version of a rule on those of the days that it judged."""

    version: int
    packs: tuple[str, ...]
    """`name version`."""
    first: date
    last: date
    days: int
    heard: int
    """Calls of these days that were heard."""
    hits: int
    unknown: int
    crashed: int
    rate: Estimate
    unknown_rate: Estimate
    """Calls of which it could not tell, over those that were heard."""
    precision: Estimate
    """Of its hits that reviewers decided, also on days that were judged again since."""


@dataclass(frozen=True)
class RulePeriod:
    """A rule on a day or in a week."""

    start: date
    hits: int
    rate: Estimate


NEWEST = """
    select * from reviews where call_date between ? and ?
    qualify row_number() over (partition by call_date, call_id, rule order by "at" desc, verdict desc) = 1
"""
"""Of several reviews of a rule on a call the newest counts, as in `callqa.rejudge.reviewed`."""


def installed(settings: RuleSettings) -> tuple[Installed, ...]:
    """Every installed rule, by pack and id.

    Raises:
        RulePackError: a pack cannot be used as it is.
    """
    return _installed(settings.model_dump_json())


@functools.lru_cache(maxsize=2)
def _installed(settings: str) -> tuple[Installed, ...]:
    from callqa import judge

    return tuple(
        Installed(
            rule=rule.id, version=rule.version, pack=pack.name, pack_version=pack.version, severity=rule.severity,
            category=rule.category, flags=tuple(rule.flags), running=rule.id in pack.running,
        )
        for pack in judge.packs(RuleSettings.model_validate_json(settings))
        for rule in pack.rules
    )  # fmt: skip


def rules(page: Page, span: Span) -> tuple[RuleLine, ...]:
    """Every rule that is installed or was seen, by id.

    Raises:
        RulePackError: an installed pack cannot be used as it is.
    """
    known = {one.rule: one for one in installed(page.settings.rules)}
    seen = {row["rule"]: row for row in _seen(page, span)}
    verdicts = _verdicts(page, span)
    heard = _heard(page, span)
    names = sorted(known.keys() | seen.keys() | verdicts.keys())
    return tuple(_line(name, known.get(name), seen.get(name), verdicts.get(name, []), heard) for name in names)


def rule_trend(page: Page, rule: str, span: Span, every: Every = "day") -> tuple[RulePeriod, ...]:
    """How often a rule hits, by day or week; those without calls are left out."""
    sql = f"""
        select {start_of(every)} as start, count(*) filter (where status <> 'rejected') as heard,
            count(*) filter (where list_contains(rules_hit, ?)) as hits
        from calls where call_date between ? and ? group by 1 order by 1
    """
    rows = page.session.rows(sql, [rule, span.first, span.last])
    return tuple(RulePeriod(row["start"], row["hits"], share(row["hits"], row["heard"])) for row in rows)


def rule_versions(page: Page, rule: str, span: Span) -> tuple[RuleVersion, ...]:
    """Every version of a rule that left findings in what is published, the newest first.

    A day that was judged again counts for the version that judged it last.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    right = {row["rule_version"]: row for row in _verdicts(page, span).get(rule, []) if row["outcome"] == "hit"}
    rows = page.of_everybody().rows(VERSIONS, [span.first, span.last, rule, span.first, span.last])
    return tuple(
        RuleVersion(
            version=row["rule_version"], packs=tuple(row["packs"]), first=row["first"], last=row["last"],
            days=row["days"], heard=row["heard"], hits=row["hits"], unknown=row["unknown"], crashed=row["crashed"],
            rate=share(row["hits"], row["heard"]), unknown_rate=share(row["unknown"], row["heard"]),
            precision=_precision([right[row["rule_version"]]] if row["rule_version"] in right else []),
        )
        for row in rows
    )  # fmt: skip


VERSIONS = """
    with heard as (
        select call_date, count(*) as n from calls
        where status <> 'rejected' and call_date between ? and ? group by call_date
    ), days as (
        select rule_version, call_date, list(distinct pack || ' ' || pack_version) as packs,
            coalesce(sum(calls) filter (where outcome = 'hit'), 0)::bigint as hits,
            coalesce(sum(calls) filter (where outcome = 'unknown'), 0)::bigint as unknown,
            coalesce(sum(calls) filter (where outcome = 'crash'), 0)::bigint as crashed
        from rule_days where rule = ? and call_date between ? and ? group by all
    )
    select rule_version, list_sort(list_distinct(flatten(list(packs)))) as packs, min(call_date) as first,
        max(call_date) as last, count(*) as days, sum(n)::bigint as heard, sum(hits)::bigint as hits,
        sum(unknown)::bigint as unknown, sum(crashed)::bigint as crashed
    from days join heard using (call_date) group by rule_version order by rule_version desc
"""


def _line(name: str, known: Installed | None, seen: Row | None, verdicts: list[Row], heard: int) -> RuleLine:
    seen = seen or {"versions": (), "packs": (), "hits": 0, "unknown": 0, "crashed": 0}
    hits = [row for row in verdicts if row["outcome"] == "hit"]
    return RuleLine(
        rule=name,
        installed=known,
        versions=tuple(seen["versions"]),
        packs=tuple(seen["packs"]),
        hits=seen["hits"],
        unknown=seen["unknown"],
        crashed=seen["crashed"],
        rate=share(seen["hits"], heard) if heard else NOTHING,
        precision=_precision(hits),
        precision_by_version=tuple((row["rule_version"], _precision([row])) for row in hits),
        missed=sum(row["wrong"] for row in verdicts if row["outcome"] == "clear"),
    )


def _precision(rows: list[Row]) -> Estimate:
    right = sum(row["decided_right"] for row in rows)
    return share(right, right + sum(row["wrong"] for row in rows))


def _heard(page: Page, span: Span) -> int:
    sql = "select count(*) as n from calls where status <> 'rejected' and call_date between ? and ?"
    return int(page.session.one(sql, [span.first, span.last])["n"])


def _seen(page: Page, span: Span) -> list[Row]:
    if page.visible.everybody:
        sql = """
            select rule, list_sort(list(distinct rule_version)) as versions,
                list_sort(list(distinct pack || ' ' || pack_version)) as packs,
                coalesce(sum(calls) filter (where outcome = 'hit'), 0)::bigint as hits,
                coalesce(sum(calls) filter (where outcome = 'unknown'), 0)::bigint as unknown,
                coalesce(sum(calls) filter (where outcome = 'crash'), 0)::bigint as crashed
            from rule_days where call_date between ? and ? group by rule
        """
        return page.session.rows(sql, [span.first, span.last])
    sql = """
        with own as (select * from calls where call_date between ? and ?),
            said as (
                select unnest(rules_hit) as rule, 'hit' as outcome from own
                union all select unnest(rules_unknown), 'unknown' from own
                union all select unnest(rules_crashed), 'crash' from own
            )
        select rule, [] as versions, [] as packs, count(*) filter (where outcome = 'hit') as hits,
            count(*) filter (where outcome = 'unknown') as unknown, count(*) filter (where outcome = 'crash') as crashed
        from said group by rule
    """
    return page.session.rows(sql, [span.first, span.last])


def _verdicts(page: Page, span: Span) -> dict[str, list[Row]]:
    """By rule: how many reviews say that an outcome of a version is right and wrong."""
    sql = f"""
        select rule, rule_version, outcome, count(*) filter (where list_contains(?, verdict)) as decided_right,
            count(*) filter (where list_contains(?, verdict)) as wrong
        from ({NEWEST}) group by all order by rule, rule_version, outcome
    """
    found: dict[str, list[Row]] = {}
    for row in page.session.rows(sql, [list(RIGHT), list(WRONG), span.first, span.last]):
        found.setdefault(row["rule"], []).append(row)
    return found
