"""What legal holds keep in place, whatever its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from callqa import warehouse
from callqa.settings import Settings
from callqa.upkeep import caches
from callqa.upkeep.known import Calls

COLUMNS = "call_date, call_id, file_name, uri, sha256, audio_version, duration, channels, language_hint, asr_digest"
"""Of a call's row: what leads to its entries in the caches."""


@dataclass(frozen=True)
class Held:
    """The calls and days on which a hold lies."""

    calls: frozenset[tuple[date, str]]
    days: frozenset[date]
    """Held as a whole."""

    def has(self, day: date, call_id: str) -> bool:
        """Whether a call is held."""
        return day in self.days or (day, call_id) in self.calls

    def ids(self, day: date) -> frozenset[str]:
        """The calls of a day that are held by themselves."""
        return frozenset(call_id for of, call_id in self.calls if of == day)

    def touches(self, day: date | None) -> bool:
        """Whether any call of a day is held: what holds all of its calls then stays."""
        return day is not None and (day in self.days or bool(self.ids(day)))


def held(settings: Settings) -> Held:
    """What is held now."""
    rows = warehouse.active_holds(settings.lake)
    calls = frozenset((row.call_date, row.call_id) for row in rows if row.call_id is not None)
    return Held(calls, frozenset(row.call_date for row in rows if row.call_id is None))


def entries(settings: Settings, holds: Held) -> set[Path]:
    """The entries of the caches that are of held calls."""
    found: set[Path] = set()
    for day in sorted({*holds.days, *(day for day, _ in holds.calls)}):
        calls = of_day(settings, day)
        for known in calls:
            if holds.has(known.day, known.call_id):
                one = caches.entries(settings, known, caches.Seen())
                found |= one.sound | one.facts | one.heard
    return found


def of_day(settings: Settings, day: date) -> Calls:
    """What a published day says of its calls, as far as it leads to their files."""
    rows = warehouse.table(settings.lake, f"select {COLUMNS} from calls where call_date = ?", [day])  # noqa: S608
    calls = Calls((day, str(call_id)) for call_id in rows["call_id"].to_pylist())
    calls.learn(rows)
    return calls
