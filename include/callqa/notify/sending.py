"""The doors of this package: a published day told of, an event told, what is pending sent, and looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from callqa import warehouse
from callqa.errors import UsageError
from callqa.notify import planning, routes
from callqa.notify.addresses import Connections
from callqa.notify.answers import Outcome
from callqa.notify.bucket import Clock
from callqa.notify.office import Office, Sent
from callqa.notify.routes import Route, Routes
from callqa.settings import Settings

EVENTS = ("published", "refused", "failed", "deadline", "backfill")
QUIET_ORIGINS = ("rejudge", "rollback", "erasure", "retention", "repair")
"""What the ledger says of publications that tell nothing new of the day."""


def send(
    settings: Settings,
    day: dt.date,
    *,
    connections: Connections | None = None,
    only: str | None = None,
    clock: Clock | None = None,
) -> Sent:
    """Tell every route (or `only` one) what it has not been told of a published day, and send what was pending.

    What nobody is told of twice is a hit: call, rule, its version, on a route. Doing it again is safe, also after a
    kill, and while somebody else does.

    Raises:
        UsageError: the day was never published, or no route has that name.
        RulePackError: the installed rules cannot be used.
        StageError: the lake cannot be read or written.
    """
    office = Office(settings, connections, clock or Clock())
    chosen = _chosen(office.routes, only)
    published = office.day(day) if chosen else None
    if chosen and published is None:
        raise UsageError(f"{day} was never published", remedy="messages are sent of published days: run it first")
    for route in chosen:
        if published is not None:
            planning.plan(
                office.journal(day, route), office.writer(route), published, office.limit(route), office.now()
            )
    return office.deliver(chosen)


def flush(settings: Settings, *, connections: Connections | None = None, clock: Clock | None = None) -> Sent:
    """Send what is pending, of whatever day."""
    office = Office(settings, connections, clock or Clock())
    return office.deliver(office.routes.every)


def tell(
    settings: Settings,
    event: str,
    day: dt.date | None = None,
    *,
    key: str,
    lines: Sequence[str] = (),
    link: str = "",
    connections: Connections | None = None,
    limit_seconds: float = 60.0,
    clock: Clock | None = None,
) -> Sent:
    """Tell the routes that have `event` among their `events`, once for each `key` of a day.

    `lines` are the message's, as they are: whoever calls this names no call, no customer and nothing that was said.
    Without a day it is today's. Nobody waits longer than `limit_seconds`; what is not sent by then is pending.

    Raises:
        UsageError: no such event.
    """
    if event not in EVENTS:
        raise UsageError(f"{event!r} is no event", remedy=f"one of {', '.join(EVENTS)}")
    if not any(event in route.events for route in settings.notify.routes):
        return Sent()  # the rules need not be loaded for that
    office = Office(settings, connections, clock or Clock())
    of = day or office.now().astimezone(ZoneInfo(settings.source.timezone)).date()
    chosen = [route for route in office.routes.every if event in route.settings.events and route.action is None]
    for route in chosen:
        # An event of no day may have been told before midnight, by an attempt that failed after it.
        before = day is None and office.has_event(of - dt.timedelta(days=1), route, event, key)
        with office.journal(of, route).locked() as page:
            if not before and not page.has_event(event, key):
                page.queue("event", [[]], office.now(), event=event, key=key, lines=list(lines), link=link)
    return office.deliver(chosen, limit_seconds)


def preview(settings: Settings, day: dt.date, route: str, *, connections: Connections | None = None) -> dict[str, Any]:
    """The messages that `send` would send of a published day on a route; nothing is sent and nothing is kept.

    Raises:
        UsageError: the day was never published, or there is no such route.
    """
    office = Office(settings, connections)
    (one,) = _chosen(office.routes, route)
    published = office.day(day)
    if published is None:
        raise UsageError(f"{day} was never published", remedy="messages are sent of published days: run it first")
    found, limit, writer = published.of(one), office.limit(one), office.writer(one)
    with office.journal(day, one).locked() as page:
        told = page.told()
    fresh = [hit for hit in found if hit.key not in told]
    texts = [writer.calls(day, part, "preview", limit) for part in planning.parts(writer, day, fresh, limit)]
    return {
        "day": day.isoformat(),
        "route": routes.plain(one),
        "told_before": len(found) - len(fresh),
        "messages": [{"title": text.title, "body": text.body} for text in texts],
        "warnings": list(office.routes.warnings),
    }


def try_out(settings: Settings, route: str, *, connections: Connections | None = None) -> Outcome:
    """One message without any call in it, sent at once and kept nowhere.

    Raises:
        UsageError: there is no such route, or it leads to a rule pack's action, which only takes findings.
        SettingsError: its address is not there or is none.
    """
    office = Office(settings, connections)
    (one,) = _chosen(office.routes, route)
    if one.settings.address.startswith("action:"):
        raise UsageError(
            f"route {route} leads to a function of a rule pack", remedy="test it with the pack's own tests"
        )
    return office.channel(one).send(office.writer(one).test(), [])


def why_silent(settings: Settings, day: dt.date, sequence: int | None, now: dt.datetime | None = None) -> str:
    """Why nobody is told of a publication unless somebody asks for it; empty: they are.

    A day that is over for longer than `max_age_days`, and a publication that is not of a run over recordings.
    """
    publications = warehouse.publications(settings.lake, day)
    meant = [one for one in publications if sequence in (None, one.sequence)]
    if not meant:
        return f"{day} has no such publication in this lake"
    origin = meant[-1].origin or ""
    if origin.startswith(QUIET_ORIGINS):
        return f"publication {meant[-1].sequence} of {day} is a {origin}"
    today = (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(settings.source.timezone)).date()
    limit = settings.notify.max_age_days
    if limit and day < today - dt.timedelta(days=limit):
        return f"{day} is longer ago than notify.max_age_days = {limit}"
    return ""


def _chosen(found: Routes, only: str | None) -> tuple[Route, ...]:
    if only is None:
        return found.every
    route = found.named(only)
    if route is None:
        known = ", ".join(one.name for one in found.every)
        raise UsageError(
            f"there is no route {only!r}", remedy=f"there is {known}" if known else "write one: [[notify.routes]]"
        )
    return (route,)
