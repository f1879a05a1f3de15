"""A day at a glance: what was heard and what is at risk, moods, what the rules found, what waits for a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from callqa.contracts import GateResult, Publication
from qa_console.data.console import Page
from qa_console.data.drift import RuleDay, rule_days
from qa_console.data.errors import FilterError
from qa_console.data.gates import Waiting, gate_of, waiting
from qa_console.data.session import Row

BIN = 10
"""Points of a score that a bar of the histogram holds; the last bar holds 100 too."""
AFTER_A_WEEK = dt.timedelta(days=7)

TOTALS = """
    count(*) as made, count(*) filter (where status = 'analysed') as analysed,
    count(*) filter (where status = 'invalid') as invalid, count(*) filter (where status = 'rejected') as rejected,
    count(*) filter (where list_contains(flags, 'risk')) as risk,
    count(*) filter (where status = 'analysed' and emotion_end = 'angry') as angry_at_end,
    avg(score) as mean_score, median(score) as median_score, count(score) as scored,
    sum(duration) as seconds, avg(duration) filter (where status = 'analysed') as mean_seconds
"""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A day's calls in numbers."""

    day: date
    made: int
    """Calls with a recording."""
    analysed: int
    invalid: int
    rejected: int
    risk: int
    """Calls that a rule flags as a risk."""
    angry_at_end: int
    mean_score: float | None
    median_score: float | None
    scored: int
    seconds: float
    """Of all recordings that could be read."""
    mean_seconds: float | None

    @property
    def coverage(self) -> float | None:
        """Calls heard over calls made; a call found invalid was heard. None on a day without calls."""
        return (self.analysed + self.invalid) / self.made if self.made else None


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The moods of the calls that began in an hour of the contact centre's day."""

    hour: int
    calls: int
    start: Mapping[str, int]
    """Calls by emotion at the start …"""
    end: Mapping[str, int]
    """… and at the end."""


@dataclass(frozen=True, kw_only=True)
class Today:
    """A published day."""

    day: date
    publication: Publication
    totals: Totals
    day_before: Totals | None
    """The last published day before this one."""
    week_before: Totals | None
    """The same weekday of the week before, where it was published."""
    invalid: Mapping[str, int]
    """Invalid calls by what tones and announcements say, most first; `""`: they say nothing."""
    rejected: Mapping[str, int]
    """Rejected recordings by reason, most first."""
    scores: tuple[int, ...]
    """Calls with a score from 0 to 9, 10 to 19 … 90 to 100."""
    hours: tuple[Hour, ...]
    """Hours with calls; calls without a time are in none."""
    rules: tuple[RuleDay, ...]
    """Rules with a finding on the day, most hits first."""
    gate: tuple[GateResult, ...]
    """Every check; none for whoever sees one agent's calls."""
    waiting: tuple[Waiting, ...]
    """Refused days that nobody has decided about, oldest first; none for whoever sees one agent's calls."""


def today(page: Page, day: date | None = None) -> Today | None:
    """A published day, by default the newest; None where nothing was ever published.

    Raises:
        FilterError: that day is not published.
    """
    if day is None and not page.days:
        return None
    day = day or page.days[-1]
    if day not in page.session.published.newest:
        raise FilterError(f"{day} is not published", remedy=_nearest(page, day), field="day")
    before = [one for one in page.days if one < day]
    some = totals(page, [day, *before[-1:], day - AFTER_A_WEEK])
    everybody = page.visible.everybody
    return Today(
        day=day,
        publication=page.session.published.newest[day],
        totals=some.get(day) or _nothing(day),
        day_before=some.get(before[-1]) if before else None,
        week_before=some.get(day - AFTER_A_WEEK),
        invalid=_by(page, day, "coalesce(call_state, '')", "invalid"),
        rejected=_by(page, day, "coalesce(reject_reason, '')", "rejected"),
        scores=_scores(page, day),
        hours=_hours(page, day),
        rules=rule_days(page, day),
        gate=gate_of(page, day) if everybody else (),
        waiting=waiting(page) if everybody else (),
    )


def totals(page: Page, days: list[date]) -> dict[date, Totals]:
    """The numbers of those of these days that have calls."""
    sql = f"select call_date as day, {TOTALS} from calls where call_date in (select unnest(?)) group by call_date"
    return {row["day"]: _totals(row) for row in page.session.rows(sql, [days])}


def _totals(row: Row) -> Totals:
    return Totals(**{**row, "seconds": row["seconds"] or 0.0})


def _nothing(day: date) -> Totals:
    return Totals(
        day=day, made=0, analysed=0, invalid=0, rejected=0, risk=0, angry_at_end=0, mean_score=None, median_score=None,
        scored=0, seconds=0.0, mean_seconds=None,
    )  # fmt: skip


def _nearest(page: Page, day: date) -> str:
    near = min(page.days, key=lambda one: abs(one - day), default=None)
    return f"the nearest published day is {near}" if near else "no day was published yet"


def _by(page: Page, day: date, column: str, status: str) -> dict[str, int]:
    counted = f"select {column} as name, count(*) as n from calls where call_date = ? and status = ?"
    sql = f"{counted} group by 1 order by 2 desc, 1"
    return {row["name"]: row["n"] for row in page.session.rows(sql, [day, status])}


def _scores(page: Page, day: date) -> tuple[int, ...]:
    sql = f"""
        select cast(least(floor(score / {BIN}), {100 // BIN - 1}) as int) as bin, count(*) as n
        from calls where call_date = ? and score is not null group by 1
    """
    counts = {row["bin"]: row["n"] for row in page.session.rows(sql, [day])}
    return tuple(counts.get(number, 0) for number in range(100 // BIN))


def _hours(page: Page, day: date) -> tuple[Hour, ...]:
    """By quarter of an hour in UTC first: the offsets of all zones in use are whole quarters of an hour."""
    sql = """
        select epoch(time_bucket(interval 15 minutes, started_at))::bigint as quarter,
            emotion_start, emotion_end, count(*) as n
        from calls where call_date = ? and status = 'analysed' and started_at is not null group by all
    """
    found: dict[int, dict[str, Any]] = {}
    for row in page.session.rows(sql, [day]):
        hour = dt.datetime.fromtimestamp(row["quarter"], page.zone).hour
        entry = found.setdefault(hour, {"calls": 0, "start": {}, "end": {}})
        entry["calls"] += row["n"]
        for side in ("start", "end"):
            mood = row[f"emotion_{side}"]
            entry[side][mood] = entry[side].get(mood, 0) + row["n"]
    return tuple(Hour(hour=hour, **entry) for hour, entry in sorted(found.items()))
