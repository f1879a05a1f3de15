"""Recordings without a header, as the settings say they are to be read: `[source.raw.<extension>]`."""

from __future__ import annotations

import os
from io import FileIO

import soundfile

from callqa.prepare.intake.containers import AGAIN
from callqa.prepare.intake.decode import NO_AUDIO, Audio, collect
from callqa.prepare.intake.ffmpeg import decode_with_ffmpeg
from callqa.prepare.intake.rejection import Rejection
from callqa.settings import RawFormat

_BY_LIBSNDFILE = {
    "alaw": ("ALAW", "FILE", "pcm_alaw"),
    "mulaw": ("ULAW", "FILE", "pcm_mulaw"),
    "vox": ("VOX_ADPCM", "FILE", "adpcm_ima_oki"),
    "pcm_s16le": ("PCM_16", "LITTLE", "pcm_s16le"),
    "pcm_s16be": ("PCM_16", "BIG", "pcm_s16be"),
}
"""libsndfile's subtype and byte order, FFmpeg's name of the codec."""
_BY_FFMPEG = {"g722": "g722", "g726": "g726le", "g729": "g729"}
"""FFmpeg's format."""
_INTERLEAVED = {"alaw": 1, "mulaw": 1, "pcm_s16le": 2, "pcm_s16be": 2}
"""Bytes of a sample, where a file may have several channels."""
G729_FRAME = 10
"""Bytes of 10 ms."""


def has_header(file: FileIO) -> bool:
    """Whether a file begins as a WAV or FLAC file does: some recorders write one although its name says otherwise."""
    file.seek(0)
    head = file.read(12)
    return head[:4] == b"fLaC" or (head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE")


def decode_raw(file: FileIO, how: RawFormat, max_seconds: float, folder: str | None) -> Audio:
    """Decode a file that has no header.

    Raises:
        Rejection: `truncated` (it ends within a sample or frame), `no_audio`, `not_audio` or `too_long`.
        StageError: the disk is full.
    """
    size, unit = file.seek(0, os.SEEK_END), _unit(how)
    if size % unit:
        detail = f"{how.codec}: {size} bytes are not a multiple of {unit}: it ends within a sample or frame; {AGAIN}"
        raise Rejection("truncated", detail)
    if how.codec in _BY_FFMPEG:
        return decode_with_ffmpeg(file, max_seconds, folder, raw=_BY_FFMPEG[how.codec], options=_options(how))
    return _with_libsndfile(file, how, max_seconds, folder)


def _unit(how: RawFormat) -> int:
    """Bytes that a whole file is a multiple of."""
    if how.codec == "g729":
        return G729_FRAME
    return _INTERLEAVED.get(how.codec, 0) * how.channels or 1


def _options(how: RawFormat) -> dict[str, str]:
    return {"code_size": "4", "sample_rate": str(how.rate)} if how.codec == "g726" else {}


def _with_libsndfile(file: FileIO, how: RawFormat, max_seconds: float, folder: str | None) -> Audio:
    subtype, endian, codec = _BY_LIBSNDFILE[how.codec]
    channels = how.channels if how.codec in _INTERLEAVED else 1
    file.seek(0)
    with soundfile.SoundFile(
        file.fileno(), closefd=False, format="RAW", subtype=subtype, endian=endian, samplerate=how.rate,
        channels=channels,
    ) as sound:  # fmt: skip
        audio = collect(sound, codec, max_seconds, folder)
    if audio is None:
        raise Rejection("no_audio", f"a {codec} file without a single sample; {NO_AUDIO}")
    return audio
