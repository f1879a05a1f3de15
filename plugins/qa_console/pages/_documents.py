"""A call as a file: its sound without personal data, and what is published of it as JSON, vCon, Contact Lens JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any, Literal

from fastapi.responses import FileResponse, Response

from callqa.errors import StageError, UsageError
from callqa.formats import Options, contact_lens, vcons
from callqa.formats.day import Heard
from callqa.formats.documents import LeftOut
from callqa.formats.folder import file_name
from callqa.settings import Settings
from qa_console.audio import Copy, copies
from qa_console.data import CallDetail

Kind = Literal["audio", "json", "vcon", "contact-lens"]
PATIENCE = 30.0
"""Seconds that a download waits for its copy."""


def made(settings: Settings, detail: CallDetail, kind: Kind) -> Response:
    """The answer that is saved.

    Raises:
        UsageError: the call cannot be in this format.
        SourceError: the recording is gone, or another one.
        StageError: the copy is not there yet, or nobody knows where it must be silent.
    """
    name = f"{detail.row.call_date}_{file_name(detail.row.call_id)}"
    if kind == "audio":
        return _sound(Copy.of(settings, detail.row, detail.turns), f"{name}.wav")
    text = (
        _everything(detail)
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


def _everything(detail: CallDetail) -> str:
    """All that is published of a call, and its reviews."""
    known = dataclasses.asdict(detail)
    parts = ("turns", "events", "findings", "reviews", "publication")
    return json.dumps(
        {"call": known["row"], **{name: known[name] for name in parts}}, ensure_ascii=False, indent=2, default=_plain
    )


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
