"""The audit trail, for administrators: who opened, heard, downloaded, reviewed or decided what."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from qa_console.access import Role
from qa_console.audit import ACTIONS, Trail
from qa_console.pages import Entry
from qa_console.visit import Visit, requires

router = APIRouter()
ENTRY = Entry(place=80, path="/audit", title="audit.entry", role=Role.ADMIN)

SHOWN = 200
"""Entries of a page; the files have all of them."""
LOOKED_AT = 20_000
"""The newest entries, among which those of a person, an action or a call are found."""

Text = Annotated[str, Query(max_length=200)]


@router.get("/audit", dependencies=[requires(Role.ADMIN)])
def audit(visit: Visit, person: Text = "", action: Text = "", call: Text = "") -> HTMLResponse:
    """The newest entries, of everybody or of a person, of an action, of a call."""
    trail = Trail(visit.settings.lake.root)
    newest = trail.newest(LOOKED_AT)
    found = [
        entry
        for entry in newest
        if person in ("", entry.person) and action in ("", entry.action) and call in ("", entry.call_id)
    ]
    return visit.page(
        "audit.html",
        rows=[(dt.datetime.fromisoformat(entry.at), entry) for entry in found[:SHOWN]],
        total=len(found),
        people=sorted({entry.person for entry in newest}),
        actions=ACTIONS,
        chosen={"person": person, "action": action, "call": call},
    )


@router.get("/audit/check", dependencies=[requires(Role.ADMIN)])
def check(visit: Visit) -> HTMLResponse:
    """Whether every line follows from the one before it: a part of the page, asked for by a button (it reads all)."""
    return visit.page("audit_check.html", broken=list(Trail(visit.settings.lake.root).broken()))
