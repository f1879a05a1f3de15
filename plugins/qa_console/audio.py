"""Copies of recordings for listening: made once, in a process of their own, and kept in `<lake>/cache/listen`.

Nobody is ever served a recording, only its copy by `callqa.listen`, in which personal data is silent. It is WAV: the
only format in which every browser seeks to the sample, without an index and by one range request; a telephone call in
stereo takes 1.9 MB a minute, which no office network notices. FLAC is half of that, but its files are made without an
index, so that browsers look for a place by trial; Opus is a twentieth, and lossy.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from callqa import listen, storage
from callqa.contracts import Call, Turn
from callqa.errors import CallQAError, SourceError, StageError
from callqa.prepare.workers.crew import Limits, Lost, run_all
from callqa.settings import Settings
from qa_console.audio_copy import Task

VERSION = 1
"""Of how copies and outlines are made: goes up when they come out otherwise."""
TARGET = "qa_console.audio_copy:make"
AT_ONCE = 2
"""Copies that a process of the API server makes at the same time …"""
WAITING = 20
"""… and that wait for their turn; beyond that people are asked to come back."""
SECONDS = 600.0
MEGABYTES = 1024
"""That making one copy may take."""
KEPT_BYTES = 5 * 1024**3
"""Of all copies; the least recently heard ones go first. Making one again takes a second or two."""


@dataclass(frozen=True)
class Copy:
    """A call's copy, whether it is there or not."""

    settings: Settings
    call: Call
    spans: dict[int, list[tuple[float, float]]]

    @classmethod
    def of(cls, settings: Settings, call: Call, turns: tuple[Turn, ...]) -> Copy:
        """Of a published call.

        Raises:
            StageError: nobody knows where personal data is said in it.
        """
        name = f"call {call.call_id} of {call.call_date}"
        if call.status == "rejected" or not call.sha256:
            raise StageError(f"{name} was rejected: nobody knows what is said in it", remedy="see why, and repair that")
        rows = [{**vars(turn), "redactions": [vars(one) for one in turn.redactions]} for turn in turns]
        return cls(settings, call, listen.spans(rows, name))

    @cached_property
    def key(self) -> str:
        """Names the copy by its content: the recording and what is silent. It begins with the recording's digest, by
        which erasure and retention find it."""
        source = self.settings.source.model_dump_json(include={"raw", "max_call_seconds"})
        return f"{self.call.sha256}-{storage.digest_of([VERSION, sorted(self.spans.items()), source])[:16]}"

    @property
    def sound(self) -> Path:
        """The copy."""
        return storage.Cache(self.settings.lake.root, "listen", "wav").path(self.key)

    @property
    def outline(self) -> Path:
        """Its peaks, see `peaks`."""
        return self.sound.with_suffix(".json")

    @property
    def there(self) -> bool:
        """Whether it was made."""
        return self.outline.is_file() and self.sound.is_file()

    def used(self) -> None:
        """Leave the time of use, by which upkeep and `_bounded` go."""
        for suffix in ("wav", "json"):
            storage.Cache(self.settings.lake.root, "listen", suffix).used(self.key)

    def task(self) -> Task:
        """What makes it.

        Raises:
            SettingsError: the connection that opens the source is not there.
        """
        from callqa_airflow import connections

        assert self.call.sha256
        source = connections.opened(self.settings).source
        return Task(self.call.uri, self.call.sha256, self.spans, source, str(self.sound), str(self.outline))

    def share(self) -> float:
        """How much of it is written, 0..1: by the size of the file that is not yet done."""
        if self.sound.is_file():
            return 0.99  # its outline is being made
        call = self.call
        expected = (call.duration or 0) * (call.sample_rate or 0) * (call.channels or 0) * 2
        written = 0
        for path in self.sound.parent.glob(f".{self.sound.name}.tmp-*"):
            with contextlib.suppress(FileNotFoundError):
                written = max(written, path.stat().st_size)
        return min(0.98, written / expected) if expected else 0.0


@dataclass(frozen=True)
class State:
    """How far a copy is."""

    state: Literal["ready", "working", "failed"]
    share: float = 0.0
    error: CallQAError | None = None


class Copies:
    """Makes copies, each once, however many ask for it; safe in threads."""

    def __init__(self, limits: Limits | None = None, kept_bytes: int = KEPT_BYTES) -> None:
        self._limits = limits or Limits(seconds=SECONDS, megabytes=MEGABYTES)
        self._kept = kept_bytes
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(AT_ONCE, "callqa-copies")
        self._jobs: dict[str, Future[None]] = {}

    def ask(self, copy: Copy, patience: float = 0.0) -> State:
        """How far it is; it is begun where nobody has, and waited for so many seconds. A failure is told once, and who
        asks again begins it again."""
        if copy.there:
            return State("ready", 1.0)
        try:
            job = self._job(copy)
            with contextlib.suppress(TimeoutError):
                job.result(patience)
                return State("ready", 1.0)
        except CallQAError as error:
            self._forget(copy)
            return State("failed", error=error)
        return State("working", copy.share())

    def _job(self, copy: Copy) -> Future[None]:
        name = str(copy.sound)
        with self._lock:
            if name not in self._jobs:
                if len(self._jobs) >= AT_ONCE + WAITING:
                    raise StageError("too many recordings are being made ready", remedy="try again in a minute")
                self._jobs[name] = self._threads.submit(self._make, copy)
                self._jobs[name].add_done_callback(lambda done: self._done(copy, done))
            return self._jobs[name]

    def _make(self, copy: Copy) -> None:
        storage.tidy(copy.sound)
        made: Any = run_all(TARGET, [copy.task()], 1, self._limits)[0]
        if isinstance(made, Lost):
            raise SourceError(
                f"{copy.call.uri} could not be made ready: {made.detail}",
                remedy="see that the machine has memory to spare, then try again",
            )
        _bounded(copy.sound.parents[1], self._kept, copy.key)

    def _done(self, copy: Copy, done: Future[None]) -> None:
        if done.cancelled() or done.exception() is None:
            self._forget(copy)

    def _forget(self, copy: Copy) -> None:
        with self._lock:
            self._jobs.pop(str(copy.sound), None)


def _bounded(folder: Path, most: int, newest: str) -> None:
    """Remove the copies that were not heard for longest, until the others take no more than `most` bytes."""
    found = sorted(_sizes(folder), key=lambda one: (one[2].stem == newest, one[0]), reverse=True)
    total = 0
    for _, size, path in found:
        total += size
        if total > most and path.stem != newest:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def _sizes(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.glob("*/*.wav"):
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            yield about.st_mtime, about.st_size, path


copies = Copies()
"""Of this process."""

__all__ = ["Copies", "Copy", "State", "copies"]
