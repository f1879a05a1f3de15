"""What libsndfile does not know, through FFmpeg's decoders (PyAV): m4a, aac, opus, amr, gsm, wma, telephone codecs."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import FileIO
from typing import Any

import numpy as np

from callqa.prepare.intake.containers import AGAIN
from callqa.prepare.intake.decode import NO_AUDIO, Audio, Collector, scaled
from callqa.prepare.intake.rejection import Rejection
from callqa.prepare.intake.scratch import Samples

MAX_BROKEN_SHARE = 0.05
"""Of the packets; a line error spoils a few, more is a broken file."""
FORMATS = "aac,aiff,amr,amrnb,amrwb,asf,au,caf,flac,gsm,matroska,webm,mov,mp4,mp3,ogg,wav,w64"
"""Containers of sound only. FFmpeg would also follow play lists to other files and hosts."""
NOT_AUDIO = "deliver a recording (wav, mp3, m4a, aac, flac, ogg, opus, amr, gsm, wma) or remove the file"
MAX_PLANES = 8
"""Channels of a planar frame: PyAV 18 reads those beyond where there are none, and the process ends."""
AMR_WB_PAUSE = 6
"""Bytes of the frames that wideband AMR has for pauses; FFmpeg cannot decode them: they are silence here."""
_ENOUGH = 1 << 16
"""Samples of a channel that are worth a write: a packet has a few hundred."""


def decode_with_ffmpeg(
    file: FileIO,
    max_seconds: float,
    folder: str | None,
    *,
    raw: str | None = None,
    options: dict[str, str] | None = None,
) -> Audio:
    """Decode an open file by its content, or as the headerless format `raw` with the demuxer's `options`.

    Raises:
        Rejection: `not_audio`, `truncated`, `no_audio` or `too_long`.
        StageError: the disk is full.
    """
    file.seek(0)
    with _opened(file, raw, options or {}) as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or stream.codec_context is None:
            raise Rejection("not_audio", f"a {container.format.name} file without a sound that is known; {NOT_AUDIO}")
        with contextlib.closing(_Decoding(max_seconds, folder)) as decoding:
            return decoding.run(container, stream)


class _Nameless:
    """A file without its name, which FFmpeg would guess the format from."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.read, self.tell = file.read, file.tell

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As a file's; a place that a broken index invented is FFmpeg's error, not one of the storage."""
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return -errno.EINVAL


def _opened(file: FileIO, raw: str | None, options: dict[str, str]) -> AbstractContextManager[Any]:
    import av

    how = {} if raw else {"format_whitelist": FORMATS}
    try:
        return av.open(_Nameless(file), format=raw, options=options, container_options=how, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, MemoryError):
            raise
        raise Rejection("not_audio", f"no decoder knows it ({error}); {NOT_AUDIO}") from error


class _Decoding:
    """One stream, packet by packet."""

    def __init__(self, max_seconds: float, folder: str | None) -> None:
        self.max_seconds, self.folder = max_seconds, folder
        self.collector: Collector | None = None
        self.waiting: list[Samples] = []
        self.waiting_length = 0
        self.packets = self.broken = 0
        self.error = ""
        self.lost = 0.0

    def run(self, container: Any, stream: Any) -> Audio:
        """All of the stream's samples."""
        import av

        codec, promised = stream.codec_context.codec.canonical_name, int(stream.frames or 0)
        decoder = _BETTER[codec]() if codec in _BETTER else stream.codec_context
        try:
            for packet in container.demux(stream):
                self._take(packet, decoder)
        except av.FFmpegError as error:
            self._failed(error, max(self.packets, 1))
        self._flush()
        self._fill()
        if self.collector is None:
            raise self._nothing(codec)
        if self.broken > MAX_BROKEN_SHARE * self.packets:
            what = f"{self.broken} of {self.packets} packets cannot be decoded ({self.error})"
            raise Rejection("truncated", f"{codec}: {what}; {AGAIN}")
        if self.packets < promised:
            what = f"the index promises {promised} packets, {self.packets} are there"
            raise Rejection("truncated", f"{codec}: {what}; {AGAIN}")
        return self.collector.audio(codec)

    def close(self) -> None:
        """Give up what was decoded."""
        if self.collector:
            self.collector.close()

    def _take(self, packet: Any, decoder: Any) -> None:
        import av

        self.packets += packet.size > 0
        try:
            for block, rate in _blocks(decoder, packet):
                self._keep(block, rate)
        except (av.FFmpegError, _TooManyPlanes) as error:
            if not (decoder.name == "amrwb" and packet.size and packet.size <= AMR_WB_PAUSE):
                self._failed(error, self.broken + 1)
            # Silence in its place: what comes after it keeps its time.
            self.lost += float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0

    def _failed(self, error: Exception, broken: int) -> None:
        if isinstance(error, MemoryError):
            raise error
        self.broken, self.error = broken, str(error)

    def _keep(self, block: Samples, rate: int) -> None:
        collector = self.collector = self.collector or Collector(rate, len(block), self.max_seconds, self.folder)
        if (rate, len(block)) != (collector.rate, len(collector.tracks)):
            self.broken += 1
            self.error = f"{len(block)} channels of {rate} Hz among {len(collector.tracks)} of {collector.rate} Hz"
            return
        self._fill()
        self.waiting.append(block)
        self.waiting_length += block.shape[1]
        if self.waiting_length >= _ENOUGH:
            self._flush()

    def _fill(self) -> None:
        """Silence for packets that could not be decoded."""
        if self.collector and self.lost:
            self._flush()
            self.collector.add_silence(self.lost)
            self.lost = 0.0

    def _flush(self) -> None:
        if self.collector and self.waiting:
            self.collector.add(np.concatenate(self.waiting, axis=1))
        self.waiting, self.waiting_length = [], 0

    def _nothing(self, codec: str) -> Rejection:
        if self.error:
            what = f"none of its {self.packets} {codec} packets can be decoded ({self.error})"
            return Rejection("not_audio", f"{what}; {NOT_AUDIO}")
        return Rejection("no_audio", f"a readable {codec} file without a single sample; {NO_AUDIO}")


class _TooManyPlanes(Exception):  # noqa: N818 - a packet that cannot be decoded, like others
    """A frame that PyAV reads out of bounds."""


def _opencore() -> Any:
    import av

    context = av.CodecContext.create("libopencore_amrnb", "r")
    context.sample_rate, context.layout = 8_000, "mono"
    return context


_BETTER = {"amr_nb": _opencore}
"""FFmpeg's own decoder knows nothing of the frames that AMR has for pauses."""


def _blocks(decoder: Any, packet: Any) -> Iterator[tuple[Samples, int]]:
    """A packet's samples, shape (channels, samples), and their rate."""
    for frame in decoder.decode(packet if packet.size else None):
        channels = frame.layout.nb_channels
        if frame.format.is_planar and channels > MAX_PLANES:
            raise _TooManyPlanes(f"{channels} channels")
        values = frame.to_ndarray()
        if not frame.format.is_planar:
            values = values.reshape(-1, channels).T
        yield scaled(values), frame.sample_rate
