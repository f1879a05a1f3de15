"""Write the demo's recordings in the formats that call centres keep."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile as sf
import soxr

from callqa.demo.make.speech import RATE, Audio

NARROW = 8_000
SOUNDFILE = {
    "wav": ("WAV", "PCM_16", NARROW),
    "wav16": ("WAV", "PCM_16", RATE),
    "alaw": ("WAV", "ALAW", NARROW),
    "flac": ("FLAC", "PCM_16", NARROW),
    "flac16": ("FLAC", "PCM_16", RATE),
    "mp3": ("MP3", "MPEG_LAYER_III", NARROW),
}
"""libsndfile's container and coding, and samples a second."""
FFMPEG = {"m4a": ("ipod", "aac", RATE, 48_000), "opus": ("ogg", "libopus", RATE, 32_000)}
"""FFmpeg's container and encoder, samples a second, bits a second."""


def write(path: Path, audio: Audio, form: str) -> None:
    """Write 16 kHz audio of shape (channels, samples) in one of the formats."""
    if form in SOUNDFILE:
        container, coding, rate = SOUNDFILE[form]
        narrow = soxr.resample(audio.T, RATE, rate) if rate != RATE else audio.T
        sf.write(path, np.clip(narrow, -1, 1), rate, format=container, subtype=coding)
    else:
        write_ffmpeg(path, audio, form)


def write_ffmpeg(path: Path, audio: Audio, form: str) -> None:
    """Write with PyAV; bit-exact flags keep the same audio the same bytes."""
    container_name, encoder, rate, bits = FFMPEG[form]
    flags = {"fflags": "+bitexact"}
    with av.open(str(path), "w", format=container_name, options=flags) as container:
        stream = container.add_stream(encoder, rate=rate)
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{encoder} is not an audio encoder of this PyAV")
        layout = "stereo" if len(audio) == 2 else "mono"
        stream.layout = layout
        stream.bit_rate = bits
        samples = np.ascontiguousarray(np.clip(audio, -1, 1).astype(np.float32))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def read(path: Path) -> Audio:
    """Read a recording as 16 kHz audio of shape (channels, samples)."""
    if path.suffix in {".m4a", ".opus"}:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            resampler = av.AudioResampler("fltp", stream.layout.name, RATE)
            frames = [*container.decode(stream), None]
            parts = [part.to_ndarray() for f in frames for part in resampler.resample(f)]
        return np.concatenate(parts, axis=1)
    audio, rate = sf.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(audio, rate, RATE).T, np.float32)
