"""The source of recordings, as far as upkeep touches it: to find a call's recording, and to delete it where told to."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from callqa import remote
from callqa import storage as files
from callqa.contracts import Recording
from callqa.errors import CallQAError, SourceError, UnreachableError
from callqa.fetch import manifest
from callqa.fetch.day import look
from callqa.fetch.listing import Found, list_day, read_bytes
from callqa.fetch.sidecar import FILE_COLUMNS, join_key
from callqa.prepare.intake.opening import opened
from callqa.settings import Settings
from callqa.upkeep.lake import Removed

NOTHING: Mapping[str, Any] = {}
READ_ONLY = ("http", "https")
"""Schemes of sources from which nothing can be deleted."""


def recordings(settings: Settings, day: date) -> list[Recording]:
    """What the source has of a day, erased recordings too; nothing where it cannot be read."""
    try:
        return manifest.build(day, look(settings.source, day), settings.source).recordings
    except CallQAError:
        return []


def digest(uri: str, storage: Mapping[str, Any] = NOTHING) -> str | None:
    """SHA-256 of a recording; None where it is not there."""
    try:
        with opened(uri, None, storage) as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, SourceError):
        return None


def is_there(uri: str, storage: Mapping[str, Any] = NOTHING) -> bool:
    """Whether a recording still lies in the source; yes where that cannot be asked: nobody may say that it is gone."""
    try:
        remote.attempt(uri, storage, remote.kind)
    except FileNotFoundError:
        return False
    except (OSError, SourceError):
        return True
    return True


def delete(uri: str, storage: Mapping[str, Any] = NOTHING) -> Removed:
    """Delete a recording from its source; nothing where it is gone already.

    Raises:
        SourceError: the source is read-only or refuses.
    """
    if uri.split("://", 1)[0] in READ_ONLY:
        raise SourceError(f"{uri} cannot be deleted: its source is read-only", remedy="have it deleted where it lies")

    def remove(system: Any, path: str) -> int:
        system.invalidate_cache()
        size = int(system.info(path).get("size") or 0)
        system.rm_file(path)
        return size

    try:
        return Removed(files=1, bytes=remote.attempt(uri, storage, remove, "delete"))
    except FileNotFoundError:
        return Removed()


def without_rows(settings: Settings, day: date, file_names: set[str]) -> Removed:
    """Take the rows of these recordings out of the day's side-car; the other rows stay as they are.

    Raises:
        SourceError: the source is read-only, refuses or does not answer.
    """
    try:
        sidecar = list_day(settings.source, day).sidecar
    except UnreachableError:
        raise
    except SourceError:  # there is no such day any more
        return Removed()
    if sidecar is None:
        return Removed()
    content = read_bytes(sidecar, settings.source)
    kept, rows = _without(sidecar.name, content, {join_key(name) for name in file_names})
    if rows:
        _write(settings, sidecar, kept)
    return Removed(bytes=max(0, len(content) - len(kept)) if rows else 0, rows=rows)


def _without(name: str, content: bytes, keys: set[str]) -> tuple[bytes, int]:
    if name.lower().endswith(".parquet"):
        return _without_parquet(content, keys)
    encoding = _encoding(content)
    text = content.decode(encoding)
    records = _json_records(text) if name.lower().endswith(".jsonl") else _csv_records(text)
    kept = [line for line, file in records if file is None or join_key(file) not in keys]
    return "".join(kept).encode(encoding), len(records) - len(kept)


def _encoding(content: bytes) -> str:
    """Such that what is read and written again is the same bytes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    encodings = ["utf-8-sig"] if content.startswith(b"\xef\xbb\xbf") else ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SourceError("the side-car is neither UTF-8 nor GBK text", remedy="save it as CSV UTF-8")


def _csv_records(text: str) -> list[tuple[str, str | None]]:
    """Each record as it is written, line ends and all, with the recording that it names."""
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=separator, strict=True)
    records: list[tuple[str, str | None]] = []
    place, column = 0, None
    for number, cells in enumerate(reader):
        written = "".join(lines[place : reader.line_num])
        place = reader.line_num
        if number == 0:
            headings = [cell.strip().lower() for cell in cells]
            column = next((headings.index(name) for name in FILE_COLUMNS if name in headings), None)
        named = number > 0 and column is not None and column < len(cells)
        records.append((written, cells[column].strip() if named and column is not None else None))
    return records


def _json_records(text: str) -> list[tuple[str, str | None]]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    return [(line, _named(json.loads(line)) if line.strip() else None) for line in lines]


def _named(row: dict[str, Any]) -> str | None:
    values = {str(key).strip().lower(): value for key, value in row.items()}
    found = next((values[name] for name in FILE_COLUMNS if name in values), None)
    return None if found is None else str(found).strip()


def _without_parquet(content: bytes, keys: set[str]) -> tuple[bytes, int]:
    table = pq.ParquetFile(io.BytesIO(content)).read()
    names = [_named(row) for row in table.to_pylist()]
    kept = [number for number, name in enumerate(names) if name is None or join_key(name) not in keys]
    out = io.BytesIO()
    pq.write_table(table.take(kept), out)
    return out.getvalue(), len(names) - len(kept)


def _write(settings: Settings, sidecar: Found, content: bytes) -> None:
    if sidecar.uri.split("://", 1)[0] in READ_ONLY:
        raise SourceError(f"{sidecar.uri} cannot be changed: its source is read-only", remedy="change it where it lies")
    try:
        if sidecar.local:
            _replace(sidecar.local, content)
            return
        opening = settings.source.storage
        remote.attempt(sidecar.uri, opening, lambda system, path: system.pipe_file(path, content), "write")
    except OSError as error:
        raise SourceError(f"cannot write {sidecar.uri}: {error}", remedy="check the source's permissions") from error


def _replace(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode
    with files.atomic(path) as temporary:
        temporary.write_bytes(content)
    path.chmod(mode & 0o7777)
