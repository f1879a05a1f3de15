"""The clips of a shard by recording, and what is cached of each recording.

The unit of caching is the recording: its clips are read, recognised and stored together, under a name made of all
that the result depends on, and of nothing else (not of the call's id: a recording that arrives twice is one).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from callqa import storage
from callqa.contracts import Clip, ClipAudio, Segment, Word
from callqa.errors import StageError
from callqa.settings import EngineSettings
from callqa.transcribe import choice
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples

VERSION = 2
"""Of this stage: raised when the same clip and model would give something else than before."""
INT16_SCALE = 32768.0


@dataclass(frozen=True, kw_only=True)
class Heard(Recognition):
    """A recognition as it is cached: with the number of its clip."""

    clip: int


@dataclass(frozen=True)
class RecordingClips:
    """All clips of one recording."""

    sha256: str
    audio_version: str
    language: str
    clips: list[Clip] = field(repr=False)

    @property
    def identity(self) -> list[Any]:
        """All that what is heard depends on, apart from the engine."""
        bounds = [[clip.clip, clip.channel, clip.start, clip.end] for clip in self.clips]
        return [self.sha256, self.audio_version, self.language, bounds]

    @property
    def seconds(self) -> float:
        """Of audio in the clips."""
        return sum(clip.end - clip.start for clip in self.clips)


def by_recording(clips: Sequence[Clip], settings: EngineSettings) -> list[RecordingClips]:
    """The clips grouped by call, in their order; the language is the call's hint, else the settings'."""
    calls: dict[str, list[Clip]] = {}
    for clip in clips:
        calls.setdefault(clip.call_id, []).append(clip)
    return [
        RecordingClips(group[0].sha256, group[0].audio_version, _language(group[0], settings), group)
        for group in calls.values()
    ]


def _language(clip: Clip, settings: EngineSettings) -> str:
    return settings.language if clip.language_hint == "auto" else clip.language_hint


def chunks(recordings: Sequence[RecordingClips], seconds: float) -> Iterator[list[RecordingClips]]:
    """Recordings in pieces of at least so many seconds (the last may be shorter), and of at least one recording."""
    chunk: list[RecordingClips] = []
    for recording in recordings:
        chunk.append(recording)
        if sum(item.seconds for item in chunk) >= seconds:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def read_samples(recording: RecordingClips) -> list[Samples]:
    """The samples of the recording's clips, in their order.

    Raises:
        StageError: a file is gone, or has not got a clip.
    """
    files = {path: _read_file(path) for path in dict.fromkeys(clip.audio for clip in recording.clips)}
    return [_samples(clip, files[clip.audio]) for clip in recording.clips]


def _read_file(path: str) -> dict[int, bytes]:
    return {row.clip: row.pcm for row in storage.read_rows(path, ClipAudio)}


def _samples(clip: Clip, pcm: dict[int, bytes]) -> Samples:
    if clip.clip not in pcm:
        raise StageError(
            f"{clip.audio} has no clip {clip.clip} of call {clip.call_id}",
            remedy="remove the file and run prepare again",
        )
    return np.frombuffer(pcm[clip.clip], dtype="<i2").astype(np.float32) / np.float32(INT16_SCALE)


class HeardCache:
    """What was heard in recordings, by content."""

    def __init__(self, lake: str, settings: EngineSettings, model: ModelIdentity) -> None:
        self._cache = storage.Cache(lake, "transcribe")
        self._settings = settings
        self._model = model
        self._kinds = choice.kinds(settings)

    def key(self, recording: RecordingClips, kind: choice.Kind) -> str:
        """The name of a recording's result."""
        own: list[Any] = [VERSION, kind.engine, kind.precision, *kind.versions(), self._model.digest]
        return self._cache.key(*own, self._settings.use_itn, *recording.identity)

    def get(self, recording: RecordingClips) -> list[Heard] | None:
        """What was heard in each clip, in the clips' order; None where that is not known."""
        for kind in self._kinds:
            rows = self._cache.rows(self.key(recording, kind), Heard)
            if rows is not None and [row.clip for row in rows] == [clip.clip for clip in recording.clips]:
                return rows
        return None

    def has(self, recording: RecordingClips) -> bool:
        """Whether there is an entry; it is not opened, and its time of use stays as it is."""
        return any(self._cache.path(self.key(recording, kind)).exists() for kind in self._kinds)

    def put(self, recording: RecordingClips, precision: str, results: Sequence[Recognition]) -> list[Heard]:
        """Store what was heard in each clip of a recording, by the engine of the settings in this precision."""
        rows = [_heard(clip, result) for clip, result in zip(recording.clips, results, strict=True)]
        kind = choice.Kind(self._kinds[0].engine, precision)
        self._cache.put_rows(self.key(recording, kind), Heard, rows)
        return rows


def _heard(clip: Clip, result: Recognition) -> Heard:
    return Heard(clip=clip.clip, **{f.name: getattr(result, f.name) for f in fields(Recognition)})


def segments(recording: RecordingClips, heard: Sequence[Heard], model: ModelIdentity) -> list[Segment]:
    """What was heard, at its place in the recording and under the call's id."""
    return [_segment(clip, row, model) for clip, row in zip(recording.clips, heard, strict=True)]


def _segment(clip: Clip, heard: Heard, model: ModelIdentity) -> Segment:
    return Segment(
        call_id=clip.call_id,
        channel=clip.channel,
        clip=clip.clip,
        start=clip.start,
        end=clip.end,
        kind=clip.kind,
        loudness=clip.loudness,
        speaker=clip.speaker,
        text_raw=heard.text_raw,
        confidence=heard.confidence,
        language_probs=heard.language_probs,
        emotion_probs=heard.emotion_probs,
        event_probs=heard.event_probs,
        words=[_placed(word, clip) for word in heard.words],
        asr_model=model.name,
        asr_digest=model.digest,
    )


def _placed(word: Word, clip: Clip) -> Word:
    """A word of a clip at its place in the recording; the last frame of a clip may reach past its end."""
    start = min(clip.start + word.start, clip.end)
    return replace(word, start=round(start, 3), end=round(min(clip.start + word.end, clip.end), 3))
