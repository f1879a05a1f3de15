"""People told of what was found: routes, messages through Apprise, and a record that keeps anybody from hearing twice.

    send      what each route has not been told of a published day, and what was pending
    tell      an event of a day as a whole: refused, failed, late, a backfill at its end
    flush     what is pending, of whatever day
    preview   what would be sent;  try_out: one message about nothing;  rows: every message and what became of it

Stands above the warehouse and the rules: everything that it tells is published.
"""

from __future__ import annotations

from callqa.notify.answers import Outcome
from callqa.notify.bucket import Clock
from callqa.notify.office import Sent, rows
from callqa.notify.sending import EVENTS, flush, preview, send, tell, try_out, why_silent

__all__ = ["EVENTS", "Clock", "Outcome", "Sent", "flush", "preview", "rows", "send", "tell", "try_out", "why_silent"]
