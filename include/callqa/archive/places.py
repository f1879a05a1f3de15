"""Which days have a place in the source, told by listing folders of folders and no day's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from callqa import remote
from callqa.archive.span import Span
from callqa.errors import SourceError
from callqa.settings import SourceSettings

WITHOUT_FOLDERS = ("http", "https")
"""Storages that are asked for a day's files, and have no folders that could be listed."""
SHOWN = 10


def days_with_a_place(source: SourceSettings, span: Span) -> list[dt.date]:
    """The days of the range for which the source's layout has a folder, oldest first.

    One listing of the root where a day is one folder in it; of `{day:%Y}/{day:%m}/{day:%d}` one a year and month. Where
    that cannot be told (days lie together, a database names the recordings, HTTP) every day may hold some.

    Raises:
        SourceError: the source does not exist or cannot be listed.
    """
    folder = source.layout.rpartition("/")[0] if "*" in source.layout else source.layout
    if source.calls.query or "{day" not in folder or remote.scheme(source.root) in WITHOUT_FOLDERS:
        return span.days
    known: dict[str, set[str]] = {}
    return [day for day in span.days if _is_there(source, folder.format(day=day), known)]


def _is_there(source: SourceSettings, place: str, known: dict[str, set[str]]) -> bool:
    """Whether every folder on the way to a place is there; each is listed once."""
    parent = ""
    for name in place.strip("/").split("/"):
        if parent not in known:
            known[parent] = _names(source, parent)
        if name not in known[parent]:
            return False
        parent = f"{parent}/{name}" if parent else name
    return True


def _names(source: SourceSettings, folder: str) -> set[str]:
    uri = remote.join(source.root, folder) if folder else source.root

    def look(system: Any, path: str) -> set[str]:
        system.invalidate_cache()
        return {str(entry).rstrip("/").rpartition("/")[2] for entry in system.ls(path, detail=False)}

    try:
        return remote.attempt(uri, source.storage, look, "list")
    except (FileNotFoundError, NotADirectoryError):
        if folder:
            return set()
        raise SourceError(
            f"the source {remote.shown(uri)} does not exist", remedy="set source.root in qa.toml to the recordings"
        ) from None


def what_there_is(source: SourceSettings) -> str:
    """What lies in the root, for a message."""
    if remote.scheme(source.root) in WITHOUT_FOLDERS:
        return "its server lists no days"
    names = sorted(name for name in _names(source, "") if not name.startswith("."))
    if not names:
        return "it is empty"
    return f"it has {', '.join(names)}" if len(names) <= SHOWN else f"it has {names[0]} to {names[-1]}"
