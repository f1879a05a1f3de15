"""The lake as files: whoever looks after it goes one at a time, and knows what each of its folders is."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callqa.errors import StageError

CERTIFICATES = "certificates"
LOCK = "upkeep.lock"


@dataclass(frozen=True)
class Removed:
    """How much went."""

    files: int = 0
    bytes: int = 0
    rows: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(self.files + other.files, self.bytes + other.bytes, self.rows + other.rows)


@contextlib.contextmanager
def locked(root: str | Path) -> Iterator[None]:
    """One erasure, retention or upkeep at a time; the others wait, and the kernel frees the lock of one that dies.

    Raises:
        StageError: the lake cannot be written.
    """
    path = Path(root) / LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StageError(f"cannot write {path}: {error.strerror}", remedy="check that the lake is writable") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, hidden ones too, in order; a folder that is a link is followed, once.

    A cache that several lakes share is a link: what is in it is as readable as everything else.
    """
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(place) / name for name in sorted(names))


def weight(path: Path) -> Removed:
    """Files and bytes of a file or folder; nothing where there is none."""
    found = files(path) if path.is_dir() else iter([path])
    total = Removed()
    for one in found:
        with contextlib.suppress(FileNotFoundError):
            total += Removed(files=1, bytes=one.lstat().st_size)
    return total


def remove(path: Path) -> Removed:
    """Remove a file or a folder with all that is in it; safe to do again after a kill.

    Raises:
        StageError: it cannot be removed.
    """
    went = weight(path)
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        pass  # somebody else's upkeep on another machine
    except OSError as error:
        raise StageError(
            f"cannot remove {error.filename or path}: {error.strerror}", remedy="check the lake's permissions"
        ) from error
    return went


def without_empty(folder: Path) -> None:
    """Remove a folder of removed things where nothing is left in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def newest_change(path: Path) -> float:
    """When a file or anything in a folder was written last, seconds since 1970; 0 where there is nothing."""
    times = [path.stat().st_mtime] if path.is_file() else []
    for one in files(path) if path.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            times.append(one.lstat().st_mtime)
    return max(times, default=0.0)
