"""What there is to choose from in a filter: the values that calls have, the most frequent first."""

from __future__ import annotations

from dataclasses import dataclass

from qa_console.data.console import Page
from qa_console.data.errors import FilterError
from qa_console.data.filters import Filters

MOST = 200
"""Values that are offered at once; among more one looks by typing."""
VALUES = {
    "agent": ("agent_id", "max_by(coalesce(agent_name, agent_id), call_date)"),
    "team": ("team", "any_value(team)"),
    "queue": ("queue", "any_value(queue)"),
    "flag": ("unnest(flags)", "value"),
    "rule": ("unnest(rules_hit)", "value"),
}
"""SQL of a value and of its name, by the filter's key."""


@dataclass(frozen=True)
class Choice:
    """A value."""

    value: str
    name: str
    """Of an agent, as the last call has it; else the value."""
    calls: int
    """That have it, on the days that are asked for."""


def choices(
    page: Page, key: str, filters: Filters, like: str = "", also: frozenset[str] = frozenset()
) -> tuple[Choice, ...]:
    """The values of a filter on the days of `filters`, at most MOST: those with `like` in value or name, and of the
    values `also` those that have it in the name that a page gives them.

    Raises:
        FilterError: `key` is no filter with values of its own.
    """
    if key not in VALUES:
        raise FilterError(
            f"there is nothing to choose for {key[:40]!r}", remedy=f"one of {', '.join(VALUES)}", field="of"
        )
    value, name = VALUES[key]
    where, given = Filters(first_day=filters.first_day, last_day=filters.last_day).condition()
    sql = f"""
        with found as (select {value} as value, agent_name, agent_id, call_date, team, queue from calls where {where})
        select value, {name} as name, count(*) as calls from found where value is not null group by value
        having contains(lower(value), ?) or contains(lower(name), ?) or list_contains(?, value)
        order by calls desc, value limit {MOST}
    """
    named = like.strip().lower()
    rows = page.session.rows(sql, [*given, named, named, sorted(also)])
    return tuple(Choice(row["value"], row["name"], row["calls"]) for row in rows)
