"""A file's bytes as samples: by content, never by name; every channel apart, at the recording's own rate.

libsndfile reads wav, flac, ogg and mp3; what it refuses goes to FFmpeg (PyAV). Files without a header are read as the
settings say. All of it block by block: memory follows neither the file's length nor what its header says.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from io import FileIO
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from callqa.prepare.intake.containers import AGAIN, check_complete, promised_samples
from callqa.prepare.intake.rejection import Rejection
from callqa.prepare.intake.scratch import Samples, Track
from callqa.settings import RawFormat

__all__ = ["Audio", "Collector", "Samples", "decode"]

MAX_CHANNELS = 32
RATES = (4_000, 384_000)
"""Hz; what lies outside is a broken header."""
MAX_SAMPLES_A_SECOND = 2 * 48_000
"""Of all channels: what the longest recording may take on the disk. A few bytes of FLAC can say hours of silence in 8
channels of 384 kHz."""
BLOCK = 1 << 18
"""Samples read at once."""
SOUND_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "NIST"})
"""Of libsndfile's, those with a signature that nothing else has by chance."""
NO_AUDIO = "record it again or remove it from the source"
_CODECS = {
    "PCM_U8": "pcm_u8", "PCM_16": "pcm_s16le", "PCM_24": "pcm_s24le", "PCM_32": "pcm_s32le", "FLOAT": "pcm_f32le",
    "DOUBLE": "pcm_f64le", "ALAW": "pcm_alaw", "ULAW": "pcm_mulaw", "IMA_ADPCM": "adpcm_ima_wav",
    "MS_ADPCM": "adpcm_ms", "GSM610": "gsm_ms", "VORBIS": "vorbis", "OPUS": "opus", "MPEG_LAYER_III": "mp3",
    "VOX_ADPCM": "adpcm_ima_oki",
}  # fmt: skip
"""libsndfile's names as FFmpeg's, so that a codec has one name whatever decoded it."""
_FLOATS = frozenset({"FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III"})
"""What libsndfile holds as floats: read as such, because only then what is beyond full scale is clipped."""


@dataclass(frozen=True, kw_only=True)
class Audio:
    """A decoded recording."""

    channels: list[Samples]
    """One array a channel, all of one length, full scale 32768; mappings of files without names."""
    rate: int
    """Hz."""
    codec: str
    """FFmpeg's name of it."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.channels[0]) / self.rate


class Collector:
    """Decoded blocks on their way to the disk, up to the longest recording that is allowed."""

    def __init__(self, rate: int, channels: int, max_seconds: float, folder: str | None) -> None:
        if not RATES[0] <= rate <= RATES[1] or not 1 <= channels <= MAX_CHANNELS:
            raise Rejection("not_audio", f"its header says {channels} channels of {rate} Hz; {AGAIN}")
        self.rate, self.max_seconds = rate, max_seconds
        self.tracks = [Track(folder) for _ in range(channels)]
        self.length = 0

    def add(self, block: Samples) -> None:
        """Take a block of shape (channels, samples).

        Raises:
            Rejection: `too_long`.
            StageError: the disk is full.
        """
        self.length += block.shape[1]
        if self.length > self.max_seconds * self.rate:
            raise _too_long(f"longer than {self.max_seconds:g} s")
        if self.length * len(self.tracks) > self.max_seconds * max(self.rate, MAX_SAMPLES_A_SECOND):
            raise _too_long(
                f"more samples ({len(self.tracks)} channels of {self.rate} Hz) than {self.max_seconds:g} s of stereo at"
                " 48 kHz"
            )
        for track, channel in zip(self.tracks, block, strict=True):
            track.add(channel)

    def add_silence(self, seconds: float) -> None:
        """Take so much silence; raises as `add` does."""
        rest = round(min(seconds, self.max_seconds + 1.0) * self.rate)
        while rest:
            length = min(rest, BLOCK)
            self.add(np.zeros((len(self.tracks), length), np.int16))
            rest -= length

    def audio(self, codec: str) -> Audio:
        """What was collected.

        Raises:
            Rejection: `no_audio`, where that is nothing.
        """
        if not self.length:
            raise Rejection("no_audio", f"a readable {codec} file without a single sample; {NO_AUDIO}")
        return Audio(channels=[track.samples() for track in self.tracks], rate=self.rate, codec=codec)

    def close(self) -> None:
        """Give up what was collected and not asked for."""
        for track in self.tracks:
            track.close()


def _too_long(what: str) -> Rejection:
    return Rejection("too_long", f"{what}; split it or raise source.max_call_seconds in qa.toml")


def decode(file: FileIO, max_seconds: float, folder: str | None = None, raw: RawFormat | None = None) -> Audio:
    """Decode an open file, which must be unbuffered: libsndfile reads its descriptor.

    Args:
        file: the recording.
        max_seconds: the longest that is allowed.
        folder: where its samples go (None: the system's folder for temporary files).
        raw: how to read it where it has no header; one that begins as a WAV or FLAC file is read as that.

    Raises:
        Rejection: `not_audio`, `truncated`, `no_audio` or `too_long`.
        StageError: the disk is full.
    """
    from callqa.prepare.intake.raw import decode_raw, has_header

    if raw and not has_header(file):
        return decode_raw(file, raw, max_seconds, folder)
    check_complete(file)
    promised = promised_samples(file)
    try:
        audio = _decoded(file, max_seconds, folder)
    except Rejection as rejection:
        if promised and rejection.reason != "too_long":
            detail = f"flac: the {promised} samples that the header promises cannot all be decoded; {AGAIN}"
            raise Rejection("truncated", detail) from rejection
        raise
    if len(audio.channels[0]) < promised:
        detail = f"{audio.codec}: {len(audio.channels[0])} of {promised} samples can be decoded; {AGAIN}"
        raise Rejection("truncated", detail)
    return audio


def _decoded(file: FileIO, max_seconds: float, folder: str | None) -> Audio:
    from callqa.prepare.intake.ffmpeg import decode_with_ffmpeg

    return _with_soundfile(file, max_seconds, folder) or decode_with_ffmpeg(file, max_seconds, folder)


def _with_soundfile(file: FileIO, max_seconds: float, folder: str | None) -> Audio | None:
    """Decode with libsndfile; None where it does not know the content."""
    file.seek(0)
    try:
        # A descriptor has no name: libsndfile takes any bytes called x.gsm for raw GSM.
        sound = soundfile.SoundFile(file.fileno(), closefd=False)
    except (soundfile.LibsndfileError, TypeError, ValueError):
        return None
    with sound:
        if sound.format not in SOUND_FORMATS:
            return None
        codec = "flac" if sound.format == "FLAC" else _CODECS.get(sound.subtype, sound.subtype.lower())
        return collect(sound, codec, max_seconds, folder)


def collect(sound: soundfile.SoundFile, codec: str, max_seconds: float, folder: str | None) -> Audio | None:
    """All samples of an open file of libsndfile; None where there are none.

    Raises:
        Rejection: `truncated`, where it breaks off, and as `Collector` says.
    """
    with contextlib.closing(Collector(sound.samplerate, sound.channels, max_seconds, folder)) as collector:
        error = _read_all(sound, collector)
        if not collector.length:  # FFmpeg may know better: a streamed WAV has 0 for its length
            return None
        if error:
            raise Rejection("truncated", f"{codec}: breaks off after {collector.length} samples ({error}); {AGAIN}")
        return collector.audio(codec)


def _read_all(sound: soundfile.SoundFile, collector: Collector) -> str | None:
    """Read to the end; the error's text where it broke off."""
    frames = max(1, BLOCK // sound.channels)
    kind = "float32" if sound.subtype in _FLOATS else "int16"
    while True:
        try:
            block = sound.read(frames, dtype=kind, always_2d=True)
        except soundfile.LibsndfileError as error:
            return str(error)
        if not len(block):
            return None
        collector.add(scaled(block.T))


def scaled(values: npt.NDArray[Any]) -> Samples:
    """Decoded values of any type as int16: integers by their highest bits, floats by full scale 1."""
    if values.dtype == np.int16:
        return values
    if values.dtype == np.uint8:
        return (values.astype(np.int16) - 128) * np.int16(256)
    if values.dtype == np.int32:
        return (values >> 16).astype(np.int16)
    # A float file may hold what is no number: silence, not whatever this machine's cast makes of it.
    bounded = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
    rounded: npt.NDArray[np.float32] = np.rint(bounded * 32768.0)
    return rounded.clip(-32768, 32767).astype(np.int16)
