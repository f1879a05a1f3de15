"""Recordings heard by an engine that may fail at some of them.

A clip at which the engine fails is tried once more, alone. If it fails again its recording is given up, and the others
go on: a transcript with a silent hole would pass for a quiet call, and the rules would judge it. But a dying GPU must
not turn a day into rejected calls: after each failure the engine has to hear something else, and few recordings may
fail.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from callqa import logs
from callqa.contracts import SAMPLE_RATE, Clip
from callqa.errors import CallQAError, StageError
from callqa.transcribe.engine import Recognition, Samples, Transcriber
from callqa.transcribe.recordings import HeardCache, RecordingClips, read_samples

logger = logging.getLogger(__name__)

FAILED_SHARE = 0.05
"""Of a shard's recordings: more (and more than one) are the engine's fault, not theirs."""


@dataclass(frozen=True)
class Failed:
    """A recording that was given up."""

    recording: RecordingClips
    clip: Clip
    error: str

    @property
    def detail(self) -> str:
        """Which clip, why, and what to do."""
        return f"{self.what}; {self.remedy}"

    @property
    def what(self) -> str:
        """Which clip, where, and why."""
        clip = self.clip
        place = f"channel {clip.channel}, {clip.start:.2f} to {clip.end:.2f} s"
        return f"clip {clip.clip} ({place}) cannot be transcribed: {self.error}"

    @property
    def remedy(self) -> str:
        """What a person can do."""
        return f"its samples are in {self.clip.audio}; run the day again, on the CPU if the GPU has no memory left"


class _ClipError(Exception):
    def __init__(self, clip: Clip, error: Exception) -> None:
        super().__init__(clip, error)
        self.clip, self.error = clip, f"{type(error).__name__}: {error}"


class Hearing:
    """Hears the recordings of a shard and stores what was heard, a recording at a time.

    Args:
        engine: that hears.
        cache: where to.
        recordings: of the whole shard, by which the failures are measured.
    """

    def __init__(self, engine: Transcriber, cache: HeardCache, recordings: int) -> None:
        self.failed: list[Failed] = []
        self._engine, self._cache, self._recordings = engine, cache, recordings

    def hear(self, chunk: Sequence[RecordingClips]) -> None:
        """Hear some recordings together.

        Raises:
            StageError: the engine fails at too many recordings, or at everything; what it heard is stored.
        """
        samples = [read_samples(recording) for recording in chunk]
        together = self._together(chunk, samples)
        for index, (recording, clips) in enumerate(zip(chunk, samples, strict=True)):
            try:
                results = together[index] if together else self._one_by_one(recording, clips)
            except _ClipError as error:
                self._give_up(Failed(recording, error.clip, error.error))
            else:
                self._cache.put(recording, self._engine.precision, results)

    def _together(
        self, chunk: Sequence[RecordingClips], samples: Sequence[Sequence[Samples]]
    ) -> list[list[Recognition]]:
        """What was heard in each recording; nothing where the engine fails at one of them."""
        clips = [clip for recording in samples for clip in recording]
        hints = [recording.language for recording in chunk for _ in recording.clips]
        try:
            results = iter(self._engine.transcribe(clips, hints))
        except CallQAError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the engine raises: the clips are tried one by one
            logger.warning("%d clips together failed (%s: %s): one by one", len(clips), type(error).__name__, error)
            return []
        return [[next(results) for _ in recording.clips] for recording in chunk]

    def _one_by_one(self, recording: RecordingClips, samples: Sequence[Samples]) -> list[Recognition]:
        return [
            self._alone(clip, recording.language, audio) for clip, audio in zip(recording.clips, samples, strict=True)
        ]

    def _alone(self, clip: Clip, language: str, samples: Samples) -> Recognition:
        try:
            return self._engine.transcribe([samples], [language])[0]
        except CallQAError:
            raise
        except Exception as error:
            raise _ClipError(clip, error) from error

    def _give_up(self, failed: Failed) -> None:
        self.failed.append(failed)
        with logs.about(call=failed.clip.call_id):
            logger.warning("call %s is given up: %s", failed.clip.call_id, failed.what)
        broken = self._broken()
        if broken:
            raise StageError(f"call {failed.clip.call_id}, {failed.what}{broken}", remedy=failed.remedy)

    def _broken(self) -> str:
        """Why it is the engine and not the recording, as the end of a sentence; empty where it is not."""
        if len(self.failed) > max(1, FAILED_SHARE * self._recordings):
            return f"; with it {len(self.failed)} of the shard's {self._recordings} recordings failed"
        try:
            self._engine.transcribe([np.zeros(SAMPLE_RATE, np.float32)], ["auto"])
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine is broken
            return f"; the engine fails at a second of silence too ({type(error).__name__}: {error})"
        return ""
