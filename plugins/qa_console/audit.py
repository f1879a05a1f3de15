"""The audit trail: who listened to, downloaded, reviewed or decided what, and when. Rows are only ever added.

One line of JSON each in `<lake>/audit/YYYY-MM.jsonl`, written to the disk before the person gets what they asked for.
Each line carries the digest of the line before it, so that a line changed or taken out later shows (`broken`).

These are files and no table of the warehouse: a commit to an Iceberg table takes a tenth of a second, leaves four files
and holds the lock that publications wait for; people listen thousands of times a day. They are not Airflow's own event
log either: everybody with Airflow's role `Viewer` may read that, so that agents would see who reviews whom.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from callqa.errors import StageError

ACTIONS = ("open", "listen", "download", "export", "review", "appeal", "decide", "upload", "run", "refused")
"""`open`: a call's page, `refused`: somebody asked for what they may not see."""
START = "0" * 64
"""The digest before a file's first line."""
LINE_BYTES = 32 * 1024
"""Of one entry, so that the last line is always found in twice as much of a file's end."""


@dataclass(frozen=True)
class Entry:
    """A line of the trail."""

    at: str
    """ISO 8601, UTC."""
    person: str
    action: str
    """One of ACTIONS."""
    call_date: str | None
    call_id: str | None
    detail: dict[str, Any]
    """What else the action was about: a rule and verdict, a file's format, a day's publication."""
    before: str
    """SHA-256 of the line before, hexadecimal; START in a file's first line."""


class Trail:
    """The trail of one lake."""

    def __init__(self, lake: str) -> None:
        self.folder = Path(lake) / "audit"

    def add(
        self,
        person: str,
        action: str,
        *,
        call_date: dt.date | None = None,
        call_id: str | None = None,
        at: dt.datetime | None = None,
        **detail: Any,
    ) -> None:
        """Add an entry; when this returns it is on the disk.

        Raises:
            ValueError: the action is none of ACTIONS.
            StageError: it cannot be written; then the action must not happen either.
        """
        if action not in ACTIONS:
            raise ValueError(f"{action!r} is none of {', '.join(ACTIONS)}")
        now = at or dt.datetime.now(dt.UTC)
        day = call_date.isoformat() if call_date else None
        path = self.folder / f"{now:%Y-%m}.jsonl"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:  # noqa: PTH123 - a handle
                fcntl.flock(file, fcntl.LOCK_EX)
                entry = Entry(now.isoformat(), person, action, day, call_id, detail, _last_digest(file))
                _append(file, entry)
        except OSError as error:
            raise StageError(
                f"the audit trail {path} cannot be written: {error.strerror}",
                remedy="free space or give the API server's user the folder; until then nobody listens or decides",
            ) from error

    def newest(self, count: int) -> list[Entry]:
        """The newest entries, newest first."""
        found: list[Entry] = []
        for path in sorted(self.folder.glob("*.jsonl"), reverse=True):
            found += [Entry(**json.loads(line)) for line in reversed(_last_lines(path, count - len(found)))]
            if len(found) >= count:
                break
        return found

    def broken(self) -> Iterator[str]:
        """Where a line does not follow from the one before it: `2026-03.jsonl:17`."""
        for path in sorted(self.folder.glob("*.jsonl")):
            before = START
            for number, line in enumerate(_lines(path), 1):
                if json.loads(line)["before"] != before:
                    yield f"{path.name}:{number}"
                before = _digest(line)


def _append(file: FileIO, entry: Entry) -> None:
    """One write of a whole line; a line that a full disk cut short is taken back."""
    end = file.seek(0, os.SEEK_END)
    line = (json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True) + "\n").encode()
    if len(line) > LINE_BYTES:
        raise ValueError(f"an audit entry of {len(line)} bytes; {LINE_BYTES} are the most")
    try:
        if file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), end)
        raise


def _last_digest(file: FileIO) -> str:
    """Of the last whole line; half a line, which a crash left behind, is taken out first."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return START
    start = max(0, size - 2 * LINE_BYTES)
    file.seek(start)
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        os.ftruncate(file.fileno(), start + whole)
    lines = tail[:whole].splitlines()
    return _digest(lines[-1]) if lines else START


def _lines(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1].splitlines()


def _last_lines(path: Path, count: int) -> list[bytes]:
    """The last whole lines of a file, read from its end."""
    size, taken = path.stat().st_size, count * 256
    while True:
        taken = min(taken, size)
        with path.open("rb") as file:
            file.seek(size - taken)
            data = file.read(taken)
        lines = data[: data.rfind(b"\n") + 1].splitlines()
        if taken == size or len(lines) > count:  # else the first may be half a line
            return lines[-count:]
        taken *= 4


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
