"""A published day into a folder, in one format."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from callqa import __version__, contracts, warehouse
from callqa.contracts import Publication
from callqa.errors import UsageError
from callqa.formats import folder
from callqa.formats.day import Day
from callqa.formats.options import Options, Written
from callqa.settings import LakeSettings

FORMATS: Mapping[str, str] = {
    "csv": "csv_files",
    "xlsx": "workbook",
    "parquet": "parquet",
    "daily-json": "daily_json",
    "contact-lens": "contact_lens",
    "vcon": "vcons",
}
"""The module of each format; its `write` makes the files of a day in a folder."""
NAMED = 20
"""Ids of left-out calls that an export's note names."""


def newest(lake: LakeSettings, day: date) -> Publication:
    """The publication that readers of a day go by now.

    Raises:
        UsageError: nothing is published for the day.
    """
    found = warehouse.publications(lake, day)
    if not found:
        raise UsageError(
            f"nothing is published for {day}",
            remedy="`callqa query` lists the days: select call_date from publications",
        )
    return max(found, key=lambda publication: publication.sequence)


def export_day(
    lake: LakeSettings,
    publication: Publication,
    format_: str,
    out: str | Path,
    *,
    call: str | None = None,
    options: Options | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write a publication's day, or one call of it, to `<out>/<day>[_<call>]/<format>/`.

    The folder appears when all of it is written. The answer is what its `export.json` says, and `folder`.

    Raises:
        UsageError: no such format or call, the call cannot be in this format, or the folder is there already.
        StageError: the folder cannot be written, or the publication's snapshot is no longer there.
    """
    module = importlib.import_module(f"callqa.formats.{_module(format_)}")
    day = publication.call_date.isoformat()
    name = day if call is None else f"{day}_{folder.file_name(call)}"
    target = Path(out) / name / format_
    with warehouse.reading(lake, publication) as reading:
        opened = Day(publication, reading, call)
        _require_call(opened)
        with folder.made(target, overwrite=overwrite) as place:
            written: Written = module.write(opened, place, options or Options())
            _require_whole(opened, written, format_)
            note = {"format": format_, **_origin(opened), **_contents(written)}
            (place / folder.NOTE).write_text(json.dumps(note, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return {**note, "folder": str(target)}


def _module(format_: str) -> str:
    if format_ not in FORMATS:
        raise UsageError(f"no format is called {format_!r}", remedy=f"one of {', '.join(FORMATS)}")
    return FORMATS[format_]


def _require_call(day: Day) -> None:
    if day.call is not None and not any(day.rows("calls", ["call_id"])):
        raise UsageError(
            f"no call {day.call} is published for {day.publication.call_date}",
            remedy="`callqa query` lists them: select call_id from calls",
        )


def _require_whole(day: Day, written: Written, format_: str) -> None:
    """Of a day some calls may be left out, but who asks for one call wants it."""
    if day.call is not None and written.left_out:
        reason = next(iter(written.left_out))
        raise UsageError(
            f"call {day.call} of {day.publication.call_date} cannot be written as {format_}: {reason}",
            remedy="csv, xlsx and parquet hold every call",
        )


def _origin(day: Day) -> dict[str, Any]:
    publication = day.publication
    return {
        "day": publication.call_date.isoformat(),
        "call": day.call,
        "sequence": publication.sequence,
        "run_id": publication.run_id,
        "published_at": publication.published_at.isoformat(),
        "content_digest": publication.content_digest,
        "snapshots": {table: getattr(publication, f"snapshot_{table}") for table in contracts.TABLES},
        "callqa": __version__,
    }


def _contents(written: Written) -> dict[str, Any]:
    return {
        "files": dict(written.files),
        "left_out": [
            {"reason": reason, "calls": len(ids), "first": ids[:NAMED]} for reason, ids in written.left_out.items()
        ],
    }
