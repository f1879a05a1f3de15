"""The stage: a shard's clips → segments, each recording heard once and for all.

Nothing of torch or funasr is imported, and no model loaded, while every recording of the shard is in the cache.

A recording at which the engine fails twice is rejected as `not_transcribed`, and the others go on; where the engine
fails at more than a few, the shard fails (see `hearing`). What was heard before is cached, so that a retry of the shard
begins where it stopped.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Clip, Prepared, Segment
from callqa.errors import StageError
from callqa.settings import EngineSettings
from callqa.transcribe import choice
from callqa.transcribe.engine import ModelIdentity, Transcriber
from callqa.transcribe.hearing import Failed, Hearing
from callqa.transcribe.models import model_store
from callqa.transcribe.recordings import VERSION, HeardCache, RecordingClips, by_recording, chunks, segments

logger = logging.getLogger(__name__)

OpenEngine = Callable[[EngineSettings, ModelIdentity], Transcriber]

NO_DEVICE = "cache"
"""What a result calls the device and the precision where no model was needed."""
REJECTED = "not_transcribed"


def run(prepared: dict[str, Any], *, run_dir: str, lake: str, settings: EngineSettings) -> dict[str, Any]:
    """Transcribe a prepared shard.

    Args:
        prepared: result of prepare.
        run_dir: folder of the run.
        lake: folder of the caches.
        settings: which model, and on what.

    Returns:
        `prepared` with `segments` (path of Segment rows, in the clips' order), `transcription` (counts of clips, of
        those transcribed now and of those cached, of recordings rejected; seconds of audio, and of what of it was
        transcribed now; engine, device and precision, model's name and digest) and, where a recording is rejected,
        `recordings` (rewritten).

    Raises:
        ModelError: the model is not whole, or the device is not there.
        SettingsError: engine, precision and device do not go together.
        StageError: a file of prepare is missing, or the engine fails at more than a few recordings.
    """
    return transcribe_shard(prepared, run_dir=run_dir, lake=lake, settings=settings, open_engine=open_engine)


def open_engine(settings: EngineSettings, model: ModelIdentity) -> Transcriber:
    """The engine that the settings name, loaded."""
    if choice.engine_of(settings) == choice.ONNX:
        from callqa.transcribe.onnx.onnx_engine import open_onnx

        return open_onnx(settings, model, choice.onnx_precision(settings))
    from callqa.transcribe.pytorch.funasr_engine import open_funasr

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
        self.recordings_path = folder / f"{self.name}.recordings.parquet"
        self.engine = choice.engine_of(settings)
        self.heard_by = {"device": NO_DEVICE, "precision": NO_DEVICE}

    def inputs(self) -> dict[str, Any]:
        """What the result depends on: not threads and batches, which change the speed only."""
        asked = self.settings.model_dump(include={"name", "precision", "language", "use_itn", "device"})
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
        failed: dict[str, Failed] = {}
        if fresh:
            with _opened(open_engine, self.settings, self.model) as engine:
                failed = {_name(item.recording): item for item in self._listen(fresh, len(recordings), engine)}
        whole = [recording for recording in recordings if _name(recording) not in failed]
        rows = {(row.call_id, row.clip): row for recording in whole for row in self._segments(recording)}
        kept = [rows[clip.call_id, clip.clip] for clip in clips if (clip.call_id, clip.clip) in rows]
        storage.write_rows(self.segments_path, Segment, kept)
        return {
            **self.prepared,
            **self._rejected(failed, recordings),
            "segments": str(self.segments_path),
            "transcription": self._counts(recordings, [item for item in fresh if _name(item) not in failed], failed),
        }

    def _listen(self, recordings: Sequence[RecordingClips], total: int, engine: Transcriber) -> list[Failed]:
        """Hear recordings; gives those that the engine failed at."""
        self.heard_by = {"device": engine.device, "precision": engine.precision}
        hearing = Hearing(engine, self.cache, total)
        clips, done = _clips(recordings), 0
        for chunk in chunks(recordings, engine.appetite):
            started = time.monotonic()
            hearing.hear(chunk)
            done += _clips(chunk)
            seconds, took = sum(item.seconds for item in chunk), time.monotonic() - started
            logger.info("%s: %d of %d clips (%.0f s of audio in %.1f s)", self.name, done, clips, seconds, took)
        return hearing.failed

    def _rejected(self, failed: Mapping[str, Failed], recordings: Sequence[RecordingClips]) -> dict[str, str]:
        """The recordings that failed as rejected ones, under every call that they came as."""
        if not failed:
            return {}
        details = {item.clips[0].call_id: failed[name].detail for item in recordings if (name := _name(item)) in failed}
        rows = [
            replace(row, reject_reason=REJECTED, reject_detail=details[row.call_id]) if row.call_id in details else row
            for row in storage.read_rows(self.prepared["recordings"], Prepared)
        ]
        return {"recordings": storage.write_rows(self.recordings_path, Prepared, rows)}

    def _segments(self, recording: RecordingClips) -> list[Segment]:
        heard = self.cache.get(recording)
        if heard is None:
            raise StageError(
                f"what was heard in call {recording.clips[0].call_id} has gone from the cache",
                remedy="run the shard again, and do not clean the cache while a day is running",
            )
        return segments(recording, heard, self.model)

    def _counts(
        self, recordings: Sequence[RecordingClips], heard: Sequence[RecordingClips], failed: Mapping[str, Failed]
    ) -> dict[str, Any]:
        rejected = [recording for recording in recordings if _name(recording) in failed]
        clips, transcribed, lost = (_clips(group) for group in (recordings, heard, rejected))
        return {
            "clips": clips,
            "transcribed": transcribed,
            "cached": clips - transcribed - lost,
            "rejected": len(rejected),
            "seconds": round(sum(recording.seconds for recording in recordings), 3),
            "heard_seconds": round(sum(recording.seconds for recording in heard), 3),
            "engine": self.engine,
            **self.heard_by,
            "model": self.model.name,
            "digest": self.model.digest,
        }


@contextlib.contextmanager
def _opened(open_engine: OpenEngine, settings: EngineSettings, model: ModelIdentity) -> Iterator[Transcriber]:
    """An engine whose processes, where it has any, end with the block."""
    engine = open_engine(settings, model)
    try:
        yield engine
    finally:
        engine.close()


def _clips(recordings: Sequence[RecordingClips]) -> int:
    return sum(len(recording.clips) for recording in recordings)


def _name(recording: RecordingClips) -> str:
    return storage.digest_of(recording.identity)


def _distinct(recordings: Sequence[RecordingClips]) -> list[RecordingClips]:
    """One of each recording that came more than once."""
    return list({_name(item): item for item in recordings}.values())


def _existing(path: str) -> str:
    if not Path(path).is_file():
        raise StageError(f"{path} is missing", remedy="run prepare of this shard again")
    return path
