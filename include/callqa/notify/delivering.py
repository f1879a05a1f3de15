"""Pending messages sent, one route beside another: at most once where nobody knows, and never lost where one does.

Before an attempt the record says that it was begun, after it what came of it. A message whose attempt has no end in
the record (the process was killed) or got no answer in time may have arrived. It is not sent again, unless the route
wants that: a note that it may not have arrived is, with its number and a link. One that certainly did not arrive
stays pending, for the next attempt or the next run.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callqa import metrics
from callqa.errors import CallQAError
from callqa.notify import journal as journals
from callqa.notify.answers import FAILED, UNSURE, Outcome
from callqa.notify.bucket import Bucket, Clock
from callqa.notify.channel import Channel
from callqa.notify.hits import Day, Hit
from callqa.notify.journal import Item, Journal, Message
from callqa.notify.planning import present
from callqa.notify.routes import Route
from callqa.notify.text import Text, Writer, cut
from callqa.settings import Settings

AT_ONCE = 8
"""Routes."""
FAULTS_IN_A_ROW = 3
"""Messages that fail one after another, after which a route is left to the next run."""
LOOK_SECONDS = 0.2
"""Between two looks whether somebody else has done sending."""
TIME_IS_OVER = "the run's time for messages is over; the next one goes on"
MARGIN = dt.timedelta(days=7)
"""For so long after their time messages that were never sent are still reported as given up."""


@dataclass
class Desk:
    """What the senders of all routes share."""

    settings: Settings
    day_of: Callable[[dt.date], Day | None]
    """The published day, for what is pending of it."""
    channel_of: Callable[[Route], Channel]
    titles: Mapping[str, Mapping[str, str]]
    clock: Clock = field(default_factory=Clock)
    limit_seconds: float | None = None

    def now(self) -> dt.datetime:
        """By the clock, in UTC."""
        return dt.datetime.fromtimestamp(self.clock.now(), dt.UTC)


def deliver(desk: Desk, routes: Sequence[Route]) -> dict[str, str]:
    """Send what is pending on these routes; returns, by route, why one was left before it was done.

    A route's failure is its own: the others go on, whatever it is.
    """
    if not routes:
        return {}
    with metrics.sending(), ThreadPoolExecutor(AT_ONCE, thread_name_prefix="callqa-route") as pool:
        left = list(pool.map(lambda route: _route(desk, route), routes))
    return {route.name: reason for route, reason in zip(routes, left, strict=True) if reason}


def _route(desk: Desk, route: Route) -> str:
    try:
        return _Sender(desk, route).run()
    except CallQAError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 - the other routes are not to suffer from a fault of ours
        return f"a fault: {type(error).__name__}"  # its text may have the address


class _Sender:
    """Sends what is pending on one route."""

    def __init__(self, desk: Desk, route: Route) -> None:
        self.desk, self.route = desk, route
        self.root = Path(desk.settings.lake.root)
        self.limits = desk.settings.notify
        self.writer = Writer(desk.settings, route, desk.titles)
        seconds = self.limits.time_limit_seconds if desk.limit_seconds is None else desk.limit_seconds
        self.until = desk.clock.now() + seconds
        self.tried: set[str] = set()
        self._days: dict[dt.date, dict[Item, Hit]] = {}
        self.bucket = Bucket.of(self.root, route.settings, self.limits, desk.clock)

    def run(self) -> str:
        with journals.sending(self.root, self.route.name, self._wait) as alone:
            if not alone:
                return "somebody else is sending there; what is pending goes with them or with the next run"
            channel: Channel | None = None
            faults = 0
            while pending := self._pending():  # others add to it meanwhile, and do not wait
                channel = channel or self.desk.channel_of(self.route)
                for message, journal in pending:
                    if self.desk.clock.now() >= self.until:
                        return TIME_IS_OVER
                    self.tried.add(message.id)
                    reason = self._message(channel, message, journal)
                    faults = faults + 1 if reason else 0
                    if faults == FAULTS_IN_A_ROW:
                        return reason
            return ""

    def _wait(self) -> bool:
        self.desk.clock.sleep(LOOK_SECONDS)
        return self.desk.clock.now() < self.until

    def _pending(self) -> list[tuple[Message, Journal]]:
        """What is to be sent, the oldest first; what is past its time, or was begun by somebody dead, is put right.

        What failed before comes last: a text that the service does not take must not keep the others from it.
        """
        now = self.desk.now()
        keep = dt.timedelta(hours=self.limits.keep_trying_hours)
        found: list[tuple[Message, Journal]] = []
        for journal in journals.journals(self.root, self.route.name, now - keep - MARGIN):
            with journal.locked() as page:
                for message in list(page.messages.values()):
                    if message.state == journals.BEGUN:  # this route's only sender is here, and began nothing yet
                        self._may_have_arrived(page, message, journals.ENDED_MEANWHILE)
                for message in page.messages.values():
                    if message.state == journals.PENDING and message.queued_at < now - keep:
                        page.note(message, journals.GIVEN_UP, now, message.reason or journals.NOT_IN_TIME)
                waiting = [m for m in page.messages.values() if m.state == journals.PENDING]
                found += [(message, journal) for message in waiting if message.id not in self.tried]
        return sorted(found, key=lambda one: (one[0].attempts > 0, one[0].queued_at, one[0].day))

    def _may_have_arrived(self, page: journals.Page, message: Message, reason: str) -> list[Message]:
        """Note it; returns the note to people, where there is one."""
        now = self.desk.now()
        if self.route.settings.when_unsure == "repeat":
            page.note(message, journals.PENDING, now, reason)
            return []
        begun = message.at or now
        page.note(message, journals.UNSURE, now, reason)
        if message.kind == "notice" or self.route.settings.address.startswith("action:"):
            return []
        calls = len({call_id for call_id, _, _ in message.items})
        return page.queue("notice", [[]], now, of=message.id, at=begun.isoformat(), calls=calls)

    def _message(self, channel: Channel, message: Message, journal: Journal) -> str:
        """Send one, in so many attempts as it takes; returns why it is still pending, else nothing."""
        outcome = Outcome(FAILED)
        for attempt in range(self.limits.attempts):
            pause = max(outcome.wait, self.limits.backoff_seconds * 2 ** (attempt - 1)) if attempt else 0.0
            if not self._may_send(pause):
                return outcome.reason or TIME_IS_OVER
            written = self._begin(channel, message, journal)
            if written is None:
                return ""
            outcome = channel.send(*written)
            self._end(message, journal, outcome)
            again = outcome.result == FAILED or self._repeats(outcome)
            if not again or not outcome.again:
                break
        return outcome.reason if outcome.result == FAILED or self._repeats(outcome) else ""

    def _may_send(self, pause: float) -> bool:
        """Wait for so many seconds, and until the address takes another message; False where time is over before."""
        while self.desk.clock.now() + pause <= self.until:
            if pause:
                self.desk.clock.sleep(pause)
            pause = self.bucket.take()
            if not pause:
                return True
        return False

    def _repeats(self, outcome: Outcome) -> bool:
        return outcome.result == UNSURE and self.route.settings.when_unsure == "repeat"

    def _begin(
        self, channel: Channel, message: Message, journal: Journal
    ) -> tuple[Text, list[Mapping[str, Any]]] | None:
        """The message as it is to be sent now, noted as begun; None where there is nothing left of it to send."""
        with journal.locked() as page:
            now = page.messages.get(message.id)
            if now is None or now.state != journals.PENDING:
                return None
            if now.kind != "calls":
                text = cut(self._about(now), channel.limit)
                page.note(now, journals.BEGUN, self.desk.now())
                return text, []
            hits = present(self._published(now.day), now.items)
            if not hits:
                page.note(now, journals.DROPPED, self.desk.now(), "no longer published")
                return None
            text = self.writer.calls(now.day, hits, now.id, channel.limit)
            found: list[Mapping[str, Any]] = [_row(hit) for hit in hits] if self.route.action else []
            fewer = [hit.key for hit in hits] if len(hits) < len(now.items) else None
            page.note(now, journals.BEGUN, self.desk.now(), items=fewer)
            return text, found

    def _about(self, message: Message) -> Text:
        """An event, or the note that an earlier message may not have arrived."""
        about = message.about
        if message.kind == "event":
            return self.writer.event(about["event"], message.day, about["lines"], about["link"], message.id)
        at = dt.datetime.fromisoformat(about["at"])
        return self.writer.unsure(about["of"], message.day, at, about["calls"])

    def _published(self, day: dt.date) -> Mapping[Item, Hit]:
        """What this route takes of a day."""
        if day not in self._days:
            found = self.desk.day_of(day)
            self._days[day] = {hit.key: hit for hit in found.of(self.route)} if found else {}
        return self._days[day]

    def _end(self, message: Message, journal: Journal, outcome: Outcome) -> None:
        metrics.messages_sent(self.route.name, outcome.result)
        with journal.locked() as page:
            now = page.messages[message.id]
            if outcome.result == UNSURE:
                # A service that does not answer is not asked again at once: the note goes with the next run.
                self.tried |= {note.id for note in self._may_have_arrived(page, now, outcome.reason)}
            else:
                state = journals.PENDING if outcome.result == FAILED else journals.SENT
                page.note(now, state, self.desk.now(), outcome.reason)


def _row(hit: Hit) -> dict[str, Any]:
    """A finding for a rule pack's action."""
    return {
        "call_date" if name == "day" else "rule_version" if name == "version" else name: value
        for name, value in dataclasses.asdict(hit).items()
    }
