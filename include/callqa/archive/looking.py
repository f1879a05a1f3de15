"""What lies in the source on the days of a range, seen within a time: all of it, or a sample spread over the range."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from callqa import remote
from callqa.archive import places
from callqa.archive.span import Span
from callqa.contracts import Recording
from callqa.errors import EmptyDayError, SourceError, UnreachableError
from callqa.fetch import day as source_days
from callqa.fetch import manifest, shards
from callqa.settings import Settings, SourceSettings

PROBES = 40
"""Recordings of a day whose length is looked up at first; the others in a second round, if there is time."""
MOST_KEPT = 100_000
"""Recordings that are kept in memory, of about 1 kB each: an archive of years has a hundred times as many."""
FEWEST_DAYS = 14
"""That are looked at however long it takes: two weeks have each weekday twice."""

Clock = Callable[[], float]
Item = TypeVar("Item")


@dataclass
class SeenDay:
    """A day that was looked at."""

    day: dt.date
    recordings: list[Recording] = field(repr=False)
    """Those that are kept in memory, spread over the day: all, or `PROBES` of them once `MOST_KEPT` are kept."""
    count: int
    """Of all that can be used; of side-car rows without a file nothing is heard."""
    seconds: list[float] = field(default_factory=list)
    """Of the recordings whose length was looked up, the first of `looked_up`."""
    looked_up: list[int] = field(default_factory=list)
    """Their places in `recordings`."""
    by: Counter[str] = field(default_factory=Counter)
    """What the lengths go by: `side-car`, `header` or `size`."""

    @property
    def hours(self) -> float:
        """Of the whole day; the recordings that were not looked up are as long as the others."""
        if not self.seconds:
            return 0.0
        return sum(self.seconds) / len(self.seconds) * self.count / 3600

    def look_up(self, places: Sequence[int], source: SourceSettings) -> None:
        """Learn the lengths of the recordings at some places."""
        for place in places:
            seconds, by = shards.measured(self.recordings[place], source)
            self.seconds.append(seconds)
            self.looked_up.append(place)
            self.by[by] += 1

    def not_looked_up(self) -> list[int]:
        """The places whose lengths are not known yet."""
        known = set(self.looked_up)
        return [place for place in range(len(self.recordings)) if place not in known]


@dataclass
class Seen:
    """What was seen of a range."""

    span: Span
    there: list[dt.date]
    """Days that may hold recordings: there is a place for them."""
    days: dict[dt.date, SeenDay] = field(default_factory=dict)
    """Those that were looked at."""
    problems: dict[dt.date, str] = field(default_factory=dict)
    """Days that cannot be read, and why: their runs would fail."""
    kept: int = 0
    """Recordings that are in memory."""

    @property
    def every_day(self) -> bool:
        """Whether no day was left out."""
        return len(self.days) + len(self.problems) == len(self.there)

    @property
    def every_length(self) -> bool:
        """Whether no length was left out either."""
        return self.every_day and all(len(one.seconds) == one.count for one in self.days.values())

    def with_recordings(self) -> list[SeenDay]:
        """The days that hold something."""
        return [one for one in self.days.values() if one.count]


def look(settings: Settings, span: Span, seconds: float, clock: Clock = time.monotonic) -> Seen:
    """See what the source holds: which days at once, then day after day, spread over the range, until time is up.

    Raises:
        SourceError: the source cannot be opened.
        EmptyDayError: it has nothing in the range; the message says what it has.
    """
    until = clock() + seconds
    seen = Seen(span, places.days_with_a_place(settings.source, span))
    for number, day in enumerate(spread(seen.there)):
        if number >= FEWEST_DAYS and clock() >= until:
            break
        _see(seen, day, settings.source)
    for one in seen.with_recordings():
        rest = one.not_looked_up()
        for start in range(0, len(rest), PROBES):
            if clock() >= until:
                return seen
            one.look_up(rest[start : start + PROBES], settings.source)
    _refuse_nothing(seen, settings.source)
    return seen


def spread(days: Sequence[dt.date]) -> Iterator[dt.date]:
    """All days, each next one as far as can be from those before: however early one stops, the range is covered.

    (The van der Corput sequence: the numbers of the days with their binary digits in reverse.)
    """
    digits = max(1, (len(days) - 1).bit_length())
    for number in range(2**digits):
        place = int(f"{number:0{digits}b}"[::-1], 2)
        if place < len(days):
            yield days[place]


def _see(seen: Seen, day: dt.date, source: SourceSettings) -> None:
    try:
        recordings = [one for one in recordings_of(day, source) if not one.reject_reason]
    except UnreachableError:
        raise  # it is nothing about this day
    except SourceError as error:
        seen.problems[day] = error.message
        return
    kept = recordings if seen.kept + len(recordings) <= MOST_KEPT else spaced(recordings, PROBES)
    seen.kept += len(kept)
    one = seen.days[day] = SeenDay(day, kept, len(recordings))
    one.look_up(spaced(range(len(kept)), PROBES), source)


def spaced(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of them, evenly spread from the first on."""
    count = min(most, len(items))
    return [items[number * len(items) // count] for number in range(count)]


def recordings_of(day: dt.date, source: SourceSettings) -> list[Recording]:
    """The recordings of a day, as fetch would list them; none of them is opened.

    Raises:
        SourceError: the day cannot be listed, or its side-car is malformed.
    """
    return manifest.build(day, source_days.look(source, day), source).recordings


def _refuse_nothing(seen: Seen, source: SourceSettings) -> None:
    if seen.problems or not seen.every_day or seen.with_recordings():
        return
    raise EmptyDayError(
        f"{remote.shown(source.root)} holds no recordings of {seen.span}",
        remedy=f"check the dates, source.root and source.layout; {places.what_there_is(source)}",
    )
