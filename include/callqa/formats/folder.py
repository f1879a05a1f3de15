"""Where an export goes: a folder that is there whole or not at all, with a note of what it was made from."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from callqa.errors import StageError, UsageError

NOTE = "export.json"
"""In every export's folder: the publication that it was made from, its files and what was left out."""
LONGEST_NAME = 150
"""Bytes of a call id in a file's name; file systems take 255, and endings and temporary names are added."""


@contextlib.contextmanager
def made(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new folder beside `target` that takes its name when the block ends well and is removed when it does not.

    Raises:
        UsageError: `target` is there, and not an earlier export that may be overwritten.
        StageError: the disk is full or the folder cannot be written.
    """
    _check(target, overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _tidy(target)
        temporary, handle = _held(target)
    except OSError as error:
        raise _write_error(target, error) from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        _take_place(temporary, target)
    except OSError as error:
        raise _write_error(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(handle)


def file_name(call_id: str) -> str:
    """A call id as the name of a file, different ids different names: what is no letter, digit, `-`, `_` or `.` of it
    is percent-encoded, and of a very long one the start stays, with a digest."""
    name = "".join(c if c.isalnum() or c in "-_." else quote(c, safe="") for c in call_id)
    name = name.replace(".", "%2E", 1) if name.startswith(".") else name
    if len(name.encode()) <= LONGEST_NAME:
        return name
    start = name.encode()[: LONGEST_NAME - 33].decode(errors="ignore")
    return f"{start}-{hashlib.sha256(call_id.encode()).hexdigest()[:32]}"


def _check(target: Path, overwrite: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not overwrite:
        raise UsageError(f"{target} is there already", remedy="give --overwrite, or another folder with --out")
    if not (target / NOTE).is_file():
        raise UsageError(f"{target} is no export: it has no {NOTE}", remedy="give another folder with --out")


def _held(target: Path) -> tuple[Path, int]:
    """A new temporary folder, locked for as long as it is open: by that `_tidy` knows that its writer lives."""
    while True:
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.tmp-", dir=target.parent))
        with contextlib.suppress(FileNotFoundError):  # tidied away before it was locked
            handle = os.open(temporary, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks: nothing is tidied there
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if temporary.exists():
                return temporary, handle
            os.close(handle)


def _tidy(target: Path) -> None:
    """Remove what exports to the same place left that were killed."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.tmp-*"):
        with contextlib.suppress(OSError):
            handle = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where the writer is still there
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(handle)


def _take_place(temporary: Path, target: Path) -> None:
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


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _write_error(target: Path, error: OSError) -> StageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StageError(f"no space left to write {target}", remedy="free space or give another folder with --out")
    return StageError(
        f"cannot write {error.filename or target}: {error.strerror}",
        remedy="check that the folder given with --out can be written",
    )
