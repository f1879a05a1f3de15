"""Which of the last days are to be run again, and of the others why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from callqa import arrow, publish, storage, turns, warehouse
from callqa.contracts import Call, Publication
from callqa.errors import SourceError, UnreachableError
from callqa.late.difference import Difference, between, listing_of, manifest_of, published
from callqa.settings import Settings
from callqa.turns import Holder

Verdict = Literal["run", "same", "gone", "refused", "decided", "never_run", "too_old", "at_work", "unreadable"]


@dataclass(frozen=True, kw_only=True)
class LateDay:
    """A day that was looked at."""

    day: dt.date
    verdict: Verdict
    """`run`: it is to be run again; anything else says why it is left alone."""
    why: str
    difference: Difference = field(default_factory=Difference)

    @property
    def run_id(self) -> str:
        """The same where the same was found: Airflow takes a run's id once, so that nothing is started twice."""
        return f"late__{self.day.isoformat()}__{self.difference.listing[:16]}"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        found = self.difference
        lists = {name: getattr(found, name) for name in ("new", "changed", "told", "gone")}
        return {"day": self.day.isoformat(), "verdict": self.verdict, "why": self.why, **lists}


def days_back(last: dt.date, days: int) -> list[dt.date]:
    """So many days up to `last`, which is the first of them."""
    return [last - dt.timedelta(days=back) for back in range(days)]


def look(
    settings: Settings, days: list[dt.date], today: dt.date, is_over: Callable[[Holder], bool] = turns.unknown
) -> list[LateDay]:
    """Each day's source beside what is published of it; `is_over` as in `turns.take`.

    Raises:
        UnreachableError: the source does not answer.
    """
    found = []
    for day in days:
        holder = turns.at_work(settings.lake.root, day, is_over)
        why = holder and f"run {holder.run_id} ({holder.by}) is at work on it since {holder.since}"
        found.append(LateDay(day=day, verdict="at_work", why=why) if why else look_at(settings, day, today))
    return found


def look_at(settings: Settings, day: dt.date, today: dt.date, settle_seconds: float = 0.0) -> LateDay:
    """One day.

    Raises:
        UnreachableError: the source does not answer.
    """
    if (today - day).days >= _kept(settings):
        return LateDay(day=day, verdict="too_old", why="what is kept of it is being removed (retention)")
    rows = warehouse.publications(settings.lake, day)
    try:
        there = manifest_of(settings, day, settle_seconds)
    except UnreachableError:
        raise
    except SourceError as error:
        return LateDay(day=day, verdict="unreadable", why=str(error))
    found = between(there, published(settings, day) if rows else [])
    verdict, why = _judged(settings, day, rows, found)
    return LateDay(day=day, verdict=verdict, why=why, difference=found)


def _kept(settings: Settings) -> float:
    limits = settings.retention
    return min((days for days in (limits.audio_days, limits.text_days, limits.findings_days) if days), default=1e9)


def _judged(settings: Settings, day: dt.date, rows: list[Publication], found: Difference) -> tuple[Verdict, str]:
    newest = rows[-1] if rows else None
    holder = turns.last(settings.lake.root, day)
    if found.gone:
        lost = f"{len(found.gone)} published recordings are no longer in the source; a run would leave them out"
        return "gone", lost
    if not found.worth_a_run:
        return "same", "nothing new"
    if newest is None and holder is None:
        return "never_run", "no run of it ever began: start it by hand, or by a backfill"
    if newest is not None and (newest.origin or "").startswith("rollback"):
        return "decided", f"it was rolled back by {newest.approved_by}: {newest.approval_reason}"
    if refused := _refused(settings, day, newest, found):
        return "refused", refused
    counts = {"new": found.new, "changed": found.changed, "described otherwise": found.told}
    return "run", ", ".join(f"{len(names)} {word}" for word, names in counts.items() if names)


def _refused(settings: Settings, day: dt.date, newest: Publication | None, found: Difference) -> str:
    """Why a day that the gate refused since it was last published is left alone; empty where it is not."""
    sequence = newest.sequence if newest else 0
    for entry in publish.quarantined(settings.lake.root):
        if entry.day != day or (entry.based_on or 0) < sequence:
            continue
        if entry.decision is None:
            return f"the gate refused run {entry.run_id}, which waits for a person's decision"
        if _same_as_refused(entry.folder, found):
            return f"the gate refused run {entry.run_id} over the same recordings"
    return ""


def _same_as_refused(folder: Path, found: Difference) -> bool:
    """Whether a refused run was over what is there now."""
    calls = arrow.from_table(Call, storage.read_table(folder / "calls.parquet"))
    return listing_of([call for call in calls if call.reject_reason != "missing_file"]) == found.listing
