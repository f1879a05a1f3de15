"""The sound of a call: its outline, leave to listen, the bytes. Only copies without personal data are ever served.

The page asks for the outline, which begins the copy; `listen` is asked when somebody presses play: it is what the audit
trail has. The address that it gives is bound to the person and the call, and lives a little longer than the call lasts.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, JSONResponse

from callqa import storage
from qa_console.audio import Copy, State, copies
from qa_console.pages import _documents
from qa_console.pages._seen import seen_call
from qa_console.visit import Visit, Visiting

router = APIRouter()

PATIENCE = 1.5
"""Seconds that the answer waits for a copy: for most calls the first answer is the last."""
LIFE_SECONDS = 900
"""Of an address, besides the call's length: to listen again, and to stop and think."""


@router.get("/calls/{day}/{call_id:path}/sound")
def outline(visit: Visit, day: dt.date, call_id: str) -> JSONResponse:
    """The copy's peaks, or how far it is, or why there is none (that is an answer too, not a fault)."""
    copy = _copy(visit, day, call_id)
    state = copies.ask(copy, PATIENCE)
    if state.state != "ready":
        return JSONResponse(_told(visit, copy, state))
    return JSONResponse({"state": "ready", **json.loads(copy.outline.read_text(encoding="utf-8"))})


@router.post("/calls/{day}/{call_id:path}/listen")
def listen(visit: Visit, day: dt.date, call_id: str) -> JSONResponse:
    """An address under which this person hears this call for a while; the trail says that it was asked for."""
    copy = _copy(visit, day, call_id)
    state = copies.ask(copy, PATIENCE)
    if state.state != "ready":
        return JSONResponse(_told(visit, copy, state))
    visit.audit("listen", copy.call)
    copy.used()
    life = int(LIFE_SECONDS + (copy.call.duration or 0))
    ticket = visit.tokens.make(visit.person.name, _purpose(day, call_id, copy.key), life)
    path = f"/calls/{day}/{call_id}/sound/{copy.key}.wav"
    return JSONResponse({"state": "ready", "url": visit.url(path, ticket=ticket), "seconds": life})


@router.get("/calls/{day}/{call_id:path}/sound/{key}.wav")
def sound(
    visit: Visit, day: dt.date, call_id: str, key: str, ticket: Annotated[str, Query(max_length=200)] = ""
) -> FileResponse:
    """The copy's bytes, in ranges (RFC 9110): for whom the address was made, and for nobody else."""
    if not visit.tokens.good(ticket, visit.person.name, _purpose(day, call_id, key)):
        raise HTTPException(403, "ticket")
    path = storage.Cache(visit.settings.lake.root, "listen", "wav").path(key)
    if not path.is_file():  # retention or erasure took it, or others were heard since
        raise HTTPException(404)
    return FileResponse(
        path, media_type="audio/wav", headers={"etag": f'"{key}"', "cache-control": "no-store, private"}
    )


def _copy(visit: Visiting, day: dt.date, call_id: str) -> Copy:
    with visit.data() as page:
        detail = seen_call(visit, page, day, call_id)
    return Copy.of(visit.settings, detail.row, detail.turns)


def _purpose(day: dt.date, call_id: str, key: str) -> str:
    return f"listen {day} {key} {call_id}"


def _told(visit: Visiting, copy: Copy, state: State) -> dict[str, Any]:
    """Why there is no sound is for those who see all calls, the paths in it for those who run days."""
    told: dict[str, Any] = {"state": state.state, "share": round(state.share, 3)}
    if state.error and visit.visible.everybody:
        message = _documents.told(visit.person, copy.call, state.error.message)
        told |= {"message": message, "remedy": state.error.remedy}
    return told
