"""What every door of this package needs: the routes, the published days, the addresses, and what came of a sending."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callqa.errors import CallQAError
from callqa.notify import hits, journal, routes
from callqa.notify.addresses import Connections, resolved
from callqa.notify.bucket import Clock
from callqa.notify.channel import ActionChannel, AppriseChannel, Channel
from callqa.notify.delivering import Desk, deliver
from callqa.notify.hits import Day
from callqa.notify.routes import Route, Routes
from callqa.notify.text import Limit, Writer
from callqa.settings import Settings

ANY_LIMIT = Limit(18_000)
"""Where the address cannot be read; the message is cut to what its service takes when it is sent."""


@dataclass(frozen=True)
class Sent:
    """What came of a sending."""

    messages: tuple[dict[str, Any], ...] = ()
    """The rows of the messages that were pending before or were queued, by day and route, as `rows` has them."""
    warnings: tuple[str, ...] = ()

    def count(self, state: str) -> int:
        """Messages in a state."""
        return sum(row["state"] == state for row in self.messages)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        counts = {state: self.count(state) for state in journal.STATES if self.count(state)}
        return {**counts, "messages": list(self.messages), "warnings": list(self.warnings)}


@dataclass
class Office:
    """Everything that one call of this module needs, opened once."""

    settings: Settings
    connections: Connections | None = None
    clock: Clock = field(default_factory=Clock)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @functools.cached_property
    def routes(self) -> Routes:
        """All of them."""
        return routes.of(self.settings)

    @functools.cached_property
    def _days(self) -> dict[dt.date, Day | None]:
        return {}

    def day(self, day: dt.date) -> Day | None:
        """A published day, read once; None where it has no publication."""
        with self._lock:
            if day not in self._days:
                self._days[day] = hits.published(self.settings.lake, day, self.routes.every)
            return self._days[day]

    def channel(self, route: Route) -> Channel:
        """What a route's messages go through.

        Raises:
            CallQAError: the address is not there or is none.
        """
        timeout = self.settings.notify.timeout_seconds
        if route.settings.address.startswith("action:"):
            name = route.settings.address.removeprefix("action:")
            if route.action is None:
                raise CallQAError(f"no installed rule pack registers an action {name}", remedy="install its pack")
            return ActionChannel(name, route.action, timeout)
        return AppriseChannel(resolved(route.settings.address, self.connections), timeout)

    def limit(self, route: Route) -> Limit:
        """How long its messages may be."""
        try:
            return self.channel(route).limit
        except Exception:  # noqa: BLE001 - whatever is wrong with an address is said when something is sent there
            return ANY_LIMIT

    def writer(self, route: Route) -> Writer:
        """Who writes its messages."""
        return Writer(self.settings, route, self.routes.titles)

    def journal(self, day: dt.date, route: Route) -> journal.Journal:
        """Its record of a day."""
        return journal.Journal(self.settings.lake.root, day, route.name)

    def has_event(self, day: dt.date, route: Route, event: str, key: str) -> bool:
        """Whether an event of a day was told on a route, or is about to be."""
        with self.journal(day, route).locked() as page:
            return page.has_event(event, key)

    def now(self) -> dt.datetime:
        """By the clock, in UTC."""
        return dt.datetime.fromtimestamp(self.clock.now(), dt.UTC)

    def deliver(self, chosen: Sequence[Route], limit_seconds: float | None = None) -> Sent:
        """Send what is pending; the rows of all that was, before or after."""
        before = {row["message"] for row in self._rows(chosen) if row["state"] in (journal.PENDING, journal.BEGUN)}
        desk = Desk(self.settings, self.day, self.channel, self.routes.titles, self.clock, limit_seconds)
        left = deliver(desk, chosen)
        after = [row for row in self._rows(chosen) if row["message"] in before or row["state"] == journal.PENDING]
        return Sent(tuple(after), (*self.routes.warnings, *_warnings(after, left)))

    def _rows(self, chosen: Sequence[Route]) -> list[dict[str, Any]]:
        keep = dt.timedelta(hours=self.settings.notify.keep_trying_hours + 24 * 7)
        names = {route.name for route in chosen}
        found = _messages(self.settings, changed_since=self.now() - keep)
        return [message.plain() for message in found if message.route in names]


def _warnings(after: Sequence[Mapping[str, Any]], left: Mapping[str, str]) -> list[str]:
    words = {
        journal.PENDING: "could not be sent yet",
        journal.BEGUN: "is being sent by somebody else",
        journal.UNSURE: "may not have arrived",
        journal.GIVEN_UP: "was not sent in time and is given up",
    }
    said = [
        f"route {row['route']}: message #{row['message']} of {row['day']} {words[row['state']]}"
        f"{': ' + row['reason'] if row['reason'] else ''}"
        for row in after
        if row["state"] in words
    ]
    return [*said, *(f"route {name}: {reason}" for name, reason in left.items())]


def rows(settings: Settings, day: dt.date | None = None, now: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Every message of a day, or of all, with what became of it; by day, route and time.

    What nobody sends any more (its route is gone, or nothing was sent for long) is given up here too.
    """
    over = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(hours=settings.notify.keep_trying_hours)
    return [_left(message, over).plain() for message in _messages(settings, day)]


def _left(message: journal.Message, over: dt.datetime) -> journal.Message:
    """A message as it is to be seen: of one past its time nobody will write down what became of it."""
    if message.queued_at >= over:
        return message
    if message.state == journal.PENDING:
        reason = message.reason or journal.NOT_IN_TIME
        return dataclasses.replace(message, state=journal.GIVEN_UP, reason=reason)
    if message.state == journal.BEGUN:
        return dataclasses.replace(message, state=journal.UNSURE, reason=journal.ENDED_MEANWHILE)
    return message


def _messages(
    settings: Settings, day: dt.date | None = None, changed_since: dt.datetime | None = None
) -> list[journal.Message]:
    found: list[journal.Message] = []
    for one in journal.journals(settings.lake.root, changed_since=changed_since):
        if day in (None, one.day):
            with one.locked() as page:
                found += page.messages.values()
    return sorted(found, key=lambda message: (message.day, message.route, message.queued_at))
