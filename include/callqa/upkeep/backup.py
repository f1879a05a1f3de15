"""A lake copied while it is in use, and put back.

A plain copy is not one: the catalog is a database that is written meanwhile, and names files that the copy may not
have. Here the catalog and Iceberg's own files are copied while no publisher of this machine commits; everything that
they name is there then and does not change, so the published files are copied afterwards while publishers go on. Until
the copy is whole no upkeep, retention or erasure removes anything.

    <target>/BACKUP.json      what is in it, with sizes and SHA-256; written last: without it the copy is none
    <target>/lake/…           the files

Iceberg names files by whole paths, so a copy is put back where it was made from.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import callqa
from callqa import storage, warehouse
from callqa.errors import StageError, UsageError
from callqa.settings import Settings
from callqa.upkeep import lake as lakes
from callqa.upkeep import tried
from callqa.warehouse import catalog

NOTE = "BACKUP.json"
CATALOG = "warehouse/catalog.db"
AGAIN = ("cache", "runs")
"""Folders that are made anew by running days again: copied only where that is asked for."""
NEVER = (tried.FOLDER, "warehouse/rewriting")
"""Folders of what goes by itself."""
LOCKS = ("-wal", "-shm", "-journal", ".lock")
"""Ends of names of files that belong to processes; what a database's log holds is in its copy."""
SQLITE = b"SQLite format 3\0"
CHUNK = 4 << 20


@dataclass(frozen=True)
class Copied:
    """A whole copy of a lake."""

    root: str
    """Of the lake that it is of."""
    at: str
    """When the catalog was copied: what was published later is not in it. UTC, ISO 8601."""
    version: str
    """Of callqa."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size and SHA-256, by path within the lake."""
    left_out: list[str] = field(default_factory=list)
    """Folders of the lake."""

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(size for size, _ in self.files.values())


def back_up(settings: Settings, target: str | Path, *, again: bool = False) -> Copied:
    """Copy the lake into a new folder; returns what is in it. `again` also copies caches and runs' folders.

    Publishers wait while the catalog is copied (seconds), upkeep and erasures until all of it is.

    Raises:
        UsageError: the folder is not empty or lies in the lake, there is no lake, or the catalog or the published files
            lie elsewhere and are backed up there.
        StageError: the disk is full, or a file cannot be read.
    """
    root, target = Path(settings.lake.root).absolute(), Path(target).absolute()
    _require(settings, root, target)
    left_out = [*NEVER, *(() if again else AGAIN)]
    with lakes.locked(root), _explained(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = Copied(str(root), dt.datetime.now(dt.UTC).isoformat(), callqa.__version__, left_out=left_out)
        with catalog.locked(settings.lake):
            for path in _first(root):
                _copy(root, path, target, copied)
        for path in _others(root, left_out, copied):
            _copy(root, path, target, copied)
        storage.write_json(target / NOTE, dataclasses.asdict(copied))
    return copied


def _require(settings: Settings, root: Path, target: Path) -> None:
    _require_whole(settings, "back up the database first, then the store (docs/operations.md), then the lake's folder")
    if not catalog.exists(settings.lake):
        raise UsageError(f"{root} is no lake: nothing was ever published", remedy="give the lake's folder with --lake")
    if root.resolve() in (target.resolve(), *target.resolve().parents):
        raise UsageError(f"{target} lies in the lake", remedy="copy it to another folder, best on another disk")
    if _is_taken(target):
        raise UsageError(f"{target} is not empty", remedy="give a new folder for each backup")


def _require_whole(settings: Settings, remedy: str) -> None:
    if catalog.is_elsewhere(settings.lake) or settings.lake.warehouse:
        raise UsageError("the catalog or the published files lie outside of the lake", remedy=remedy)


def _is_taken(folder: Path) -> bool:
    """Whether something is there, besides the lock of those who look after a lake."""
    if not folder.is_dir():
        return folder.exists()
    return any(path.name != lakes.LOCK for path in folder.iterdir())


@contextlib.contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise StageError(
            f"the copy in {place} is not whole: {getattr(error, 'filename', None) or ''} {what}",
            remedy="free space or mend the disk, remove the folder, and do it again",
        ) from error


def _first(root: Path) -> Iterator[Path]:
    """The catalog, and Iceberg's own files: small, and all that says which other files belong together."""
    yield root / CATALOG
    yield from lakes.files(root / "warehouse" / "tables")


def _others(root: Path, left_out: list[str], copied: Copied) -> Iterator[Path]:
    """What is not copied yet, without what belongs to processes, what writers left half, and `left_out`."""
    away = [root / name for name in left_out]
    for path in lakes.files(root):
        inside = path.relative_to(root)
        is_part = any(part.startswith(".") and ".tmp-" in part for part in inside.parts)
        if is_part or path.name.endswith(LOCKS) or inside.as_posix() in copied.files:
            continue
        if not any(folder in path.parents for folder in away):
            yield path


def _copy(root: Path, path: Path, target: Path, copied: Copied) -> None:
    """Copy a file with its times; one that goes meanwhile (an export, a console's sample) is left out."""
    inside = path.relative_to(root).as_posix()
    if path.name.endswith(LOCKS):
        return
    place = target / "lake" / inside
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        (_copy_database if _is_database(path) else _copy_bytes)(path, place)
    except FileNotFoundError:
        place.unlink(missing_ok=True)
        return
    copied.files[inside] = (place.stat().st_size, storage.file_digest(place))


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _copy_bytes(path: Path, place: Path) -> None:
    shutil.copyfile(path, place)
    with place.open("rb") as file:
        os.fsync(file.fileno())
    shutil.copystat(path, place)


def _copy_database(path: Path, place: Path) -> None:
    """By SQLite's own means: what others have committed is in the copy, whatever they do meanwhile."""
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=catalog.BUSY_SECONDS)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(place)) as made:
        source.backup(made)
        made.execute("pragma journal_mode=delete")
    shutil.copymode(path, place)


def read(folder: str | Path) -> Copied:
    """What a copy says of itself.

    Raises:
        UsageError: the folder is no whole copy.
    """
    note = Path(folder) / NOTE
    if not note.is_file():
        raise UsageError(
            f"{folder} is no whole backup: it has no {NOTE}", remedy="give a folder that `backup` has made"
        )
    plain: dict[str, Any] = storage.read_json(note)
    try:
        files = {_inside(path): (int(size), str(digest)) for path, (size, digest) in plain.pop("files").items()}
        return Copied(**plain, files=files)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UsageError(f"{note} is of another version: {error}", remedy="restore it with that version") from error


def _inside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path} is no path within a lake")
    return path


def restore(settings: Settings, folder: str | Path) -> Copied:
    """Put a copy back as the lake, which must not be there; returns what was in it.

    The catalog comes last: a restore that was killed leaves a folder in which nothing is published, and is done again
    into an empty one.

    Raises:
        UsageError: the lake's folder is not empty, or not the one that the copy was made from; or it is no whole copy;
            or the settings name another catalog than the lake's own.
        StageError: a file of the copy is not as it was written, or the disk is full.
    """
    copied, root = read(folder), Path(settings.lake.root).absolute()
    _require_whole(settings, "restore it with the settings that the lake was backed up with")
    if str(root) != copied.root:
        raise UsageError(
            f"the copy is of {copied.root}, and the tables name their files by that path",
            remedy=f"restore it there (lake.root, or --lake {copied.root}); mount or bind the new disk at that path",
        )
    if _is_taken(root):
        raise UsageError(f"{root} is not empty", remedy="move it away first: it may be all that there is")
    with lakes.locked(root), _explained(root):
        for inside in sorted(copied.files, key=lambda name: name == CATALOG):
            _put_back(Path(folder) / "lake" / inside, root / inside, copied.files[inside])
    _look_at(settings)
    return copied


def _put_back(path: Path, place: Path, expected: tuple[int, str]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with storage.atomic(place) as temporary:
        digest = hashlib.sha256()
        with path.open("rb") as file, temporary.open("wb") as copy:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        if (temporary.stat().st_size, digest.hexdigest()) != expected:
            raise StageError(f"{path} is not as it was copied", remedy="take another backup: this one is damaged")
    shutil.copystat(path, place)


def _look_at(settings: Settings) -> None:
    """Read the newest publication of every day: their files are there, and have as many calls as the ledger says."""
    newest = {row.call_date: row for row in warehouse.publications(settings.lake)}
    for publication in newest.values():
        with warehouse.reading(settings.lake, publication) as reading:
            found = int(reading.table("select count(*) as n from calls")["n"][0].as_py())
        if found != publication.rows_calls:
            raise StageError(
                f"{publication.call_date} has {found} calls, and the ledger says {publication.rows_calls}",
                remedy="take another backup: this one is damaged",
            )
