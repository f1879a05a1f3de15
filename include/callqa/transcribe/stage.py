"""The stage: a shard's clips → segments, each recording heard once and for all.

Nothing of torch or funasr is imported, and no model loaded, while every recording of the shard is in the cache.

A clip at which the engine fails is tried once more, alone. If it fails again the shard fails, with the call and the
clip in the message: a transcript with a silent hole would pass for a quiet call, and the rules would judge it. What
was heard before is cached, so the retry of the shard begins at the clip that failed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Clip, Segment
from callqa.errors import CallQAError, StageError
from callqa.settings import EngineSettings
from callqa.transcribe import model_store
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples, Transcriber
from callqa.transcribe.recordings import (
    VERSION,
    Heard,
    HeardCache,
    RecordingClips,
    by_recording,
    chunks,
    read_samples,
    segments,
)

logger = logging.getLogger(__name__)

OpenEngine = Callable[[EngineSettings, ModelIdentity], Transcriber]

NO_DEVICE = "cache"
"""What a result calls the device where no model was needed."""


def run(prepared: dict[str, Any], *, run_dir: str, lake: str, settings: EngineSettings) -> dict[str, Any]:
    """Transcribe a prepared shard.

    Args:
        prepared: result of prepare.
        run_dir: folder of the run.
        lake: folder of the caches.
        settings: which model, and on what.

    Returns:
        `prepared` with `segments` (path of Segment rows, in the clips' order) and `transcription` (counts of clips,
        of those transcribed now and of those cached, seconds of audio, device, model's name and digest).

    Raises:
        ModelError: the model is not whole, or the device is not there.
        StageError: a file of prepare is missing, or a clip cannot be transcribed.
    """
    return transcribe_shard(prepared, run_dir=run_dir, lake=lake, settings=settings, open_engine=open_engine)


def open_engine(settings: EngineSettings, model: ModelIdentity) -> Transcriber:
    """The engine that the settings name, loaded."""
    from callqa.transcribe.funasr_engine import open_funasr

    return open_funasr(settings, model)


def transcribe_shard(
    prepared: dict[str, Any], *, run_dir: str, lake: str, settings: EngineSettings, open_engine: OpenEngine
) -> dict[str, Any]:
    """As `run`, with the engine that `open_engine` gives; it is called only where something is not cached."""
    model = model_store.identify(settings)
    shard = _Shard(prepared, Path(run_dir) / "transcribe", settings, model, HeardCache(lake, settings, model))
    return storage.once(shard.result_path, shard.inputs(), lambda: shard.transcribe(open_engine))


class _Shard:
    def __init__(
        self, prepared: dict[str, Any], folder: Path, settings: EngineSettings, model: ModelIdentity, cache: HeardCache
    ) -> None:
        self.prepared, self.settings, self.model, self.cache = prepared, settings, model, cache
        self.name: str = prepared["shard"]
        self.result_path = folder / f"{self.name}.json"
        self.segments_path = folder / f"{self.name}.parquet"
        self.device = NO_DEVICE

    def inputs(self) -> dict[str, Any]:
        """What the result depends on: not threads and batches, which change the speed only."""
        asked = self.settings.model_dump(include={"name", "language", "use_itn", "device"})
        clips = storage.file_digest(_existing(self.prepared["clips"]))
        return {
            "version": VERSION,
            "prepared": self.prepared,
            "clips": clips,
            "engine": asked,
            "model": [self.model.name, self.model.digest],
        }

    def transcribe(self, open_engine: OpenEngine) -> dict[str, Any]:
        clips = storage.read_rows(self.prepared["clips"], Clip)
        recordings = by_recording(clips, self.settings)
        fresh = [recording for recording in _distinct(recordings) if self.cache.get(recording) is None]
        if fresh:
            self._listen(fresh, open_engine(self.settings, self.model))
        rows = {(row.call_id, row.clip): row for recording in recordings for row in self._segments(recording)}
        storage.write_rows(self.segments_path, Segment, [rows[clip.call_id, clip.clip] for clip in clips])
        return {
            **self.prepared,
            "segments": str(self.segments_path),
            "transcription": self._counts(recordings, sum(len(recording.clips) for recording in fresh)),
        }

    def _listen(self, recordings: Sequence[RecordingClips], engine: Transcriber) -> None:
        self.device = engine.device
        total, done = sum(len(recording.clips) for recording in recordings), 0
        for chunk in chunks(recordings, engine.appetite):
            started = time.monotonic()
            recognise(engine, chunk, self.cache)
            done += sum(len(recording.clips) for recording in chunk)
            seconds, took = sum(item.seconds for item in chunk), time.monotonic() - started
            logger.info("%s: %d of %d clips (%.0f s of audio in %.1f s)", self.name, done, total, seconds, took)

    def _segments(self, recording: RecordingClips) -> list[Segment]:
        heard = self.cache.get(recording)
        if heard is None:
            raise StageError(
                f"what was heard in call {recording.clips[0].call_id} has gone from the cache",
                remedy="run the shard again, and do not clean the cache while a day is running",
            )
        return segments(recording, heard, self.model)

    def _counts(self, recordings: Sequence[RecordingClips], transcribed: int) -> dict[str, Any]:
        clips = sum(len(recording.clips) for recording in recordings)
        return {
            "clips": clips,
            "transcribed": transcribed,
            "cached": clips - transcribed,
            "seconds": round(sum(recording.seconds for recording in recordings), 3),
            "device": self.device,
            "model": self.model.name,
            "digest": self.model.digest,
        }


def recognise(engine: Transcriber, chunk: Sequence[RecordingClips], cache: HeardCache) -> list[list[Heard]]:
    """Hear the clips of some recordings together, and store what was heard, a recording at a time.

    Raises:
        StageError: the engine fails at a clip twice; the recordings before that clip's are stored.
    """
    samples = [read_samples(recording) for recording in chunk]
    together = _together(engine, chunk, samples)
    heard = []
    for recording, clips in zip(chunk, samples, strict=True):
        results = together.get(id(recording)) or _one_by_one(engine, recording, clips)
        heard.append(cache.put(recording, engine.precision, results))
    return heard


def _together(
    engine: Transcriber, chunk: Sequence[RecordingClips], samples: Sequence[Sequence[Samples]]
) -> dict[int, list[Recognition]]:
    """What was heard in each recording; nothing where the engine fails at one of them."""
    clips = [clip for recording in samples for clip in recording]
    hints = [recording.language for recording in chunk for _ in recording.clips]
    try:
        results = iter(engine.transcribe(clips, hints))
    except CallQAError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the engine raises: the clips are tried one by one
        logger.warning("%d clips together failed (%s: %s): one by one", len(clips), type(error).__name__, error)
        return {}
    return {id(recording): [next(results) for _ in recording.clips] for recording in chunk}


def _one_by_one(engine: Transcriber, recording: RecordingClips, samples: Sequence[Samples]) -> list[Recognition]:
    return [
        _alone(engine, clip, recording.language, audio) for clip, audio in zip(recording.clips, samples, strict=True)
    ]


def _alone(engine: Transcriber, clip: Clip, language: str, samples: Samples) -> Recognition:
    try:
        return engine.transcribe([samples], [language])[0]
    except CallQAError:
        raise
    except Exception as error:
        raise StageError(
            f"call {clip.call_id}, clip {clip.clip} (channel {clip.channel}, {clip.start:.2f} to {clip.end:.2f} s) "
            f"cannot be transcribed: {type(error).__name__}: {error}",
            remedy=f"its samples are in {clip.audio}; run the shard again, on the CPU if the GPU has no memory left",
        ) from error


def _distinct(recordings: Sequence[RecordingClips]) -> list[RecordingClips]:
    """One of each recording that came more than once."""
    return list({storage.digest_of(item.identity): item for item in recordings}.values())


def _existing(path: str) -> str:
    if not Path(path).is_file():
        raise StageError(f"{path} is missing", remedy="run prepare of this shard again")
    return path
