"""Recordings that people tried in the console: they go an hour later, whoever looks after the lake.

    <lake>/tries/locks/…            who is at it; nothing of a call
    <lake>/tries/<server>/alive     locked for as long as this process of the API server lives
    <lake>/tries/<server>/<job>/    one recording: job.json, its bytes, its result

The console keeps and shows them (`qa_console.tries`) and sweeps while it runs; the nightly upkeep sweeps too, for a
console that was stopped leaves its last ones behind.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Set
from pathlib import Path

from callqa.errors import StageError
from callqa.upkeep import lake
from callqa.upkeep.lake import Removed

FOLDER = "tries"
LOCKS = "locks"
KEPT_SECONDS = 3600.0
STOPPING_SECONDS = 5.0
"""How long whoever hears a recording has to see that it is not wanted any more; it looks five times a second."""
PAUSE = 0.1


class Held:
    """A lock on a file; it goes when this process does."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def taken(self) -> bool:
        """Take it, if nobody has it."""
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give it back."""
        os.close(self.handle)


@contextlib.contextmanager
def alone(root: str | Path) -> Iterator[None]:
    """While folders of servers come and go."""
    folder = Path(root) / FOLDER
    Path(root).mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = Held(folder / LOCKS / "folders")
    try:
        fcntl.flock(lock.handle, fcntl.LOCK_EX)
        yield
    finally:
        lock.release()


def sweep(root: str | Path, now: dt.datetime | None = None, *, dry_run: bool = False) -> Removed:
    """Remove the recordings of an hour ago, and all of servers that have ended; returns how much went (or would go).

    Raises:
        StageError: the lake cannot be written.
    """
    folder = Path(root) / FOLDER
    if not folder.is_dir():
        return Removed()
    moment = (now or dt.datetime.now(dt.UTC)).timestamp()
    try:
        with alone(root):
            over = [*_ended(folder), *(job for job in jobs(folder) if moment - _begun(job) >= KEPT_SECONDS)]
            return sum((lake.weight(path) if dry_run else _gone(path) for path in over), Removed())
    except OSError as error:
        raise StageError(f"{folder} cannot be written: {error.strerror}", remedy="check its permissions") from error


def _gone(path: Path) -> Removed:
    try:
        return lake.remove(path)
    except StageError:  # whoever heard it for a server that was killed ends a moment later
        time.sleep(5 * PAUSE)
        return lake.remove(path)


def jobs(folder: Path) -> Iterator[Path]:
    """The folders of recordings, of all servers."""
    for path in sorted(folder.glob("*/*")):
        if path.is_dir() and path.parent.name != LOCKS:
            yield path


def _ended(folder: Path) -> Iterator[Path]:
    """The folders of servers that have ended: nobody holds their lock."""
    for server in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != LOCKS):
        if not _lives(server):
            yield server


def _lives(server: Path) -> bool:
    alive = Held(server / "alive")
    try:
        return not alive.taken()
    finally:
        alive.release()


def _begun(job: Path) -> float:
    """Seconds since 1970; of a job that does not say, its last change: it is being made, or was half removed."""
    try:
        return float(json.loads((job / "job.json").read_text(encoding="utf-8"))["begun"])
    except (OSError, ValueError, KeyError, TypeError):
        return lake.newest_change(job) or time.time()


def of_recordings(root: Path, sha256: Set[str]) -> list[Path]:
    """The jobs whose recording has one of these digests, heard or not."""
    return [job for job in jobs(root / FOLDER) if _digest(job / "recording") in sha256]


def _digest(recording: Path) -> str | None:
    try:
        with recording.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # heard, or gone
        return None


def remove(job: Path) -> Removed:
    """Remove a job; one that is being heard is first stopped by whoever attends it, which would write it anew."""
    went = lake.weight(job)
    if not (job / "answer.json").exists() and _lives(job.parent):
        with contextlib.suppress(OSError):
            (job / "stop").touch()
        until = time.monotonic() + STOPPING_SECONDS
        while job.exists() and time.monotonic() < until:
            time.sleep(PAUSE)
    lake.remove(job)
    return went
