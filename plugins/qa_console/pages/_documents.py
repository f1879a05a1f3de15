"""A call as a file: its sound without personal data, and what is published of it as JSON, vCon, Contact Lens JSON.

Where a recording lies is for those who run days; all others get what is published without the names of storage.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from typing import Any, Literal

from fastapi.responses import FileResponse, Response

from callqa.contracts import Call
from callqa.errors import StageError, UsageError
from callqa.formats import Options, contact_lens, vcons
from callqa.formats.day import Heard
from callqa.formats.documents import LeftOut
from callqa.formats.folder import file_name
from callqa.settings import Settings
from qa_console.access import Person, Role
from qa_console.audio import Copy, copies
from qa_console.data import CallDetail

Kind = Literal["audio", "json", "vcon", "contact-lens"]
PATIENCE = 30.0
"""Seconds that a download waits for its copy."""
STORED = ("uri", "etag")
"""Fields of a call that name its recording in the storage."""
RUN = ("run_id", "gate_result_id")
"""Fields of a publication that name what made and what judged it."""


def made(settings: Settings, person: Person, detail: CallDetail, kind: Kind) -> Response:
    """The answer that this person saves.

    Raises:
        UsageError: the call cannot be in this format.
        SourceError: the recording is gone, or another one.
        StageError: the copy is not there yet, or nobody knows where it must be silent.
    """
    name = f"{detail.row.call_date}_{file_name(detail.row.call_id)}"
    if kind == "audio":
        return _sound(Copy.of(settings, detail.row, detail.turns), f"{name}.wav")
    detail = dataclasses.replace(detail, row=row_for(person, detail.row))
    text = (
        _everything(person, detail)
        if kind == "json"
        else json.dumps(_document(settings, detail, kind), ensure_ascii=False, indent=2)
    )
    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{_quoted(name)}.{kind}.json".replace(
            ".json.json", ".json"
        )
    }
    return Response(text, media_type="application/json", headers=headers)


def _sound(copy: Copy, name: str) -> FileResponse:
    state = copies.ask(copy, PATIENCE)
    if state.error:
        raise state.error
    if state.state != "ready":
        raise StageError("the copy of this recording is still being made", remedy="try again in a minute")
    copy.used()
    return FileResponse(
        copy.sound,
        media_type="audio/wav",
        filename=name,
        headers={"etag": f'"{copy.key}"', "cache-control": "no-store, private"},
    )


def _document(settings: Settings, detail: CallDetail, kind: Literal["vcon", "contact-lens"]) -> dict[str, Any]:
    """As `callqa warehouse export` writes it of the same publication."""
    row = detail.row
    heard = Heard(row, list(detail.turns), list(detail.findings))
    reason = "rejected: nothing was heard" if row.status == "rejected" else ""
    if any(turn.text_match is None for turn in detail.turns):
        reason = "published before personal data was looked for: run the day again"
    try:
        if reason:
            raise LeftOut(reason)
        if kind == "contact-lens":
            return contact_lens.document(heard)
        return vcons.document(heard, publication=detail.publication, options=Options(source=settings.source))
    except LeftOut as left_out:
        raise UsageError(f"this call cannot be written as {kind}: {left_out}", remedy="take the JSON instead") from None


def row_for(person: Person, row: Call) -> Call:
    """A call's row as this person may have it: below manager without the places of recordings."""
    if person.may(Role.MANAGER):
        return row
    return dataclasses.replace(row, uri="", etag="", reject_detail=told(person, row, row.reject_detail or "") or None)


def told(person: Person, row: Call, text: str) -> str:
    """What is said of a recording as this person may read it: below manager with files by their names alone."""
    if person.may(Role.MANAGER):
        return text
    folder = row.uri.rpartition("/")[0]
    return re.sub(r"\S*/(?=\S)", "", text.replace(f"{folder}/", "") if folder else text)


def _everything(person: Person, detail: CallDetail) -> str:
    """All that is published of a call, and its reviews; for agents without the run and the gate, as the page is."""
    known = dataclasses.asdict(detail)
    parts = ("turns", "events", "findings", "reviews", "publication")
    found = {"call": known["row"], **{name: known[name] for name in parts}}
    stored: tuple[str, ...] = () if person.may(Role.MANAGER) else STORED
    made_by: tuple[str, ...] = () if person.may(Role.REVIEWER) else RUN
    for part, names in (("call", stored), ("publication", made_by)):
        found[part] = {name: value for name, value in found[part].items() if name not in names}
    return json.dumps(found, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
