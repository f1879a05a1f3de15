"""Recordings that people try: each heard in a process of its own (`attending`), kept for an hour, never published.

    <lake>/tries/<server>/<job>/recording       what was uploaded; gone as soon as it was heard
    <lake>/tries/<server>/<job>/lake/…          runs and caches of this one recording; gone with it
    <lake>/tries/<server>/<job>/result/…        the rows of its call, personal data masked
    <lake>/tries/<server>/<job>/answer.json     how it ended

A job has a lake of its own, so that nothing of it gets into the caches of the real one. A process of the API server
holds a lock on its folder `<server>`: where nobody does, the server has ended, and the folder goes at the next sweep:
the console's, or the nightly upkeep's (`callqa.upkeep.tried`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.contracts import Call, Event, Finding, Turn
from callqa.errors import CallQAError, StageError
from callqa.upkeep.tried import FOLDER, KEPT_SECONDS, LOCKS, Held, alone, sweep
from qa_console.hearing import PAUSE

KEPT = 20
"""Results of one person; the oldest go first."""
CLEARING_SECONDS = 5.0
ENDED = ("done", "failed")
STAGES = ("prepare", "transcribe", "parse", "judge")
RECORDS: Mapping[str, Any] = {"calls": Call, "turns": Turn, "events": Event, "findings": Finding}
NAME = re.compile(r"[0-9a-f]{32}")
_servers: dict[tuple[str, int], Path] = {}
_guard = threading.Lock()


class OccupiedError(CallQAError):
    """This person is trying a recording already."""


@dataclass(frozen=True)
class Job:
    """A recording that is tried."""

    folder: Path
    person: str
    shown: str
    """What the file was called, for people; no path."""
    begun: float
    """Seconds since 1970."""

    @property
    def name(self) -> str:
        """Random: whoever has it still has to be the person."""
        return self.folder.name

    @property
    def recording(self) -> Path:
        """Where its bytes are."""
        return self.folder / "recording"

    def stage(self) -> str:
        """`waiting`, one of STAGES, `done` or `failed`."""
        if (self.folder / "answer.json").is_file():
            return "failed" if "error" in self.answer() else "done"
        if not (self.folder / "started").exists():
            return "waiting"
        runs = self.folder / "lake" / "runs"
        return next((stage for stage in STAGES if not any(runs.glob(f"*/{stage}/*.json"))), STAGES[-1])

    def answer(self) -> dict[str, Any]:
        """How it ended: `seconds`, or `error` and `remedy`."""
        told: dict[str, Any] = json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))
        return told

    def rows(self) -> dict[str, list[Any]]:
        """The rows of `calls` (one), `turns`, `events` and `findings`."""
        from callqa import storage

        return {name: storage.read_rows(self.folder / "result" / f"{name}.parquet", RECORDS[name]) for name in RECORDS}


def begin(lake: str, person: str, shown: str) -> tuple[Job, Held]:
    """A new job without its recording, and the lock by which a person has one at a time.

    Raises:
        OccupiedError: this person has one that is not done.
        StageError: the lake cannot be written.
    """
    try:
        Path(lake).mkdir(parents=True, exist_ok=True)
        _root(lake).mkdir(mode=0o700, exist_ok=True)
        sweep(lake)
        own = Held(_root(lake) / LOCKS / hashlib.sha256(person.encode()).hexdigest())
        if not _taken_soon(own, lake, person):
            own.release()
            raise OccupiedError("your last recording is still being heard", remedy="wait until it is done")
        try:
            return _made(lake, person, shown), own
        except OSError:
            own.release()
            raise
    except OSError as error:
        why = f"{_root(lake)} cannot be written: {error.strerror}"
        raise StageError(why, remedy="free space in the lake") from error


def _taken_soon(own: Held, lake: str, person: str) -> bool:
    """Whether the person may have another one: that the last one is done is seen before it has been cleared away."""
    until = time.monotonic() + CLEARING_SECONDS
    while not own.taken():
        if time.monotonic() > until or any(job.stage() not in ENDED for job in jobs(lake, person)):
            return False
        time.sleep(PAUSE)
    return True


def _made(lake: str, person: str, shown: str) -> Job:
    for old in jobs(lake, person)[KEPT - 1 :]:
        shutil.rmtree(old.folder, ignore_errors=True)
    job = Job(_server(lake) / secrets.token_hex(16), person, shown, time.time())
    job.folder.mkdir(mode=0o700)
    about = {"person": person, "shown": shown, "begun": job.begun}
    (job.folder / "job.json").write_text(json.dumps(about), encoding="utf-8")
    return job


def discard(job: Job, own: Held) -> None:
    """Remove a job that was not started."""
    shutil.rmtree(job.folder, ignore_errors=True)
    own.release()


def find(lake: str, name: str) -> Job | None:
    """The job of this name, whoever's it is."""
    if not NAME.fullmatch(name):
        return None
    return next((job for path in _root(lake).glob(f"*/{name}") if (job := _read(path)) is not None), None)


def jobs(lake: str, person: str) -> list[Job]:
    """A person's jobs, newest first."""
    found = [_read(path) for path in _root(lake).glob("*/*") if NAME.fullmatch(path.name)]
    return sorted((job for job in found if job and job.person == person), key=lambda job: -job.begun)


def _read(folder: Path) -> Job | None:
    try:
        about = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        job = Job(folder, about["person"], about["shown"], about["begun"])
    except (OSError, ValueError, KeyError):  # being made, or being removed
        return None
    return job if time.time() - job.begun < KEPT_SECONDS else None


def remove(job: Job) -> None:
    """Remove a job now; one that is being heard is stopped first, by whoever attends it."""
    if (job.folder / "answer.json").exists():
        shutil.rmtree(job.folder, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            (job.folder / "stop").touch()


def _root(lake: str) -> Path:
    return Path(lake) / FOLDER


def _server(lake: str) -> Path:
    """This process's folder; its lock is held from now on, and old jobs go even if nobody looks."""
    with _guard, alone(lake):
        key = (lake, os.getpid())
        if key not in _servers:
            folder = _root(lake) / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            if not Held(folder / "alive").taken():
                raise StageError(f"{folder} is not this server's", remedy="try again")
            _servers[key] = folder
            threading.Thread(target=_sweeping, args=(lake,), name="hearing", daemon=True).start()
        return _servers[key]


def _sweeping(lake: str) -> None:
    while Path(lake).is_dir():
        time.sleep(60)
        with contextlib.suppress(OSError, StageError):
            sweep(lake)
