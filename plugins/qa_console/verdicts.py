"""What people say of findings, on its way into the warehouse.

A row more in an Iceberg table takes some tenths of a second, and longer while a day is being published: too long for
whoever goes through a queue with one key. So a verdict is first a file of its own, on the disk before the person is
answered, and a thread adds what lies there to the warehouse in one piece. None is lost: a file is removed only once
its row is in the table and seen there; what a crash left is found by the next process, and what got in before is not
added again.

<lake>/console/verdicts/<time>-<random>.json       waits; it can still be taken back
                        <time>-<random>.sending    is being added
                        <time>-<random>.added      is in the warehouse; pages that have not looked since still need it
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from callqa import storage
from callqa.contracts import Review
from callqa.errors import CallQAError
from callqa.settings import LakeSettings

log = logging.getLogger(__name__)

HOLD = timedelta(seconds=20)
"""For so long a verdict can be taken back without a trace in the warehouse."""
LINGER = timedelta(seconds=15)
"""After it was added, until every process has looked at the warehouse anew (`Limits.check_seconds`)."""
AGAIN_SECONDS = 15.0
"""Until the warehouse is tried again, where it could not be written."""


@dataclass(frozen=True)
class Kept:
    """A verdict that is on the disk, and in the warehouse soon."""

    id: str
    review: Review
    due: datetime


class Verdicts:
    """The verdicts of one lake; safe in threads and in several processes."""

    def __init__(self, lake: LakeSettings) -> None:
        self.lake = lake
        self.folder = Path(lake.root) / "console" / "verdicts"
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, review: Review, *, hold: timedelta = HOLD) -> Kept:
        """Keep a verdict; when this returns it is on the disk.

        Raises:
            StageError: it cannot be written; then there is none.
        """
        kept = Kept(f"{review.at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}", review, datetime.now(UTC) + hold)
        storage.write_json(self._path(kept.id), _plain(kept))
        self.wake()
        return kept

    def take_back(self, name: str, reviewer: str) -> Review | None:
        """Take one's own verdict back; None where it is in the warehouse already, or is somebody else's."""
        for kept in self.waiting():
            if kept.id == name and kept.review.reviewer == reviewer:
                with contextlib.suppress(FileNotFoundError):
                    self._path(name).unlink()
                    return kept.review
        return None

    def waiting(self) -> list[Kept]:
        """All that is not in the warehouse yet, oldest first, also what is being added just now."""
        return self._found("json", "sending")

    def unseen(self) -> list[Kept]:
        """All that a page may not see in the warehouse yet, oldest first; some of it may be there already."""
        return self._found("json", "sending", "added")

    def _found(self, *suffixes: str) -> list[Kept]:
        found: dict[str, Kept] = {}
        for suffix in suffixes:  # in the order in which a file goes through them: none is missed on its way
            for path in self.folder.glob(f"*.{suffix}"):
                with contextlib.suppress(CallQAError):  # it went on meanwhile
                    found[path.stem] = _kept(path)
        return [found[name] for name in sorted(found)]

    def wake(self) -> None:
        """See to it that somebody adds what waits; costs nothing where nothing does."""
        self._wake.set()
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="verdicts", daemon=True)
                self._thread.start()

    def add_due(self, now: datetime | None = None) -> int:
        """Add what is due to the warehouse, all in one piece; returns how many rows.

        Raises:
            StageError: the warehouse cannot be written; everything waits on.
        """
        with self._alone() as mine:
            if not mine:
                return 0
            left = list(self.folder.glob("*.sending"))
            sent = _not_there(self.lake, [_kept(path).review for path in left]) if left else []
            claimed = [path for kept in self.waiting() if (path := self._claimed(kept, now or datetime.now(UTC)))]
            rows = [*sent, *(_kept(path).review for path in claimed)]
            if rows:
                from callqa import warehouse

                warehouse.add_reviews(self.lake, rows)
            for path in [*left, *claimed]:
                path.touch()
                path.rename(path.with_suffix(".added"))
            self._tidy()
            return len(rows)

    def _tidy(self) -> None:
        """Remove what is in the warehouse for so long that every page sees it there."""
        before = time.time() - LINGER.total_seconds()
        for path in self.folder.glob("*.added"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _claimed(self, kept: Kept, now: datetime) -> Path | None:
        """From now on nobody takes it back; None where somebody did, or it is not due."""
        path = self._path(kept.id)
        if kept.due > now:
            return None
        with contextlib.suppress(FileNotFoundError):
            return path.rename(path.with_suffix(".sending"))
        return None

    def _path(self, name: str) -> Path:
        return self.folder / f"{Path(name).name}.json"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """One process at a time adds; yields whether this one does. The lock ends with the process that holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(handle)

    def _work(self) -> None:
        """Add what is due until nothing waits; a later verdict starts another thread."""
        while True:
            self._wake.clear()
            pause = self._once()
            if pause is None:
                return
            self._wake.wait(pause)

    def _once(self) -> float | None:
        """Add once; seconds until it is worth another try, None where nothing waits."""
        try:
            self.add_due()
        except (CallQAError, OSError) as error:
            log.warning("reviews wait, the warehouse cannot be written: %s", error)
            return AGAIN_SECONDS
        with self._starting:
            if not self.unseen():
                self._thread = None
                return None
        dues = [(kept.due - datetime.now(UTC)).total_seconds() for kept in self.waiting()]
        return max(0.2, min(dues, default=LINGER.total_seconds() / 2))


def _not_there(lake: LakeSettings, reviews: Sequence[Review]) -> list[Review]:
    """Those of which the warehouse has no row: a process ended between adding them and removing their files."""
    from callqa import warehouse

    sql = 'select call_date, call_id, rule, reviewer, "at" from reviews where "at" >= ?'
    there = {tuple(row) for row in warehouse.query(lake, sql, [min(review.at for review in reviews)])[1]}
    return [one for one in reviews if (one.call_date, one.call_id, one.rule, one.reviewer, one.at) not in there]


def _plain(kept: Kept) -> dict[str, object]:
    row = {**asdict(kept.review), "call_date": kept.review.call_date.isoformat(), "at": kept.review.at.isoformat()}
    return {"review": row, "due": kept.due.isoformat()}


def _kept(path: Path) -> Kept:
    plain = storage.read_json(path)
    row = plain["review"]
    at, day = datetime.fromisoformat(row["at"]), date.fromisoformat(row["call_date"])
    return Kept(path.stem, Review(**{**row, "at": at, "call_date": day}), datetime.fromisoformat(plain["due"]))


_of_lake: dict[str, Verdicts] = {}
_making = threading.Lock()


def of(lake: LakeSettings) -> Verdicts:
    """The verdicts of a lake; one object a process."""
    with _making:
        return _of_lake.setdefault(lake.model_dump_json(), Verdicts(lake))
