"""The places of a lake that hold calls, and how much of each goes when one of its calls does.

A run's folder goes whole: its files are made one from another, and a run of the day that begins afterwards makes them
again without the erased call. So does a refused day's folder, an export, a report, and a recording that somebody tried.
Any other file goes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from callqa import warehouse
from callqa.formats.folder import NOTE
from callqa.notify import journal
from callqa.reports import folder as reports
from callqa.settings import Settings
from callqa.upkeep import lake, samples, search, trail, tried
from callqa.upkeep.needles import Needles

NEVER = (lake.CERTIFICATES,)
"""Folders in which nothing names a call."""
WAREHOUSE = ("tables", "files", "catalog.db", "daily_qc", "publish.lock", "rewriting")
"""Of the warehouse: what is removed by rows, and not by files."""


def unit(root: Path, path: Path) -> tuple[str, Path] | None:
    """The place that a file of the lake belongs to, and what is removed with it; None where rows are removed."""
    parts = path.relative_to(root).parts
    if parts[0] in (*NEVER, trail.FOLDER, journal.FOLDER) or path.name == lake.LOCK:
        return None
    if parts[0] == "warehouse" and len(parts) > 1 and parts[1].startswith(WAREHOUSE):
        return None
    if samples.is_sample(root, path):
        return None
    depth = {"runs": 2, "quarantine": 3, tried.FOLDER: 3, reports.FOLDER: 2}.get(parts[0], 0)
    if depth and len(parts) > depth:
        return parts[0], root.joinpath(*parts[:depth])
    for folder in path.parents:
        if folder != root and folder.is_relative_to(root) and (folder / NOTE).is_file():
            return "exports", folder
    return ("cache" if parts[0] == "cache" else "other files"), path


def units(root: Path, needles: Needles) -> dict[str, list[Path]]:
    """What holds one of the needles, by place."""
    found: dict[str, set[Path]] = {}
    for path in lake.files(root):
        place = unit(root, path)
        if place is None or place[1] in found.get(place[0], ()):
            continue
        looked = search.Searched()
        search.look(path, root, needles, looked)
        if looked.traces:
            found.setdefault(place[0], set()).add(place[1])
    return {place: sorted(paths) for place, paths in found.items()}


def holds(folder: Path, needles: Needles) -> bool:
    """Whether any file of a folder has one of the needles."""
    looked = search.Searched()
    for path in lake.files(folder):
        search.look(path, folder, needles, looked)
        if looked.traces:
            return True
    return False


def companions(paths: Mapping[str, Path], folder: Path) -> dict[str, str]:
    """The day's other files, made of its tables."""
    from callqa.export import daily

    made = daily.write(folder / "daily_qc.json", calls=str(paths["calls"]), turns=str(paths["turns"]))
    return {"daily_qc": made}


def rows_of(settings: Settings, day: date, ids: Sequence[str]) -> int:
    """Rows of these calls in the day's newest publication."""
    found = 0
    publications = warehouse.publications(settings.lake, day)
    if not publications or not ids:
        return 0
    listed = ", ".join("?" for _ in ids)
    with warehouse.reading(settings.lake, publications[-1]) as reading:
        for table in ("calls", "turns", "events", "findings"):
            sql = f"select count(*) as rows from {table} where call_id in ({listed})"  # noqa: S608 - tables from above
            found += int(reading.table(sql, list(ids))["rows"][0].as_py())
    return found


def shown(path: Path, root: Path, needles: Needles | None = None) -> str:
    """A path for the certificate: within the lake, and without a name that must not be in it."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    if needles is None:
        return inside.as_posix()
    return "/".join("…" if needles.in_path(part) else part for part in inside.parts)
