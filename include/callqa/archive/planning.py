"""What running the days of a range would take, said before anything runs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from callqa import warehouse
from callqa.archive import costing
from callqa.archive.command import commands, conf
from callqa.archive.counting import Estimate, total
from callqa.archive.looking import Seen, look
from callqa.archive.span import Span
from callqa.contracts import Publication
from callqa.settings import Settings
from callqa.warehouse import ledger

if TYPE_CHECKING:
    from callqa.archive.cached import Cached

Plan = dict[str, Any]
PROBLEMS_SHOWN = 20


def plan(settings: Settings, span: Span, *, seconds: float | None = None, given: dict[str, Any] | None = None) -> Plan:
    """Days, recordings, hours, what is done already, time and space; each with what it goes by. Nothing is changed.

    `seconds` bounds how long the source is looked at (`archive.look_seconds`), `given` is what each run will be given
    (`conf`). Hours are of recordings, whatever their number of channels.

    Raises:
        SourceError: the source cannot be opened.
        EmptyDayError: it holds nothing in the range.
    """
    given = conf() if given is None else given
    seen = look(settings, span, settings.archive.look_seconds if seconds is None else seconds)
    published = {row.call_date: row for row in ledger.newest(warehouse.publications(settings.lake))}
    left_alone = _left_alone(settings, seen, published, again=bool(given.get("again")))
    hours = _hours(seen, seen.there)
    to_do = [day for day in seen.there if day not in left_alone]
    hours_to_do = _hours(seen, to_do)
    from callqa.archive import cached as caches  # it brings the stages that hear

    known = caches.cached(settings, [one for day, one in seen.days.items() if day not in left_alone])
    to_hear = hours_to_do.times(1 - known.share, exact=not known.share)
    return {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "timezone": settings.source.timezone,
        "source": settings.source.root,
        "days": _days(seen, published, to_do),
        "recordings": _counts(seen, seen.there).plain(),
        "hours": {**hours.plain(1), "by": dict(_by(seen))},
        "basis": basis(seen),
        "published": {"days": len(published_in(span, published)), "calls": _calls(span, published)},
        "cached": {**_cached(known), "hours_to_hear": to_hear.plain(1)},
        "time": _time(settings, to_hear),
        "storage": costing.storage_of(settings.lake.root, to_hear.value),
        "problems": {str(day): text for day, text in sorted(seen.problems.items())[:PROBLEMS_SHOWN]},
        "problem_days": len(seen.problems),
        "commands": commands(span, settings.source.timezone, settings.archive.days_at_once, given),
    }


def published_in(span: Span, published: dict[dt.date, Publication]) -> list[Publication]:
    """The newest publications of a range."""
    return [row for day, row in published.items() if day in span]


def _calls(span: Span, published: dict[dt.date, Publication]) -> int:
    return sum(row.rows_calls for row in published_in(span, published))


def _left_alone(settings: Settings, seen: Seen, published: dict[dt.date, Publication], *, again: bool) -> set[dt.date]:
    """Days that the runs of the backfill will not touch, because they are published."""
    if again or settings.archive.published == "again":
        return set()
    return {day for day in seen.there if day in published}


def _days(seen: Seen, published: dict[dt.date, Publication], to_do: list[dt.date]) -> dict[str, Any]:
    """Of the range: days with recordings and without, as far as they were looked at, and those that will be heard."""
    holding = total(seen.there, {day: float(bool(one.count)) for day, one in seen.days.items()})
    return {
        "asked": len(seen.span),
        "with_recordings": holding.plain(),
        "without_place": len(seen.span) - len(seen.there),
        "looked_at": len(seen.days) + len(seen.problems),
        "published": len(published_in(seen.span, published)),
        "to_do": len(to_do),
    }


def _counts(seen: Seen, days: list[dt.date]) -> Estimate:
    return total(days, {day: float(one.count) for day, one in seen.days.items()})


def _hours(seen: Seen, days: list[dt.date]) -> Estimate:
    hours = total(days, {day: one.hours for day, one in seen.days.items()})
    return hours.times(1, exact=seen.every_length and not _by(seen)["size"])


def _by(seen: Seen) -> Counter[str]:
    return sum((one.by for one in seen.days.values()), Counter[str]())


def basis(seen: Seen) -> str:
    """In words: how much of the source was looked at."""
    looked = len(seen.days) + len(seen.problems)
    days = f"every one of the {looked} days" if seen.every_day else f"{looked} of {len(seen.there)} days"
    lengths = sum(len(one.seconds) for one in seen.days.values())
    recordings = sum(one.count for one in seen.days.values())
    how = "all of their recordings" if lengths == recordings else f"{lengths} of their {recordings} recordings"
    rest = "" if seen.every_length else "; the rest is estimated"
    return f"listed {days}, looked up the length of {how}{rest}"


def _cached(known: Cached) -> dict[str, Any]:
    words = (
        f"{known.heard} of {known.looked_up} recordings that were looked up have been heard by this model;"
        f" {known.never_read} were never read, so that nothing is known of them"
    )
    return {"share": round(known.share, 4), "heard": known.heard, "not_heard": known.not_heard,
            "never_read": known.never_read, "basis": words}  # fmt: skip


def _time(settings: Settings, to_hear: Estimate) -> dict[str, Any]:
    found = costing.rate(settings)
    cores = costing.cores()
    hours = to_hear.times(found.seconds) if found.seconds is not None else None
    wall = None if hours is None else hours.value / (cores if found.device == "cpu" else 1)
    return {
        "device": found.device,
        "hours": hours and hours.plain(1),
        "cores": cores if found.device == "cpu" else None,
        "wall_hours": None if wall is None else round(wall, 1),
        "basis": found.basis,
    }
