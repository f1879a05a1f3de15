"""Calls of an agent to talk about: the worst and the best ones, each with what makes it one."""

from __future__ import annotations

from dataclasses import dataclass

from qa_console.data.console import Page
from qa_console.data.listing import SHOWN, CallLine, line
from qa_console.data.periods import Span
from qa_console.data.session import Row

LEAST_SECONDS = 30.0
"""A shorter call is no example of anything."""
MOODS = (
    """case {} when 'happy' then 1 when 'neutral' then 0 when 'surprised' then 0 when 'unknown' then null else -1 end"""
)
"""How good a mood is; as in the SQL of the dashboards."""
CHANGE = f"coalesce({MOODS.format('emotion_end')} - {MOODS.format('emotion_start')}, 0)"
GOOD_SCORE = 90.0


@dataclass(frozen=True)
class Reason:
    """Why a call is an example."""

    code: str
    """`score`, `risk`, `rule`, `mood_worse`, `mood_better`, `angry_at_end`, `no_hits`."""
    value: str = ""
    """The score, the rule, or both moods with `>` between them."""


@dataclass(frozen=True)
class Example:
    """A call and why it is one."""

    call: CallLine
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Coaching:
    """Examples of an agent's calls."""

    worst: tuple[Example, ...]
    best: tuple[Example, ...]


def coaching(page: Page, agent: str, span: Span, count: int = 5) -> Coaching:
    """The worst and the best calls of an agent: analysed, scored and of at least half a minute.

    The worst lost points, are a risk or end in a worse mood than they began (a hit alone says little: that a customer
    asks for the balance is one); the best have a good score or end in a better mood. No call is both. Of calls alike in
    score and mood the later ones are taken.
    """
    bad = f"(score < 100 or list_contains(flags, 'risk') or {CHANGE} < 0)"
    worst = _some(page, agent, span, bad, f"score, {CHANGE}, len(rules_hit) desc", count)
    taken = [row["nr"] for row in worst]
    good = f"(score >= {GOOD_SCORE} or {CHANGE} > 0) and not list_contains(flags, 'risk')"
    best = _some(page, agent, span, good, f"score desc, {CHANGE} desc, len(rules_hit)", count, taken)
    return Coaching(
        tuple(Example(line(row), _faults(row)) for row in worst),
        tuple(Example(line(row), _merits(row)) for row in best),
    )


def _some(
    page: Page, agent: str, span: Span, what: str, by: str, count: int, but: list[int] | None = None
) -> list[Row]:
    sql = f"""
        select nr, {CHANGE} as change, {SHOWN} from calls
        where agent_id = ? and call_date between ? and ? and status = 'analysed' and score is not null
            and duration >= {LEAST_SECONDS} and {what} and not list_contains(?, nr)
        order by {by}, call_date desc, call_id desc limit {int(count)}
    """
    return page.session.rows(sql, [agent, span.first, span.last, but or [-1]])


def _faults(row: Row) -> tuple[Reason, ...]:
    moods = f"{row['emotion_start']}>{row['emotion_end']}"
    found = [Reason("score", f"{row['score']:g}")]
    found += [Reason("risk")] if "risk" in (row["flags"] or ()) else []
    found += [Reason("rule", rule) for rule in row["rules_hit"] or ()]
    found += [Reason("mood_worse", moods)] if row["change"] < 0 else []
    return (*found, *([Reason("angry_at_end")] if row["emotion_end"] == "angry" else []))


def _merits(row: Row) -> tuple[Reason, ...]:
    found = [Reason("score", f"{row['score']:g}")] if row["score"] >= GOOD_SCORE else []
    found += [Reason("mood_better", f"{row['emotion_start']}>{row['emotion_end']}")] if row["change"] > 0 else []
    return (*found, *([] if row["rules_hit"] else [Reason("no_hits")]))
