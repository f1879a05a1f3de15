"""Files and side-car rows of a day joined into its recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from callqa.contracts import Recording
from callqa.fetch.day import SourceDay
from callqa.fetch.erased import Erased, Nothing, forgotten
from callqa.fetch.fields import PROBLEMS, Problems, typed
from callqa.fetch.listing import Found
from callqa.fetch.sidecar import Row, join_key
from callqa.settings import SourceSettings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """The recordings of a day, sorted by file name, and how many side-car values were left out."""

    recordings: list[Recording]
    problems: int
    erased: int = 0
    """Recordings and side-car rows that were left out because their call was erased."""


def build(day: date, there: SourceDay, source: SourceSettings, erased: Erased | None = None) -> Manifest:
    """One Recording a file, and one (rejected) a side-car row whose file is not there; every call_id is unique.

    What was erased is left out, by call id or by content, and so are others that claim the same id.
    """
    known = erased or Nothing()
    found = [_recording(day, file, row, source) for file, row in there.recordings]
    missing = [_missing(day, there, row, uri, source) for row, uri in there.missing]
    by_name = sorted(missing, key=lambda pair: pair[0].file_name)
    # Files first: a row without its file must not take the id of a recording that is there.
    everything = [recording for recording, _ in [*found, *by_name]]
    kept = _with_unique_ids([recording for recording in everything if not forgotten(recording, known, source)])
    recordings = [recording for recording in kept if not known.has_call(recording.call_id)]
    problems = there.nameless + sum(count for _, count in [*found, *missing])
    return Manifest(
        recordings=sorted(recordings, key=lambda r: r.file_name),
        problems=problems,
        erased=len(everything) - len(recordings),
    )


def _recording(day: date, file: Found, row: Row | None, source: SourceSettings) -> tuple[Recording, int]:
    fields, problems = _fields(row, source)
    named: dict[str, Any] = {"call_id": PurePosixPath(file.name).stem} | fields
    identity: dict[str, Any] = {
        "uri": file.uri,
        "file_name": file.name,
        "size_bytes": file.size_bytes,
        "etag": file.etag,
    }
    return Recording(call_date=day, **identity, **named), problems


def _missing(day: date, there: SourceDay, row: Row, uri: str, source: SourceSettings) -> tuple[Recording, int]:
    file = Found(name=join_key(row.file_name), uri=uri, size_bytes=0, etag="")
    recording, problems = _recording(day, file, row, source)
    detail = f"row {row.number} of {there.told_by} names {uri}, which is not there; deliver the file or remove the row"
    return dataclasses.replace(recording, reject_reason="missing_file", reject_detail=detail), problems


def _fields(row: Row | None, source: SourceSettings) -> tuple[dict[str, Any], int]:
    if row is None:
        return {}, 0
    problems = Problems()
    fields = typed(row.values, source, problems)
    if row.surplus:
        problems.notes.append(f"row {row.number} has {row.surplus} cells more than the heading")
    if problems.notes:
        fields["extra"][PROBLEMS] = f"row {row.number}: " + "; ".join(problems.notes)
    return fields, len(problems.notes)


def _with_unique_ids(recordings: Iterable[Recording]) -> list[Recording]:
    rows = list(recordings)
    taken = {row.call_id for row in rows}
    first: dict[str, Recording] = {}
    unique: list[Recording] = []
    for row in rows:
        if row.call_id in first:
            row = _renamed(row, first[row.call_id], taken)
        else:
            first[row.call_id] = row
        unique.append(row)
    return unique


def _renamed(row: Recording, first: Recording, taken: set[str]) -> Recording:
    """A later recording of an id: `<id>~2`, `~3` …, rejected with both paths (a missing file stays one)."""
    number = 2
    while f"{row.call_id}~{number}" in taken:
        number += 1
    name = f"{row.call_id}~{number}"
    taken.add(name)
    if row.reject_reason:
        return dataclasses.replace(row, call_id=name)
    detail = f"call_id {row.call_id} belongs to {first.uri} and to {row.uri}; give each call an id of its own"
    return dataclasses.replace(row, call_id=name, reject_reason="duplicate_id", reject_detail=detail)
