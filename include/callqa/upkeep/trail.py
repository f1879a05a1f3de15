"""The audit trail of the console: that somebody listened to a call stays, which call it was does not.

`<lake>/audit/YYYY-MM.jsonl` has a line of JSON an action, each with the SHA-256 of the line before. A name is replaced
by as many asterisks, and the digests after it follow: the file keeps its length, so a kill in the middle leaves whole
lines, and the next erasure does the rest. Where the chain was broken before, it stays so.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from pathlib import Path

from callqa.errors import StageError
from callqa.upkeep.lake import Removed
from callqa.upkeep.needles import Needles

FOLDER = "audit"
BEFORE = re.compile(rb'"before": "[0-9a-f]{64}"')


def forget(root: Path, needles: Needles) -> Removed:
    """Replace what names the calls in every line; returns how many lines changed, and in how many files.

    Raises:
        StageError: a file cannot be written.
    """
    done = Removed()
    for path in sorted((root / FOLDER).glob("*.jsonl")):
        try:
            with path.open("r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # whoever adds a line waits
                lines = file.read().splitlines(keepends=True)
                new, changed = _without(lines, needles)
                if changed:
                    file.seek(0)
                    file.write(b"".join(new))
                    os.fsync(file.fileno())
                    done += Removed(rows=changed)
        except OSError as error:
            raise StageError(
                f"the audit trail {path} cannot be written: {error.strerror}", remedy="check the lake's permissions"
            ) from error
    return done


def _without(lines: list[bytes], needles: Needles) -> tuple[list[bytes], int]:
    new: list[bytes] = []
    changed = 0
    for number, line in enumerate(lines):
        hidden = needles.hidden(line, _day(line))
        changed += hidden != line
        if number and b'"before": "' + _digest(lines[number - 1]) + b'"' in line:
            hidden = BEFORE.sub(b'"before": "' + _digest(new[-1]) + b'"', hidden)
        new.append(hidden)
    return new, changed


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line.rstrip(b"\r\n")).hexdigest().encode()


def _day(line: bytes) -> str | None:
    try:
        day = json.loads(line).get("call_date")
    except (ValueError, AttributeError):
        return None
    return day if isinstance(day, str) else None
