"""Agents and teams: their trends, how they compare, and calls to talk about.

Who stands where is never said without how many calls it is measured on and how sure that makes it: between two agents
whose intervals overlap there is no order.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qa_console.data.console import Page
from qa_console.data.periods import FIGURES, Every, Figures, Period, Span, figures, start_of
from qa_console.data.session import Row
from qa_console.data.statistics import Estimate, mean, share

By = Literal["agent", "team"]
COLUMN: Mapping[str, str] = {"agent": "agent_id", "team": "team"}
LEAST_CALLS = 20
"""Scored calls from which a mean is one of the distribution."""


@dataclass(frozen=True, kw_only=True)
class CardFigures:
    """Calls on one version of a scorecard."""

    card: str
    version: int
    score: Estimate
    passed: Estimate


@dataclass(frozen=True, kw_only=True)
class Compared:
    """An agent or a team among the others."""

    who: str
    name: str
    """Of an agent as the last call has it; of a team the same as `who`."""
    team: str | None
    """Of an agent, as the last call has it."""
    figures: Figures
    cards: tuple[CardFigures, ...]
    better: int
    """Others whose score's interval lies above this one's …"""
    worse: int
    """… and below it; the rest cannot be told apart."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Of the mean scores of those with at least `LEAST_CALLS` scored calls; None: there are fewer than two."""

    count: int
    least: float | None
    quarter: float | None
    """A quarter of them are below."""
    middle: float | None
    three_quarters: float | None
    most: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Agents or teams over a stretch of days."""

    by: By
    span: Span
    lines: tuple[Compared, ...]
    """By id: an order of scores is the page's to offer, next to their intervals."""
    all: Figures
    distribution: Distribution


def compare(page: Page, span: Span, by: By = "agent", *, team: str | None = None) -> Comparison:
    """All agents, those of a team, or all teams. Whoever sees one agent's calls gets that agent alone.

    Calls of which nobody knows the agent (or team) count in `all` only.
    """
    column = COLUMN[by]
    sql = f"""
        select {column} as who, arg_max(agent_name, call_date) as agent_name,
            arg_max(team, call_date) as team, {FIGURES}
        from calls where call_date between ? and ? and (cast(? as varchar) is null or team = ?)
        group by grouping sets (({column}), ()) having grouping({column}) = 1 or {column} is not null
        order by grouping({column}) desc, who
    """
    rows = page.session.rows(sql, [span.first, span.last, team, team])
    cards = _cards(page, span, by)
    whole, lines = rows[0], [(row, figures(row)) for row in rows[1:]]
    scores = [one.score for _, one in lines]
    return Comparison(
        by=by,
        span=span,
        lines=tuple(_line(row, one, by, cards.get(row["who"], ()), scores) for row, one in lines),
        all=figures(whole),
        distribution=_distribution([s.value for s in scores if s.value is not None and s.n >= LEAST_CALLS]),
    )


def trend(
    page: Page, span: Span, every: Every = "week", *, agent: str | None = None, team: str | None = None
) -> tuple[Period, ...]:
    """Days or weeks of an agent, a team, or of all calls; those without calls are left out."""
    sql = f"""
        select {start_of(every)} as start, {FIGURES} from calls where call_date between ? and ?
            and (cast(? as varchar) is null or agent_id = ?) and (cast(? as varchar) is null or team = ?)
        group by 1 order by 1
    """
    rows = page.session.rows(sql, [span.first, span.last, agent, agent, team, team])
    return tuple(Period(start=row["start"], figures=figures(row)) for row in rows)


def _line(row: Row, one: Figures, by: By, cards: Sequence[CardFigures], scores: Sequence[Estimate]) -> Compared:
    low, high = one.score.low, one.score.high
    return Compared(
        who=row["who"],
        name=(row["agent_name"] if by == "agent" else None) or row["who"],
        team=row["team"],
        figures=one,
        cards=tuple(cards),
        better=sum(high is not None and other.low is not None and other.low > high for other in scores),
        worse=sum(low is not None and other.high is not None and other.high < low for other in scores),
    )


def _cards(page: Page, span: Span, by: By) -> dict[str, list[CardFigures]]:
    """By who, on each version of each card that there are results of."""
    column = COLUMN[by]
    sql = f"""
        select {column} as who, card, version, sum(scored)::bigint as scored, sum(total) as total,
            sum(squares) as squares, sum(judged)::bigint as judged, sum(passed)::bigint as passed
        from card_days where call_date between ? and ? and {column} is not null group by all order by card, version
    """
    found: dict[str, list[CardFigures]] = {}
    for row in page.session.rows(sql, [span.first, span.last]):
        found.setdefault(row["who"], []).append(
            CardFigures(
                card=row["card"],
                version=row["version"],
                score=mean(*_moments(row)),
                passed=share(row["passed"], row["judged"]),
            )
        )
    return found


def _moments(row: Row) -> tuple[Any, Any, int]:
    """Mean, sample deviation and number from sums."""
    n, total, squares = row["scored"], row["total"], row["squares"]
    if not n:
        return None, None, 0
    variance = max(0.0, squares - total * total / n) / (n - 1) if n > 1 else None
    return total / n, None if variance is None else variance**0.5, n


def _distribution(values: list[float]) -> Distribution:
    if len(values) < 2:
        return Distribution(count=len(values), least=None, quarter=None, middle=None, three_quarters=None, most=None)
    quarter, middle, three = statistics.quantiles(values, n=4, method="inclusive")
    return Distribution(
        count=len(values), least=min(values), quarter=quarter, middle=middle, three_quarters=three, most=max(values)
    )
