"""What the process does that makes copies for listening: `audio` asks, `callqa.prepare.workers` bounds it."""

from __future__ import annotations

from dataclasses import dataclass

from callqa import listen
from callqa.listen.silence import Span
from callqa.prepare.workers.worker import Claim
from callqa.settings import SourceSettings
from qa_console import peaks


@dataclass(frozen=True)
class Task:
    """A recording, what must be silent in it, and where its copy and its outline go."""

    uri: str
    sha256: str
    spans: dict[int, list[Span]]
    source: SourceSettings
    sound: str
    outline: str


def make(task: Task, claim: Claim) -> float:
    """Write both files, the outline last: where it is, the copy is whole. Answers the copy's seconds.

    Raises:
        SourceError: the recording is gone, is another one, or cannot be decoded.
        StageError: the disk is full.
    """
    claim(task.sound)
    copied = listen.copy(task.uri, task.spans, task.sound, sha256=task.sha256, source=task.source)
    peaks.write(task.sound, task.outline)
    return copied.seconds
