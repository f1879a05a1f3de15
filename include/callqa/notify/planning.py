"""What a route is still to be told of a published day, put into its record as messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from callqa.contracts import INCOMPLETE
from callqa.notify.hits import Day, Hit
from callqa.notify.journal import Item, Journal, Message
from callqa.notify.text import Limit, Writer, by_call

PUBLISHED = "published"


def plan(journal: Journal, writer: Writer, day: Day, limit: Limit, now: dt.datetime) -> list[Message]:
    """Queue what nobody was told of on this route; in one step, so that of two runs at once only one does."""
    with journal.locked() as page:
        told = page.told()
        fresh = [hit for hit in day.of(writer.route) if hit.key not in told]
        groups = [[hit.key for hit in group] for group in parts(writer, day.publication.call_date, fresh, limit)]
        queued = page.queue("calls", groups, now)
        # Of a day that is still going on the hits are told, and no more.
        complete = not (day.publication.origin or "").startswith(INCOMPLETE)
        if complete and PUBLISHED in writer.route.settings.events and not page.has_event(PUBLISHED, ""):
            lines = writer.published(day)
            link = writer.link(day.publication.call_date) if writer.base else ""
            queued += page.queue("event", [[]], now, event=PUBLISHED, key="", lines=lines, link=link)
        return queued


def parts(writer: Writer, day: dt.date, hits: Sequence[Hit], limit: Limit) -> list[list[Hit]]:
    """The hits of each message: those of a call together, as many calls as one takes, in so many messages as the
    route may have; the last one gets all that is left, and says how many it does not show."""
    calls = [of_call for _, of_call in by_call(hits)]
    groups: list[list[Hit]] = []
    while calls and len(groups) + 1 < writer.route.settings.max_messages:
        # A call that no message takes is cut where it must be.
        count = 1 if writer.route.settings.send == "single" else max(1, writer.fitting(day, calls, limit))
        groups.append([hit for of_call in calls[:count] for hit in of_call])
        calls = calls[count:]
    return [*groups, [hit for of_call in calls for hit in of_call]] if calls else groups


def present(published: Mapping[Item, Hit], items: Sequence[Item]) -> list[Hit]:
    """Those hits of a message that are still published, in its order."""
    return [published[item] for item in items if item in published]
