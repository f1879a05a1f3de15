"""One recording of a shard: opened, identified, heard once, remembered."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import fsspec

from callqa import storage
from callqa.arrow import widen
from callqa.contracts import Clip, ClipAudio, Event, Prepared, Recording
from callqa.errors import StageError
from callqa.prepare.decode import decode
from callqa.prepare.hear import Listened, listen
from callqa.prepare.rejection import Rejection
from callqa.prepare.tones import DETECTOR, VERSION
from callqa.prepare.voice import version as voice_version
from callqa.settings import PrepareSettings, SourceSettings

STAGE_VERSION = "1"
"""Changes whenever the same bytes would give other clips."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A recording's rows, and whether they came from the cache."""

    prepared: Prepared
    clips: list[Clip]
    events: list[Event]
    cached: bool


class Ear:
    """Prepares recordings under one set of settings, and never the same bytes twice."""

    def __init__(self, lake: str, source: SourceSettings, settings: PrepareSettings) -> None:
        self.source, self.settings = source, settings
        parameters = [settings.model_dump(), source.max_call_seconds, voice_version(), VERSION]
        self.audio_version = f"{STAGE_VERSION}-{storage.digest_of(parameters)[:12]}"
        self.entries = storage.Cache(lake, "prepare", "json")
        self.audio = storage.Cache(lake, "prepare", "parquet")

    def prepare(self, recording: Recording) -> Outcome:
        """The rows of one recording; whatever is wrong with it is in them, as its reject_reason.

        Raises:
            StageError: the lake cannot be written.
        """
        if recording.reject_reason:
            return self._rejected(recording, None)
        sha256: str | None = None
        try:
            with _opened(recording.uri) as file:
                sha256 = _identity(file)
                return self._rows(recording, sha256, *self._remembered(sha256, file))
        except Rejection as rejection:
            return self._rejected(recording, rejection, sha256)
        except StageError:
            raise
        except OSError as error:
            return self._rejected(recording, Rejection("unreadable", f"{error}; check the storage, run again"), sha256)
        except Exception as error:  # a recording that breaks a decoder must not take its shard along
            log.exception("%s: unexpected error", recording.uri)
            detail = f"{type(error).__name__}: {error}; this is a fault of callqa or a decoder: report it with the file"
            return self._rejected(recording, Rejection("unreadable", detail), sha256)

    def _rejected(self, recording: Recording, rejection: Rejection | None, sha256: str | None = None) -> Outcome:
        more = {"reject_reason": rejection.reason, "reject_detail": rejection.detail} if rejection else {}
        prepared = widen(Prepared, recording, sha256=sha256, audio_version=self.audio_version, **more)
        return Outcome(prepared=prepared, clips=[], events=[], cached=False)

    def _remembered(self, sha256: str, file: FileIO) -> tuple[dict[str, Any], str, bool]:
        """The entry of these bytes, the path of its samples, and whether it was there."""
        key = self.entries.key(sha256, self.audio_version)
        path = self.audio.path(key)
        entry = _read_entry(self.entries.path(key))
        if entry is not None and (path.exists() or "reject_reason" in entry["facts"]):
            return entry, str(path), True
        try:
            listened = listen(decode(file, self.source.max_call_seconds), self.settings)
        except Rejection as rejection:
            entry = {"facts": {"reject_reason": rejection.reason, "reject_detail": rejection.detail}}
        else:
            rows = [ClipAudio(clip=i, pcm=piece.pcm) for i, piece in enumerate(listened.pieces)]
            self.audio.put_rows(key, ClipAudio, rows)
            entry = _entry(listened)
        storage.write_json(self.entries.path(key), entry)
        return entry, str(path), False

    def _rows(self, recording: Recording, sha256: str, entry: dict[str, Any], audio: str, cached: bool) -> Outcome:
        known = {"sha256": sha256, "audio_version": self.audio_version}
        prepared = widen(Prepared, recording, **entry["facts"], **known)
        if prepared.channels == 2 and not prepared.channel_roles:
            prepared = dataclasses.replace(prepared, channel_roles=dict(self.source.channel_roles))
        call: dict[str, Any] = {
            "call_id": recording.call_id,
            "language_hint": recording.language_hint,
            "audio": audio,
            **known,
        }
        clips = [Clip(clip=i, **fields, **call) for i, fields in enumerate(entry.get("clips", []))]
        events = [_event(recording, tone) for tone in entry.get("tones", [])]
        return Outcome(prepared=prepared, clips=clips, events=events, cached=cached)


def _entry(listened: Listened) -> dict[str, Any]:
    clips = [dataclasses.asdict(piece.slice) | {"loudness": piece.loudness} for piece in listened.pieces]
    tones = [
        {"channel": channel, "start": tone.start, "end": tone.end, "class_": tone.kind, "score": tone.score}
        for channel, tone in listened.tones
    ]
    return {"facts": listened.facts, "clips": clips, "tones": tones}


def _read_entry(path: Path) -> dict[str, Any] | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and "facts" in entry else None


def _event(recording: Recording, tone: dict[str, Any]) -> Event:
    return Event(call_date=recording.call_date, call_id=recording.call_id, detector=DETECTOR, version=VERSION, **tone)


@contextlib.contextmanager
def _opened(uri: str) -> Iterator[FileIO]:
    """The recording as a local file: itself, or a copy of what another storage holds."""
    if uri.startswith("file://"):
        uri = os.fsdecode(unquote_to_bytes(uri.removeprefix("file://")))
    if "://" not in uri:
        with Path(uri).open("rb", buffering=0) as file:
            yield file
        return
    filesystem, path = fsspec.core.url_to_fs(uri)
    with tempfile.TemporaryFile(buffering=0) as copy, filesystem.open(path, "rb") as remote:
        while block := remote.read(1 << 20):
            copy.write(block)
        yield copy


def _identity(file: FileIO) -> str:
    """SHA-256 of a file that has bytes.

    Raises:
        Rejection: `empty_file`.
    """
    if not file.seek(0, os.SEEK_END):
        raise Rejection("empty_file", "the file has 0 bytes; fetch the recording again from the recorder")
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
