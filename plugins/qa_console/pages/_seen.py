"""A call as the person who asks may see it; that somebody asked for another one is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qa_console import data, verdicts
from qa_console.data import CallDetail, Page, UnknownCallError
from qa_console.pages import _blind
from qa_console.visit import Visiting


@dataclass(frozen=True, kw_only=True)
class SeenCall(CallDetail):
    """A call without the verdicts that this person may not see yet, see `_blind`."""

    hidden: frozenset[str]
    """Rules of which somebody else said something that is left out."""


@dataclass(frozen=True)
class _Asked:
    call_date: dt.date
    call_id: str


def seen_call(visit: Visiting, page: Page, day: dt.date, call_id: str) -> SeenCall:
    """A published call.

    Raises:
        UnknownCallError: there is none that this person may see. Of somebody who sees one agent's calls the trail keeps
            that they asked: whether there is such a call is neither said nor looked up.
    """
    try:
        detail = data.call(page, day, call_id)
    except UnknownCallError:
        if not visit.visible.everybody:
            visit.audit("refused", _Asked(day, call_id[:200]))
        raise
    waiting = verdicts.of(visit.settings.lake).unseen() if detail.reviews else []
    hidden = _blind.rules(visit, page, day, call_id, detail.reviews, waiting)
    reviews = _blind.shown(detail.reviews, hidden, visit.person.name)
    return SeenCall(**{**vars(detail), "reviews": reviews, "hidden": hidden})
