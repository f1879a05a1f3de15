"""A recording copied with silence where personal data is said, which is in no file that ever has a name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
import soundfile

from callqa import storage
from callqa.errors import SourceError, UsageError
from callqa.listen.silence import Span, everywhere, gain, merged, steps
from callqa.prepare.intake.decode import Audio, decode
from callqa.prepare.intake.opening import local_path, opened
from callqa.prepare.intake.rejection import Rejection
from callqa.settings import SourceSettings

BLOCK = 1 << 16
"""Frames that are in memory at once."""
FORMATS: Mapping[str, tuple[str, str]] = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".opus": ("OGG", "OPUS"),
    ".ogg": ("OGG", "OPUS"),
}
"""libsndfile's format and subtype by the file's ending."""
OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
FLAC_CHANNELS = 8


@dataclass(frozen=True)
class Copy:
    """What was written."""

    path: str
    seconds: float
    channels: int
    silent: dict[int, list[Span]]
    """Seconds that are silent, by channel."""


def copy(
    uri: str,
    spans: Mapping[int, Sequence[Span]],
    out: str | Path,
    *,
    sha256: str | None = None,
    source: SourceSettings | None = None,
) -> Copy:
    """Write the recording at `uri` to `out`, every channel, silent in `spans` (seconds, by channel).

    A span is silent also on the channels in which what is said there can be heard. The format is that of `out`'s
    ending: .wav, .flac, .opus or .ogg. Memory is bounded whatever the recording's length.

    Raises:
        SourceError: the recording is not there, is another one than `sha256` names, or cannot be decoded.
        UsageError: `out` has another ending, its format cannot hold such a recording, or it is a recording's place.
        StageError: the disk is full.
    """
    chosen = source or SourceSettings()
    target = Path(out)
    if target.suffix.lower() not in FORMATS:
        raise UsageError(f"{out}: {target.suffix!r} is no format of a copy", remedy=f"end it in {', '.join(FORMATS)}")
    _check_apart(uri, target, chosen.root)
    with _opened(uri, chosen) as file:
        if sha256 is not None:
            _check(file, uri, sha256)
        audio = _decoded(file, uri, chosen)
    _check_fits(audio, target)
    wanted = [list(spans.get(channel, [])) for channel in range(len(audio.channels))]
    strange = sorted(set(spans) - set(range(len(audio.channels))))
    if strange:
        raise SourceError(
            f"{uri} has {len(audio.channels)} channel(s), but something is to be silent on channel {strange[0]}",
            remedy="run the day again: the recording has changed since it was published",
        )
    silent = everywhere(wanted, audio.channels, audio.rate)
    _write(audio, silent, target)
    return Copy(str(target), audio.duration, len(audio.channels), dict(enumerate(map(merged, silent))))


def _write(audio: Audio, silent: Sequence[Sequence[Span]], target: Path) -> None:
    with storage.atomic(target) as temporary:
        try:
            _encode(audio, silent, temporary, *FORMATS[target.suffix.lower()])
        except (AssertionError, soundfile.LibsndfileError):  # all that libsndfile says of a disk that takes no more
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from None


def _encode(audio: Audio, silent: Sequence[Sequence[Span]], path: Path, container: str, subtype: str) -> None:
    with soundfile.SoundFile(
        path, "w", samplerate=audio.rate, channels=len(audio.channels), format=container, subtype=subtype
    ) as sound:
        for start, end in steps(len(audio.channels[0]), BLOCK):
            columns = [
                np.rint(channel[start:end] * gain(start, end - start, spans, audio.rate)).astype(np.int16)
                for channel, spans in zip(audio.channels, silent, strict=True)
            ]
            sound.write(np.stack(columns, axis=1))


def _check_apart(uri: str, target: Path, root: str) -> None:
    """A copy in a day's folder is the next run's one recording more, and may replace the original."""
    place = target.resolve()
    if place == Path(local_path(uri)).resolve() or place.parent.parent == Path(root).resolve():
        raise UsageError(f"{target} is a place of recordings", remedy="write the copy to another folder")


def _check_fits(audio: Audio, target: Path) -> None:
    ending, count = target.suffix.lower(), len(audio.channels)
    if FORMATS[ending][1] == "OPUS" and audio.rate not in OPUS_RATES:
        raise UsageError(f"{target}: Opus has no {audio.rate} Hz", remedy="write a .flac file")
    if ending == ".flac" and count > FLAC_CHANNELS:
        raise UsageError(f"{target}: FLAC holds {FLAC_CHANNELS} channels, not {count}", remedy="write a .wav file")


def _decoded(file: FileIO, uri: str, source: SourceSettings) -> Audio:
    raw = source.raw.get(Path(uri).suffix.removeprefix(".").lower())
    try:
        return decode(file, source.max_call_seconds, None, raw)
    except Rejection as rejection:
        raise SourceError(
            f"{uri} cannot be decoded ({rejection.reason}): {rejection.detail}", remedy="fetch the recording again"
        ) from rejection


def _check(file: FileIO, uri: str, sha256: str) -> None:
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    if found != sha256:
        raise SourceError(
            f"{uri} is not the recording that was published: its SHA-256 is {found}, not {sha256}",
            remedy="run its day again; what is known of the old one does not say where the new one must be silent",
        )


@contextlib.contextmanager
def _opened(uri: str, source: SourceSettings) -> Iterator[FileIO]:
    """The recording as a local file: itself, or a nameless copy of what another storage holds."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(opened(uri, None, source.storage))
        except OSError as error:
            raise SourceError(
                f"the recording {uri} is not there any more: {error.strerror or error}",
                remedy="bring it back to where it was, or look for it in the recorder's archive",
            ) from error
        yield file
