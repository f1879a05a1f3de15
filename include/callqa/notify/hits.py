"""What routes are told of: the hits of a day as it is published, and the day in numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from callqa import warehouse
from callqa.contracts import SEVERITIES, Publication
from callqa.notify.routes import Route
from callqa.settings import LakeSettings

HITS = """
    select f.call_id, f.rule, f.rule_version, f.pack, f.severity, f.message, c.started_at, c.agent_id, c.team, c.queue,
        c.score, f.evidence[1].start as start, f.evidence[1].text as text
    from findings f join calls c using (call_date, call_id)
    where f.outcome = 'hit' and c.status <> 'rejected'
        and (list_contains(?, f.rule) or list_contains(?, f.pack) or list_contains(?, f.severity))
"""
NUMBERS = """
    select count(*) as calls, count(*) filter (status = 'analysed') as analysed,
        count(*) filter (status = 'invalid') as invalid, count(*) filter (status = 'rejected') as rejected,
        avg(score) as score from calls
"""
BY_RULE = """
    select rule, count(distinct call_id) as calls from findings where outcome = 'hit' group by rule order by 2 desc, 1
"""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule's hit on a published call."""

    day: dt.date
    call_id: str
    rule: str
    version: int
    pack: str
    severity: str
    message: str
    """Of the rule; it may quote what was said."""
    started_at: dt.datetime | None
    agent_id: str | None
    team: str | None
    queue: str | None
    score: float | None
    start: float | None
    """Seconds at which the first piece of evidence begins."""
    text: str | None
    """What was said there, as published."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What nobody is told of twice on a route."""
        return self.call_id, self.rule, self.version


@dataclass(frozen=True, kw_only=True)
class Day:
    """A published day: its newest publication, and the hits that some route takes."""

    publication: Publication
    hits: tuple[Hit, ...]
    """The gravest first, then in order of time."""
    numbers: dict[str, float | None]
    by_rule: tuple[tuple[str, int], ...]
    """Calls hit by each rule, most first."""

    def of(self, route: Route) -> list[Hit]:
        """The hits that a route takes."""
        teams, queues = set(route.settings.teams), set(route.settings.queues)
        return [
            hit
            for hit in self.hits
            if route.takes(hit.rule, hit.pack, hit.severity)
            and (not teams or hit.team in teams)
            and (not queues or hit.queue in queues)
        ]


def published(lake: LakeSettings, day: dt.date, routes: Iterable[Route]) -> Day | None:
    """The day's newest publication, as far as these routes are told of it; None where the day has none."""
    publications = warehouse.publications(lake, day)
    if not publications:
        return None
    newest = publications[-1]
    chosen = [route for route in routes if route.chooses]
    rules = sorted({rule for route in chosen for rule in route.rules})
    packs = sorted({pack for route in chosen for pack in route.settings.packs})
    severities = sorted(
        {severity for route in chosen if route.by_severity_alone for severity in route.settings.severities}
    )
    with warehouse.reading(lake, newest) as reading:
        rows = reading.table(HITS, [rules, packs, severities]).to_pylist()
        numbers = reading.table(NUMBERS).to_pylist()[0]
        by_rule = reading.table(BY_RULE).to_pylist()
    hits = [Hit(day=day, version=row.pop("rule_version"), **row) for row in rows]
    return Day(
        publication=newest,
        hits=tuple(sorted(hits, key=_order)),
        numbers=numbers,
        by_rule=tuple((row["rule"], row["calls"]) for row in by_rule),
    )


def _order(hit: Hit) -> tuple[int, bool, dt.datetime, str, str]:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return -SEVERITIES.index(hit.severity), hit.started_at is None, hit.started_at or never, hit.call_id, hit.rule
