"""What is to be told and what was, by day and route; the record that keeps anybody from being told twice.

    <lake>/notify/days/2026-01-05/supervisor.jsonl    a line of JSON a thing that happened, only ever added
    <lake>/notify/routes/supervisor.{journal,sender}  locks: of the route's files, and of whoever sends
    <lake>/notify/addresses/env.SUPERVISOR_URL.json   when the last messages went there, see `bucket`

No line says what was said on a call: only which call, rule and version. A message's text is written when it is sent,
from what is then published. A line is on the disk before what follows it is done, so a process that is killed leaves
at most one message of which nobody knows whether it arrived: the one whose sending was begun.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from callqa.errors import StageError

FOLDER = "notify"
Item = tuple[str, str, int]
"""Call id, rule, version of the rule."""
Line = dict[str, Any]

PENDING, BEGUN, SENT, UNSURE, DROPPED, GIVEN_UP = "pending", "begun", "sent", "unsure", "dropped", "given up"
STATES = (PENDING, BEGUN, SENT, UNSURE, DROPPED, GIVEN_UP)
NOT_IN_TIME = "nobody could send it in time"
"""Why a message is given up, where nothing else is known."""
ENDED_MEANWHILE = "the process ended while it was being sent"
"""Why nobody knows whether one arrived."""


@dataclass
class Message:
    """A message and what became of it."""

    id: str
    day: dt.date
    route: str
    kind: str
    """`calls`, `event`, or `notice`: that an earlier message may not have arrived."""
    queued_at: dt.datetime
    items: list[Item] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    """Of an event and a notice: what it says."""
    state: str = PENDING
    at: dt.datetime | None = None
    """Of the last thing that happened to it."""
    attempts: int = 0
    reason: str = ""
    """Why it is not sent."""

    def plain(self) -> dict[str, Any]:
        """As a row, without the calls' ids."""
        return {
            "day": self.day.isoformat(), "route": self.route, "message": self.id, "kind": self.kind,
            "state": self.state, "calls": len({call_id for call_id, _, _ in self.items}), "attempts": self.attempts,
            "reason": self.reason, "queued_at": self.queued_at.isoformat(),
            "at": (self.at or self.queued_at).isoformat(),
        }  # fmt: skip


class Journal:
    """The record of a day on a route. What is asked of it is true while `locked`."""

    def __init__(self, root: str | Path, day: dt.date, route: str) -> None:
        self.day, self.route = day, route
        self.path = Path(root) / FOLDER / "days" / day.isoformat() / f"{route}.jsonl"
        self._lock = Path(root) / FOLDER / "routes" / f"{route}.journal"
        self._page = Page(self)
        self._read_to = 0
        self._file = 0

    @contextlib.contextmanager
    def locked(self) -> Iterator[Page]:
        """The record as it is, to be read and added to.

        Raises:
            StageError: it cannot be read or written.
        """
        with held(self._lock):
            self._read_on()
            yield self._page

    def _read_on(self) -> None:
        """Take in what was added since this object read it last; all of it where it is another file by now."""
        try:
            with self.path.open("rb") as file:
                there = os.fstat(file.fileno())
                if (there.st_ino, True) != (self._file, there.st_size >= self._read_to):
                    self._page, self._read_to, self._file = Page(self), 0, there.st_ino
                file.seek(self._read_to)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            self._page, self._read_to = Page(self), 0
            return
        except OSError as error:
            raise refused(self.path, error) from error
        self._page.take(_parsed(whole))
        self._read_to += len(whole) + len(newline)

    def lines(self) -> list[Line]:
        """Every line that is whole; what a killed writer left of one is none."""
        try:
            return _parsed(self.path.read_bytes() if self.path.is_file() else b"")
        except OSError as error:
            raise refused(self.path, error) from error

    def append(self, lines: Iterable[Line]) -> None:
        """Add lines, on the disk when this returns; after what a killed writer left, a new line is begun."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                torn = file.tell() and not _ends_well(self.path)
                file.write((("\n" if torn else "") + text).encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
                self._read_to, self._file = file.tell(), os.fstat(file.fileno()).st_ino
        except OSError as error:
            raise refused(self.path, error) from error


class Page:
    """An open, locked journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.messages: dict[str, Message] = {}

    def take(self, lines: Iterable[Line]) -> None:
        """Know what these lines say too."""
        for line in lines:
            self._take(line)

    def told(self) -> set[Item]:
        """What was told, or is about to be. What was dropped may be told another time."""
        return {item for message in self.messages.values() if message.state != DROPPED for item in message.items}

    def has_event(self, event: str, key: str) -> bool:
        """Whether an event was told, or is about to be."""
        return any(
            (message.kind, message.about.get("event"), message.about.get("key")) == ("event", event, key)
            for message in self.messages.values()
        )

    def queue(self, kind: str, groups: Iterable[Collection[Item]], now: dt.datetime, **about: Any) -> list[Message]:
        """Add messages, one for each group of items; all of them or, where this is killed, those that are complete."""
        lines: list[Line] = [
            {
                "do": "queue",
                "id": secrets.token_hex(4),
                "at": now.isoformat(),
                "kind": kind,
                "items": [list(item) for item in items],
                "about": about,
            }
            for items in groups
        ]
        if lines:
            self._add(lines)
        return [self.messages[line["id"]] for line in lines]

    def note(
        self, message: Message, state: str, now: dt.datetime, reason: str = "", items: Collection[Item] | None = None
    ) -> None:
        """What became of a message; `items`: what it is about from now on. What it is not may be told another time."""
        line: Line = {"do": state, "id": message.id, "at": now.isoformat(), "reason": reason}
        self._add([line if items is None else {**line, "items": [list(item) for item in items]}])

    def _add(self, lines: list[Line]) -> None:
        self._journal.append(lines)
        self.take(lines)

    def _take(self, line: Line) -> None:
        with contextlib.suppress(KeyError, TypeError, ValueError):  # a line of another version says nothing to this one
            at = dt.datetime.fromisoformat(line["at"])
            if line["do"] == "queue":
                of = self._journal
                self.messages[line["id"]] = Message(
                    line["id"], of.day, of.route, line["kind"], at, _items(line), dict(line["about"])
                )
            elif line["do"] in STATES:
                message = self.messages[line["id"]]
                message.state, message.at, message.reason = line["do"], at, line["reason"]
                message.attempts += line["do"] == BEGUN
                if "items" in line:
                    message.items = _items(line)


def _items(line: Line) -> list[Item]:
    return [(str(call_id), str(rule), int(version)) for call_id, rule, version in line["items"]]


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """A lock that others wait for; the kernel frees it when its holder dies.

    Raises:
        StageError: the lake cannot be written.
    """
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise refused(path, error) from error


@contextlib.contextmanager
def sending(root: str | Path, route: str, wait: Callable[[], bool]) -> Iterator[bool]:
    """One sender a route at a time, whatever days its messages are of; False where `wait` says not to wait longer.

    Raises:
        StageError: the lake cannot be written.
    """
    path = Path(root) / FOLDER / "routes" / f"{route}.sender"
    with _opened(path) as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if wait():
                    continue
                yield False
            else:
                yield True
            return


def journals(root: str | Path, route: str | None = None, changed_since: dt.datetime | None = None) -> list[Journal]:
    """The records that there are, by day; of a route, and of those that were written to since."""
    found = []
    for path in sorted((Path(root) / FOLDER / "days").glob(f"*/{route or '*'}.jsonl")):
        with contextlib.suppress(ValueError, FileNotFoundError):
            if changed_since is None or path.stat().st_mtime >= changed_since.timestamp():
                found.append(Journal(root, dt.date.fromisoformat(path.parent.name), path.stem))
    return found


def _parsed(written: bytes) -> list[Line]:
    texts = written.decode("utf-8", "replace").split("\n")
    return [line for text in texts if (line := _read(text)) is not None]


def _read(text: str) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _ends_well(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def refused(path: Path, error: OSError) -> StageError:
    """What the disk said, as an error of ours."""
    return StageError(
        f"the record of messages {path} cannot be used: {error.strerror}",
        remedy="check the lake's space and permissions, then send again: nobody is told twice",
    )
