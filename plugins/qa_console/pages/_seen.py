"""A call as the person who asks may see it; that somebody asked for another one is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qa_console import data
from qa_console.data import CallDetail, Page, UnknownCallError
from qa_console.visit import Visiting


@dataclass(frozen=True)
class _Asked:
    call_date: dt.date
    call_id: str


def seen_call(visit: Visiting, page: Page, day: dt.date, call_id: str) -> CallDetail:
    """A published call.

    Raises:
        UnknownCallError: there is none that this person may see. Of somebody who sees one agent's calls the trail keeps
            that they asked: whether there is such a call is neither said nor looked up.
    """
    try:
        return data.call(page, day, call_id)
    except UnknownCallError:
        if not visit.visible.everybody:
            visit.audit("refused", _Asked(day, call_id[:200]))
        raise
