"""The refused days that lie in the quarantine, and what was decided of them.

<lake>/quarantine/<day>/<run>/    the day's files, the gate's result, reasons.txt, run.json
                decision.json     once somebody decided
<lake>/quarantine/deciding.lock   held by whoever decides: on the command line, in the console, in Airflow's task
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from callqa import contracts, storage
from callqa.errors import DecidedError, StageError, UsageError
from callqa.publish import aside
from callqa.publish.decision import Decision

DECISION = "decision.json"
LOCK = "deciding.lock"
_inside = threading.local()
"""The lakes for which this thread holds the lock."""


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A refused run of a day."""

    day: date
    run_id: str
    folder: Path
    since: datetime
    based_on: int | None
    """As in `publish.run`."""
    origin: str | None
    blocking: list[str]
    """Ids of the checks that refused it."""
    reasons: list[str]
    """The same in words."""
    decision: Decision | None
    _audited: Mapping[str, Any] = field(repr=False)

    @property
    def waits(self) -> bool:
        """Whether nobody has decided; that time ran out does not keep anybody from it."""
        return self.decision is None or self.decision.by is None

    def outcome(self) -> dict[str, Any]:
        """What became of the run: nothing of it is published, why not, and where its files are."""
        return {
            "published": False,
            "quarantine": str(self.folder),
            "blocking": self.blocking,
            "reasons": self.reasons,
        }

    def exported(self) -> dict[str, Any]:
        """The day's files, as export hands them on."""
        tables = {table: str(self.folder / f"{table}.parquet") for table in contracts.TABLES}
        return {"day": self.day.isoformat(), **tables, "daily_qc": str(self.folder / "daily_qc.json")}

    def gated(self) -> dict[str, Any]:
        """The gate's verdict, as the gate hands it on."""
        files = {"result": self.folder / "audit.json", "results": self.folder / "results.parquet"}
        there = {name: str(path) for name, path in files.items() if path.is_file()}
        return {"passed": False, "result_id": self._audited["id"], "blocking": self.blocking, **there}


def quarantined(lake: str) -> list[Quarantined]:
    """All refused runs, by day and time, the decided ones too."""
    found = [refused_in(path.parent) for path in Path(lake).glob(f"quarantine/*/*/{aside.ABOUT}")]
    return sorted(found, key=lambda entry: (entry.day, entry.since, entry.run_id))


@contextlib.contextmanager
def deciding(lake: str) -> Iterator[None]:
    """One decision at a time, whoever takes it: the others wait, and then see what was decided.

    An approval is two steps, the publication and the note of who decided; nothing must come between them. A thread
    that is in it may enter it again. The kernel frees the lock of a process that dies.

    Raises:
        StageError: the lake cannot be written.
    """
    entered: set[str] = _inside.__dict__.setdefault("lakes", set())
    path = Path(lake).absolute() / "quarantine" / LOCK
    if str(path) in entered:
        yield
        return
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        entered.add(str(path))
        try:
            yield
        finally:
            entered.discard(str(path))


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise StageError(f"cannot write {path}: {error.strerror}", remedy="check that the lake is writable") from error


def open_to(folder: Path, decision: Decision) -> Quarantined:
    """The refused run of a folder as it is now, if this decision may be carried out; hold `deciding`.

    That is where nobody has decided, and where the same decision was taken before and is carried out again.

    Raises:
        DecidedError: somebody decided otherwise, or before.
        StageError: it is gone, or is not as callqa left it.
    """
    entry = refused_in(folder)
    if entry.waits or entry.decision == decision:
        return entry
    raise DecidedError(f"{entry.day}: {_told(entry)}", remedy="`callqa quarantine list --all` shows what was decided")


def _told(entry: Quarantined) -> str:
    decision = entry.decision
    said = "approved" if decision and decision.approved else "rejected"
    return f"run {entry.run_id} was {said} by {decision.by if decision else None} already"


def undecided(lake: str, day: date, run_id: str | None = None) -> Quarantined:
    """The one refused run of a day that waits for a decision; `run_id` where there are several.

    Raises:
        UsageError: there is none, or there are several and none is named.
    """
    of_day = [entry for entry in quarantined(lake) if entry.day == day]
    chosen = [entry for entry in of_day if run_id in (None, entry.run_id, entry.folder.name)]
    waiting = [entry for entry in chosen if entry.waits]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        raise UsageError(
            f"{day}: {len(waiting)} refused runs wait for a decision",
            remedy=f"name one with --run: {', '.join(entry.run_id for entry in waiting)}",
        )
    raise UsageError(f"{day}: {_why_none(chosen, of_day, run_id)}", remedy="`callqa quarantine list` shows what waits")


def _why_none(chosen: list[Quarantined], of_day: list[Quarantined], run_id: str | None) -> str:
    if chosen and chosen[-1].decision:
        return _told(chosen[-1])
    if of_day:
        return f"no refused run is called {run_id}; there is {', '.join(entry.run_id for entry in of_day)}"
    return "no refused run lies in the quarantine"


def decide(folder: Path, decision: Decision) -> Decision:
    """Keep a decision beside the files that it is about; returns the one that counts, which is the first.

    A decision that nobody took in time is replaced by one that somebody takes later.
    """
    earlier = _decision(folder)
    if earlier and (earlier.by or not decision.by):
        return earlier
    storage.write_json(folder / DECISION, decision.plain())
    return decision


def refused_in(folder: Path) -> Quarantined:
    """The refused run of a folder of the quarantine.

    Raises:
        StageError: it is gone, or is not as callqa left it.
    """
    about, audited = storage.read_json(folder / aside.ABOUT), storage.read_json(folder / "audit.json")
    try:
        return Quarantined(
            day=date.fromisoformat(about["day"]),
            run_id=about["run_id"],
            folder=folder,
            since=datetime.fromtimestamp((folder / aside.ABOUT).stat().st_mtime, UTC),
            based_on=about["based_on"],
            origin=about["origin"],
            blocking=[check["id"] for check in aside.failed(audited, "blocking")],
            reasons=[aside.reason(check) for check in aside.failed(audited, "blocking")],
            decision=_decision(folder),
            _audited=audited,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StageError(
            f"{folder} is not as callqa left it: {type(error).__name__}: {error}",
            remedy="move it out of the quarantine, and run its day again",
        ) from error


def _decision(folder: Path) -> Decision | None:
    path = folder / DECISION
    return Decision.of(storage.read_json(path)) if path.is_file() else None
