"""Whose turn a day is: of several runs of one day one is at work, the others wait or are told by whom.

<lake>/turns/<day>.json      who has, or had last, the turn
<lake>/turns/<day>.lock      locked by a process for as long as it has the turn

The ledger refuses whoever publishes over somebody else in any case (`StalePublicationError`); turns are there so that
nobody works for hours first, and nothing is heard twice at the same time.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Literal

from callqa import storage
from callqa.errors import RunAtWorkError

MOMENT = 2.0
"""Seconds in which a process that has the lock says who it is."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A run that has the turn of a day, or had it last."""

    run_id: str
    kind: Literal["process", "airflow"]
    """How one can tell that it is over: by its lock, or by asking Airflow."""
    by: str
    """What it is: `callqa run`, or a DAG's id."""
    since: str
    ended: str | None = None


def unknown(holder: Holder) -> bool:
    """Nobody can tell of a run of Airflow's that it is over; that is for who can ask Airflow."""
    del holder
    return False


def take(
    lake: str,
    day: date,
    *,
    run_id: str,
    by: str,
    kind: Literal["process", "airflow"] = "airflow",
    is_over: Callable[[Holder], bool] = unknown,
) -> None:
    """Take the turn of a day; whoever has it already keeps it.

    `is_over` says of a run of Airflow's that has the turn whether it has ended without giving it back.

    Raises:
        RunAtWorkError: another run has it.
    """
    with _alone(lake, day):
        holder = last(lake, day)
        held = holder if holder and not holder.ended else None
        # Runs of two DAGs may be called alike: by the moment that they were scheduled for.
        mine = held and (held.run_id, held.by) == (run_id, by)
        if held and not mine and not _is_gone(lake, day, held, kind, is_over):
            raise _at_work(day, held, f"; remove {_file(lake, day)} if it was lost and never ends")
        since = held.since if held and mine else _now()
        storage.write_json(_file(lake, day), asdict(Holder(run_id=run_id, kind=kind, by=by, since=since)))


def give_back(lake: str, day: date, run_id: str) -> None:
    """End the turn of a run; nothing where another run has it."""
    with _alone(lake, day):
        holder = last(lake, day)
        if holder and holder.run_id == run_id and not holder.ended:
            storage.write_json(_file(lake, day), {**asdict(holder), "ended": _now()})


def held_by(lake: str, run_id: str, by: str) -> list[date]:
    """The days whose turn a run has."""
    days = [date.fromisoformat(path.stem) for path in sorted((Path(lake) / "turns").glob("????-??-??.json"))]
    holders = {day: last(lake, day) for day in days}
    return [day for day, one in holders.items() if one and not one.ended and (one.run_id, one.by) == (run_id, by)]


@contextlib.contextmanager
def held(lake: str, day: date, run_id: str, by: str) -> Iterator[None]:
    """A day's turn for as long as the block runs, or the process lives.

    Raises:
        RunAtWorkError: another run has it.
    """
    with _process_lock(lake, day) as lock:
        _wait_for(lock, lake, day)
        take(lake, day, run_id=run_id, by=by, kind="process")
        try:
            yield
        finally:
            give_back(lake, day, run_id)


def _wait_for(lock: IO[bytes], lake: str, day: date) -> None:
    """Lock for this process. Who else has the lock has the turn, is about to say so, or only looks who has it."""
    until = time.monotonic() + MOMENT
    while not _try(lock):
        holder = last(lake, day)
        if holder and not holder.ended:
            raise _at_work(day, holder)
        if time.monotonic() > until:
            raise RunAtWorkError(f"{day}: another process is at work on it", remedy="let it end, and run the day again")
        time.sleep(MOMENT / 100)


def _at_work(day: date, holder: Holder, more: str = "") -> RunAtWorkError:
    return RunAtWorkError(
        f"{day}: run {holder.run_id} ({holder.by}) is at work on it since {holder.since}",
        remedy=f"let it end, and run the day again{more}",
    )


def at_work(lake: str, day: date, is_over: Callable[[Holder], bool] = unknown) -> Holder | None:
    """The run that has the turn of a day; `is_over` as in `take`."""
    holder = last(lake, day)
    if holder is None or holder.ended or _is_gone(lake, day, holder, "airflow", is_over):
        return None
    return holder


def last(lake: str, day: date) -> Holder | None:
    """Who has the turn of a day, or had it last; None where no run ever began."""
    path = _file(lake, day)
    return Holder(**storage.read_json(path)) if path.is_file() else None


def _is_gone(lake: str, day: date, holder: Holder, kind: str, is_over: Callable[[Holder], bool]) -> bool:
    if holder.kind == "airflow":
        return is_over(holder)
    if kind == "process":  # who asks has the lock
        return True
    with _process_lock(lake, day) as lock:
        return _try(lock)


@contextlib.contextmanager
def _process_lock(lake: str, day: date) -> Iterator[IO[bytes]]:
    path = _file(lake, day).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        yield lock


def _try(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the ledger alone decides there
        return True
    return True


@contextlib.contextmanager
def _alone(lake: str, day: date) -> Iterator[None]:
    """One at a time looks at the file and writes it."""
    path = _file(lake, day).with_suffix(".look")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(lake: str, day: date) -> Path:
    return Path(lake) / "turns" / f"{day.isoformat()}.json"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
