"""What became of each day of a backfill, one small file a day: `<lake>/archive/days/<year>/<day>.json`.

The warehouse knows the published days and the quarantine the refused ones; that a day had no recordings, or that its
run failed, nobody else keeps for as long as an archive is run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from pathlib import Path

from callqa import storage
from callqa.archive.span import Span
from callqa.errors import StageError

OUTCOMES = ("published", "unchanged", "refused", "empty", "done_before", "failed")
"""`unchanged`: run again, and nothing was different; `done_before`: it was published, and was left alone."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The newest outcome of a day in a backfill."""

    day: dt.date
    outcome: str
    """One of OUTCOMES."""
    run_id: str
    at: dt.datetime
    facts: dict[str, str] = field(default_factory=dict)
    """Of a failure the task and the kind of error; nothing that was said, no name of a recording."""


def leave(lake: str, outcome: Outcome) -> Path:
    """Keep an outcome; it replaces the day's earlier one.

    Raises:
        ValueError: it is none of OUTCOMES.
        StageError: the lake cannot be written.
    """
    if outcome.outcome not in OUTCOMES:
        raise ValueError(f"{outcome.outcome!r} is none of {', '.join(OUTCOMES)}")
    plain = {**asdict(outcome), "day": outcome.day.isoformat(), "at": outcome.at.isoformat()}
    return Path(storage.write_json(_path(lake, outcome.day), plain))


def left(lake: str, span: Span) -> dict[dt.date, Outcome]:
    """The outcomes of a range, by day; a file that cannot be read is as if it were not there."""
    found: dict[dt.date, Outcome] = {}
    for year in range(span.first.year, span.last.year + 1):
        for path in sorted((_folder(lake) / str(year)).glob("*.json")):
            outcome = _read(path)
            if outcome and outcome.day in span:
                found[outcome.day] = outcome
    return found


def _read(path: Path) -> Outcome | None:
    try:
        plain = storage.read_json(path)
        moments = {"day": dt.date.fromisoformat(plain["day"]), "at": dt.datetime.fromisoformat(plain["at"])}
        return Outcome(**{**plain, **moments})
    except (StageError, KeyError, TypeError, ValueError):
        return None


def _folder(lake: str) -> Path:
    return Path(lake) / "archive" / "days"


def _path(lake: str, day: dt.date) -> Path:
    return _folder(lake) / str(day.year) / f"{day}.json"
