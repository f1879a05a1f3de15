"""What people say of findings: appeals that wait for a decision, and how far two reviewers agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from callqa.contracts import Review
from qa_console.data.console import Page
from qa_console.data.listing import SHOWN, CallLine, line
from qa_console.data.periods import Span
from qa_console.data.records import as_records
from qa_console.data.session import Row
from qa_console.data.statistics import Estimate, kappa

Named = tuple[date, str, str]
"""Day, call and rule."""


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """A finding that was appealed, and of which nobody decided since."""

    call: CallLine
    rule: str
    reviews: tuple[Review, ...]
    """All of the rule on the call, oldest first; the last is the appeal."""


@dataclass(frozen=True, kw_only=True)
class PairAgreement:
    """Two reviewers who looked at the same findings, each before knowing the other's verdict."""

    first: str
    second: str
    both: int
    """Findings."""
    same: int
    kappa: Estimate


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far reviewers agree."""

    pairs: tuple[PairAgreement, ...]
    """By name; only those with a finding in common."""
    both: int
    same: int
    kappa: Estimate
    """Over all pairs together; who is first in a pair is chance (the names' order), so it is of reviewers alike."""


def appeals(page: Page) -> tuple[Appeal, ...]:
    """Open appeals, oldest first. Whoever sees one agent's calls gets the appeals of these."""
    sql = """
        select call_date, call_id, rule from reviews
        qualify row_number() over (partition by call_date, call_id, rule order by "at" desc, verdict desc) = 1
            and verdict = 'appealed'
    """
    rows = page.session.rows(
        f"select call_date, call_id, rule, {SHOWN} from ({sql}) join calls using (call_date, call_id)"
    )
    said = _history(page, f"(call_date, call_id, rule) in ({sql})")
    found = [Appeal(call=line(row), rule=row["rule"], reviews=said[_name(row)]) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.reviews[-1].at, one.call.call_id, one.rule)))


def agreement(page: Page, span: Span, rule: str | None = None) -> Agreement:
    """How far any two reviewers agree on whether outcomes are right, by their first verdicts on calls of these days.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    sql = """
        with first as (
            select call_date, call_id, rule, reviewer, arg_min(verdict, "at") as verdict from reviews
            where verdict in ('confirmed', 'rejected') and call_date between ? and ?
                and (cast(? as varchar) is null or rule = ?)
            group by call_date, call_id, rule, reviewer
        )
        select a.reviewer as first, b.reviewer as second, a.verdict as one, b.verdict as other, count(*) as n
        from first a join first b using (call_date, call_id, rule) where a.reviewer < b.reviewer
        group by all order by all
    """
    rows = page.of_everybody().rows(sql, [span.first, span.last, rule, rule])
    tables: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for row in rows:
        tables.setdefault((row["first"], row["second"]), {})[row["one"], row["other"]] = row["n"]
    return _agreement(tables)


def _agreement(tables: Mapping[tuple[str, str], Mapping[tuple[str, str], int]]) -> Agreement:
    pairs = tuple(
        PairAgreement(first=a, second=b, both=sum(table.values()), same=_same(table), kappa=kappa(table))
        for (a, b), table in sorted(tables.items())
    )
    together: dict[tuple[str, str], int] = {}
    for table in tables.values():
        for verdicts, count in table.items():
            together[verdicts] = together.get(verdicts, 0) + count
    return Agreement(pairs=pairs, both=sum(together.values()), same=_same(together), kappa=kappa(together))


def _same(table: Mapping[tuple[str, str], int]) -> int:
    return sum(count for (one, other), count in table.items() if one == other)


def _history(page: Page, where: str) -> dict[Named, tuple[Review, ...]]:
    found: dict[Named, tuple[Review, ...]] = {}
    table = page.session.table(f'select * from reviews where {where} order by "at", verdict')
    for row in as_records(Review, table):
        name = (row.call_date, row.call_id, row.rule)
        found[name] = (*found.get(name, ()), row)
    return found


def _name(row: Row) -> Named:
    return row["call_date"], row["call_id"], row["rule"]
