"""A file's bytes as samples: by content, never by name; every channel apart, at the recording's own rate.

libsndfile reads wav, flac, ogg and mp3; what it refuses goes to FFmpeg (PyAV).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import FileIO
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from callqa.prepare.containers import AGAIN, check_complete, promised_samples
from callqa.prepare.rejection import Rejection

Samples = npt.NDArray[np.int16]

MAX_CHANNELS = 32
RATES = (4_000, 384_000)
"""Hz; what lies outside is a broken header."""
BLOCK = 1 << 20
"""Samples read at once: memory follows what is there, not what a header says."""
MAX_BROKEN_SHARE = 0.05
"""Of the packets; a line error spoils a few, more is a broken file."""
SOUND_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "NIST"})
"""Of libsndfile's, those with a signature that nothing else has by chance."""
FFMPEG_FORMATS = "aac,aiff,amr,amrnb,amrwb,asf,au,caf,flac,gsm,matroska,webm,mov,mp4,mp3,ogg,wav,w64"
"""Containers of sound only. FFmpeg would also follow play lists to other files and hosts."""
NO_AUDIO = "record it again or remove it from the source"
NOT_AUDIO = "deliver a recording (wav, mp3, m4a, aac, flac, ogg, opus, amr, gsm, wma) or remove the file"
_CODECS = {
    "PCM_U8": "pcm_u8", "PCM_16": "pcm_s16le", "PCM_24": "pcm_s24le", "PCM_32": "pcm_s32le", "FLOAT": "pcm_f32le",
    "DOUBLE": "pcm_f64le", "ALAW": "pcm_alaw", "ULAW": "pcm_mulaw", "IMA_ADPCM": "adpcm_ima_wav",
    "MS_ADPCM": "adpcm_ms", "GSM610": "gsm_ms", "VORBIS": "vorbis", "OPUS": "opus", "MPEG_LAYER_III": "mp3",
}  # fmt: skip
"""libsndfile's names as FFmpeg's, so that a codec has one name whatever decoded it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Audio:
    """A decoded recording."""

    channels: list[Samples]
    """One array a channel, all of one length, full scale 32768."""
    rate: int
    """Hz."""
    codec: str
    """FFmpeg's name of it."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.channels[0]) / self.rate


class Collector:
    """Decoded blocks, up to the longest recording that is allowed."""

    def __init__(self, rate: int, channels: int, max_seconds: float) -> None:
        if not RATES[0] <= rate <= RATES[1] or not 1 <= channels <= MAX_CHANNELS:
            raise Rejection("not_audio", f"its header says {channels} channels of {rate} Hz; {AGAIN}")
        self.rate, self.max_seconds = rate, max_seconds
        self.blocks: list[list[Samples]] = [[] for _ in range(channels)]
        self.length = 0

    def add(self, block: Samples) -> None:
        """Take a block of shape (channels, samples).

        Raises:
            Rejection: `too_long`.
        """
        for kept, channel in zip(self.blocks, block, strict=True):
            kept.append(np.ascontiguousarray(channel))
        self.length += block.shape[1]
        if self.length > self.max_seconds * self.rate:
            raise Rejection(
                "too_long", f"longer than {self.max_seconds:g} s; split it or raise source.max_call_seconds in qa.toml"
            )

    def audio(self, codec: str) -> Audio:
        """What was collected.

        Raises:
            Rejection: `no_audio`, where that is nothing.
        """
        if not self.length:
            raise Rejection("no_audio", f"a readable {codec} file without a single sample; {NO_AUDIO}")
        channels: list[Samples] = []
        while self.blocks:  # each channel's blocks are freed once it is whole
            channels.append(np.concatenate(self.blocks.pop(0)))
        return Audio(channels=channels, rate=self.rate, codec=codec)


def decode(file: FileIO, max_seconds: float) -> Audio:
    """Decode an open file, which must be unbuffered: libsndfile reads its descriptor.

    Raises:
        Rejection: `not_audio`, `truncated`, `no_audio` or `too_long`.
    """
    check_complete(file)
    promised = promised_samples(file)
    try:
        audio = _with_soundfile(file, max_seconds) or _with_ffmpeg(file, max_seconds)
    except Rejection as rejection:
        if promised and rejection.reason != "too_long":
            detail = f"flac: the {promised} samples that the header promises cannot all be decoded; {AGAIN}"
            raise Rejection("truncated", detail) from rejection
        raise
    if len(audio.channels[0]) < promised:
        raise _cut_short(audio.codec, len(audio.channels[0]), promised)
    return audio


def _with_soundfile(file: FileIO, max_seconds: float) -> Audio | None:
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
        collector = Collector(sound.samplerate, sound.channels, max_seconds)
        error = _read_all(sound, collector)
        if not collector.length:  # FFmpeg may know better: a streamed WAV has 0 for its length
            return None
        if error:
            raise Rejection("truncated", f"{codec}: breaks off after {collector.length} samples ({error}); {AGAIN}")
        return collector.audio(codec)


def _read_all(sound: soundfile.SoundFile, collector: Collector) -> str | None:
    """Read to the end; the error's text where it broke off."""
    frames = max(1, BLOCK // sound.channels)
    while True:
        try:
            block = sound.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            return str(error)
        if not len(block):
            return None
        collector.add(_as_int16(block.T))


def _as_int16(block: npt.NDArray[np.float32]) -> Samples:
    # A float file may hold what is no number: silence, not whatever this machine's cast makes of it.
    bounded = np.nan_to_num(block, nan=0.0).clip(-1.0, 1.0)
    scaled: npt.NDArray[np.float32] = np.rint(bounded * 32768.0)
    return scaled.clip(-32768, 32767).astype(np.int16)


def _cut_short(codec: str, present: int, promised: int) -> Rejection:
    return Rejection("truncated", f"{codec}: {present} of {promised} samples can be decoded; {AGAIN}")


def _with_ffmpeg(file: FileIO, max_seconds: float) -> Audio:
    import av

    file.seek(0)
    with av.logging.Capture(), _opened(file) as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or stream.codec_context is None:
            raise Rejection("not_audio", f"a {container.format.name} file without a sound that is known; {NOT_AUDIO}")
        return _decode_stream(container, stream, max_seconds)


class _Nameless:
    """A file without its name, which FFmpeg would guess the format from."""

    def __init__(self, file: FileIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _opened(file: FileIO) -> AbstractContextManager[Any]:
    import av

    try:
        return av.open(
            _Nameless(file), container_options={"format_whitelist": FFMPEG_FORMATS}, metadata_errors="ignore"
        )
    except (av.FFmpegError, ValueError) as error:
        raise Rejection("not_audio", f"no decoder knows it ({error}); {NOT_AUDIO}") from error


def _decode_stream(container: Any, stream: Any, max_seconds: float) -> Audio:
    import av

    codec, promised = stream.codec_context.codec.canonical_name, int(stream.frames or 0)
    collector: Collector | None = None
    packets, broken, error = 0, 0, ""
    try:
        for packet in container.demux(stream):
            packets += packet.size > 0
            try:
                for block, rate in _blocks(packet):
                    collector = collector or Collector(rate, len(block), max_seconds)
                    collector.add(block)
            except av.FFmpegError as caught:
                broken, error = broken + 1, str(caught)
    except av.FFmpegError as caught:
        broken, error = max(packets, 1), str(caught)
    if collector is None:
        raise _nothing(codec, packets, error)
    if broken > MAX_BROKEN_SHARE * packets:
        raise Rejection("truncated", f"{codec}: {broken} of {packets} packets cannot be decoded ({error}); {AGAIN}")
    if packets < promised:
        raise Rejection("truncated", f"{codec}: the index promises {promised} packets, {packets} are there; {AGAIN}")
    return collector.audio(codec)


def _nothing(codec: str, packets: int, error: str) -> Rejection:
    if error:
        return Rejection("not_audio", f"none of its {packets} {codec} packets can be decoded ({error}); {NOT_AUDIO}")
    return Rejection("no_audio", f"a readable {codec} file without a single sample; {NO_AUDIO}")


def _blocks(packet: Any) -> Iterator[tuple[Samples, int]]:
    """A packet's samples, shape (channels, samples), and their rate."""
    for frame in packet.decode():
        values = frame.to_ndarray()
        if not frame.format.is_planar:
            values = values.reshape(-1, len(frame.layout.channels)).T
        yield _scaled(values), frame.sample_rate


def _scaled(values: npt.NDArray[Any]) -> Samples:
    if values.dtype == np.int16:
        return values
    if values.dtype == np.uint8:
        return (values.astype(np.int16) - 128) * np.int16(256)
    if values.dtype == np.int32:
        return (values >> 16).astype(np.int16)
    return _as_int16(values)
