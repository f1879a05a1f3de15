"""Where reports go: a folder a period, whole or not at all, that nobody but its owner may open.

    <lake>/reports/2026-01-05/                   of a day
    <lake>/reports/2026-01-05_to_2026-01-11/     of a week or month, by its first and last day
      report.json                                what it was made from, its files, the calls that are on its pages
      day.zh.html, training.zh.html, …           the pages
      clips/01-before.flac, …                    sound, silent where personal data is said

A report is removed as a whole: `report.json` says of which days and calls it is. Light on purpose: upkeep looks here.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from callqa.errors import CallQAError, RemovedError, StageError, UsageError

FOLDER = "reports"
NOTE = "report.json"
CLIPS = "clips"


@dataclass(frozen=True)
class Kept:
    """A report that lies in a lake."""

    path: Path
    first: dt.date
    """Its days: all between these two have something on it."""
    last: dt.date

    def days(self) -> Iterator[dt.date]:
        """Each of them."""
        return (self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1))


def place(lake: str | Path, first: dt.date, last: dt.date) -> Path:
    """The folder of a report in a lake."""
    return Path(lake) / FOLDER / (first.isoformat() if first == last else f"{first}_to_{last}")


def kept(lake: str | Path) -> list[Kept]:
    """Every report in a lake, by name. A folder that is none is left out."""
    found = []
    root = Path(lake) / FOLDER
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        with contextlib.suppress(ValueError):
            first, _, last = path.name.partition("_to_")
            found.append(Kept(path, dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)))
    return found


def note_of(folder: Path) -> dict[str, Any] | None:
    """What a report says of itself; None where there is none, or half of one."""
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


@contextlib.contextmanager
def making(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, for its owner alone, that is removed with what is still in it at the end.

    Raises:
        UsageError: `target` is there and is no report.
        StageError: the disk is full or the folder cannot be written.
    """
    if target.exists() and note_of(target) is None and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there and is no report: it has no {NOTE}", remedy="give another folder")
    try:
        _private(target.parent)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.tmp-", dir=target.parent))
    except OSError as error:
        raise _write_error(target, error) from error
    try:
        yield temporary
    except OSError as error:
        raise _write_error(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write(path: Path, content: str | bytes) -> None:
    """A file of a report, for its owner alone."""
    with open_new(path) as file:
        file.write(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def open_new(path: Path) -> IO[bytes]:
    """A new binary file that only its owner may read, whatever the umask."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def take_place(temporary: Path, target: Path) -> None:
    """Give a finished folder its name; what had it before goes. Killed in between, the report is made again."""
    if not target.exists():
        temporary.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.tmp-", dir=target.parent))
    try:
        target.rename(old / "old")
        temporary.rename(target)
    finally:
        if not target.exists():
            (old / "old").rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _private(folder: Path) -> None:
    """Make the folder of all reports, which lists days and nothing of calls, for its owner alone too."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == FOLDER:
            folder.chmod(0o700)


def _write_error(target: Path, error: OSError) -> CallQAError:
    if isinstance(error, FileNotFoundError):
        return RemovedError(f"{target} was removed while it was made", remedy="make the report again")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StageError(f"no space left to write {target}", remedy="free space, then make the report again")
    return StageError(
        f"cannot write {error.filename or target}: {error.strerror}", remedy="check that the folder can be written"
    )
