"""One recording of a shard: opened, identified, heard once, remembered. Runs in a process of its own (`worker`)."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.arrow import widen
from callqa.contracts import ChannelQuality, Clip, Event, Prepared, Recording
from callqa.errors import StageError, UnreachableError
from callqa.prepare import clip_audio, versions
from callqa.prepare.hear import Listened, listen
from callqa.prepare.intake.decode import decode
from callqa.prepare.intake.opening import opened
from callqa.prepare.intake.rejection import Rejection
from callqa.prepare.sounds import installed, music, tones
from callqa.prepare.workers.worker import Claim
from callqa.settings import PrepareSettings, RawFormat, SourceSettings

SECONDS_A_SECOND = 0.5
"""Seconds more for every second of a channel that was decoded: three times what denoising all of it took under load."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A recording's rows, and whether they came from the cache."""

    prepared: Prepared
    clips: list[Clip]
    events: list[Event]
    cached: bool
    fault: str | None = None
    """The traceback of an unexpected error, for the log."""
    detector_faults: tuple[str, ...] = ()
    """Rule packs' detectors that failed, and how, for the log; `prepared.event_classes` has what follows."""


def work(task: tuple[Ear, Recording], claim: Claim) -> Outcome:
    """What a process does with a task."""
    ear, recording = task
    return ear.prepare(recording, claim)


class Ear:
    """Prepares recordings under one set of settings, and never the same bytes twice."""

    def __init__(self, lake: str, source: SourceSettings, settings: PrepareSettings) -> None:
        self.source, self.settings = source, settings
        self.entries = storage.Cache(lake, "prepare", "json")
        self.audio = storage.Cache(lake, "prepare", "parquet")
        self.detectors = installed.identities()
        self.versions = versions.audio_versions(source, settings, self.detectors)
        # Beside the cache, so that a lake on a large disk is enough; whoever sets TMPDIR has a better one.
        self.scratch = None if os.environ.get("TMPDIR") else str(self.audio.folder)

    def prepare(self, recording: Recording, claim: Claim) -> Outcome:
        """The rows of one recording; whatever is wrong with it is in them, as its reject_reason.

        Args:
            recording: a row of the manifest.
            claim: waits until nobody else works at the same bytes.

        Raises:
            StageError: the lake or the temporary folder cannot be written.
            UnreachableError: the storage of the recording does not answer.
            MemoryError: it takes more than the process may have.
        """
        sha256: str | None = None
        try:
            with opened(recording.uri, self.scratch, self.source.storage) as file:
                sha256 = _identity(file)
                claim(sha256)
                ask_for = functools.partial(claim, sha256)
                return self._rows(recording, sha256, *self._remembered(recording, sha256, file, ask_for))
        except Rejection as rejection:
            return self.rejected(recording, rejection, sha256)
        except (StageError, UnreachableError, MemoryError):
            raise
        except OSError as error:
            return self.rejected(recording, Rejection("unreadable", f"{error}; check the storage, run again"), sha256)
        except Exception as error:  # a recording that breaks a decoder must not take its shard along
            if _is_shortage(error):
                raise MemoryError(str(error)) from error
            detail = f"{type(error).__name__}: {error}; this is a fault of callqa or a decoder: report it with the file"
            outcome = self.rejected(recording, Rejection("unreadable", detail), sha256)
            return dataclasses.replace(outcome, fault=traceback.format_exc())

    def rejected(self, recording: Recording, rejection: Rejection | None, sha256: str | None = None) -> Outcome:
        """The row of a recording that cannot be used; without a rejection it has its reason already."""
        more = {"reject_reason": rejection.reason, "reject_detail": rejection.detail} if rejection else {}
        version = self.versions[self._extension(recording)]
        prepared = widen(Prepared, recording, sha256=sha256, audio_version=version, **more)
        return Outcome(prepared=prepared, clips=[], events=[], cached=False)

    def tidy(self, recording: Recording, sha256: str) -> None:
        """Remove what a process left half-written when it was ended at these bytes."""
        storage.tidy(self.audio.path(self._key(recording, sha256)))

    def remembered(self, recording: Recording, sha256: str) -> Outcome | None:
        """The rows of a recording whose bytes are known, from the cache alone; None where it has to be heard.

        Nothing is opened but the cache's entry, whose time of use stays as it is.
        """
        key = self._key(recording, sha256)
        path, entry = self.audio.path(key), _read_entry(self.entries.path(key))
        if entry is None or not (path.exists() or "reject_reason" in entry["facts"]):
            return None
        return self._rows(recording, sha256, entry, str(path), True)

    def _extension(self, recording: Recording) -> str:
        """Of a file that is read without a header; empty for all others."""
        extension = Path(recording.file_name).suffix.lower().removeprefix(".")
        return extension if extension in self.source.raw else ""

    def _raw(self, recording: Recording) -> RawFormat | None:
        return self.source.raw.get(self._extension(recording))

    def _key(self, recording: Recording, sha256: str) -> str:
        return self.entries.key(sha256, self.versions[self._extension(recording)])

    def _remembered(
        self, recording: Recording, sha256: str, file: FileIO, ask_for: Callable[[float], None]
    ) -> tuple[dict[str, Any], str, bool]:
        """The entry of these bytes, the path of its samples, and whether it was there.

        A file that could be decoded is given seconds by its length: the limit is for files that cannot, and a long
        noisy one takes its time.
        """
        key = self._key(recording, sha256)
        path = self.audio.path(key)
        entry = _read_entry(self.entries.path(key))
        if entry is not None and (path.exists() or "reject_reason" in entry["facts"]):
            self.entries.used(key)
            self.audio.used(key)
            return entry, str(path), True
        storage.tidy(path)
        try:
            audio = decode(file, self.source.max_call_seconds, self.scratch, self._raw(recording))
            ask_for(
                SECONDS_A_SECOND * audio.duration * len(audio.channels) + installed.seconds_for(audio, self.detectors)
            )
            sounds = installed.sounds_of(audio, self.detectors)
            listened = listen(audio, self.settings, self.scratch)
        except Rejection as rejection:
            entry = {"facts": {"reject_reason": rejection.reason, "reject_detail": rejection.detail}}
        else:
            clip_audio.write(path, listened.audio())
            entry = _entry(listened, sounds)
        if not entry.get("detector_faults"):  # what failed is tried again in the next run
            storage.write_json(self.entries.path(key), entry)
        return entry, str(path), False

    def _rows(self, recording: Recording, sha256: str, entry: dict[str, Any], audio: str, cached: bool) -> Outcome:
        known = {"sha256": sha256, "audio_version": self.versions[self._extension(recording)]}
        facts = {
            **entry["facts"],
            "quality": [ChannelQuality(**values) for values in entry["facts"].get("quality", [])],
        }
        prepared = widen(Prepared, recording, **facts, **known)
        if prepared.channels == 2 and not prepared.channel_roles:
            prepared = dataclasses.replace(prepared, channel_roles=dict(self.source.channel_roles))
        call: dict[str, Any] = {
            "call_id": recording.call_id,
            "language_hint": recording.language_hint,
            "audio": audio,
            **known,
        }
        clips = [Clip(clip=i, **fields, **call) for i, fields in enumerate(entry.get("clips", []))]
        events = [_event(recording, event) for event in entry.get("events", [])]
        faults = tuple(entry.get("detector_faults", ()))
        return Outcome(prepared=prepared, clips=clips, events=events, cached=cached, detector_faults=faults)


def _entry(listened: Listened, sounds: installed.Sounds) -> dict[str, Any]:
    events = [_found(channel, event) for channel, event in listened.events]
    return {
        "facts": {**listened.facts, "event_classes": sounds.classes},
        "clips": listened.clips,
        "events": [*events, *sounds.events],
        "detector_faults": list(sounds.faults),
    }


def _found(channel: int, event: tones.Tone) -> dict[str, Any]:
    by = music if event.kind == "hold_music" else tones
    span = {"channel": channel, "start": event.start, "end": event.end}
    return {**span, "class_": event.kind, "score": event.score, "detector": by.DETECTOR, "version": by.VERSION}


def _read_entry(path: Path) -> dict[str, Any] | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and "facts" in entry else None


def _event(recording: Recording, event: dict[str, Any]) -> Event:
    return Event(call_date=recording.call_date, call_id=recording.call_id, **event)


def _is_shortage(error: Exception) -> bool:
    """Whether a library's own kind of error says that there was no memory."""
    text = str(error).lower()
    return any(words in text for words in ("bad_alloc", "bad allocation", "failed to allocate", "malloc"))


def _identity(file: FileIO) -> str:
    """SHA-256 of a file that has bytes.

    Raises:
        Rejection: `empty_file`.
    """
    if not file.seek(0, os.SEEK_END):
        raise Rejection("empty_file", "the file has 0 bytes; fetch the recording again from the recorder")
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
