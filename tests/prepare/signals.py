"""Signals and files that the tests of prepare make: full scale is 1, one row a channel."""

import io
from pathlib import Path

import av
import numpy as np
import soundfile

from callqa.prepare.intake.decode import Samples, decode
from callqa.prepare.sounds.cadences import PLANS
from callqa.settings import RawFormat

RATE = 8000


def sine(hertz: float, seconds: float, level: float = 0.2, rate: int = RATE) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def silence(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.zeros(round(seconds * rate))


def noise(seconds: float, dbfs: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    return 10 ** (dbfs / 20) * np.random.default_rng(seed).standard_normal(round(seconds * rate))


def tone(
    kind: str, periods: int, hertz: float = 450.0, jitter: float = 0.0, seed: int = 0, rate: int = RATE
) -> np.ndarray:
    """A call-progress tone whose every burst and pause is up to `jitter` (share) longer or shorter."""
    g = np.random.default_rng(seed)
    pattern = next(cadence.pattern for cadence in PLANS["cn"].cadences if cadence.name == kind)
    parts = []
    for on, off in pattern * periods:
        parts.append(sine(hertz, on * (1 + g.uniform(-jitter, jitter)), rate=rate))
        parts.append(silence(off * (1 + g.uniform(-jitter, jitter)), rate=rate))
    return np.concatenate(parts)


def int16(audio: np.ndarray) -> Samples:
    return np.clip(np.rint(audio * 32767), -32768, 32767).astype(np.int16)


def g711(audio: np.ndarray, subtype: str = "ALAW") -> Samples:
    """What a telephone exchange makes of a signal of 8 kHz."""
    file = io.BytesIO()
    soundfile.write(file, audio, RATE, format="WAV", subtype=subtype)
    file.seek(0)
    return soundfile.read(file, dtype="int16")[0]


def voicelike(seconds: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Syllables of a gliding pitch with its harmonics: has the spectrum and the rhythm of speech, says nothing."""
    g = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    knots = np.arange(0, seconds + 1, 0.15)
    pitch = 150 + 60 * np.interp(time, knots, g.uniform(0, 1, len(knots)))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 16))
    return 0.1 * voice * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time))


def chords(seconds: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Triads with their overtones, half a second each, plucked, over a bass that is held."""
    g = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * rate:
        root = 440 * 2 ** (g.integers(-12, 3) / 12)
        note = sum(sine(root * 2 ** (s / 12) * k, 0.5, 0.05 / k, rate) for s in (0, 4, 7) for k in (1, 2, 3))
        parts.append(note * np.linspace(1, 0.4, len(note)) + sine(220, 0.5, 0.03, rate))
    return np.concatenate(parts)[: round(seconds * rate)]


def write(path: Path, channels: list[np.ndarray], rate: int = RATE, **how: str) -> Path:
    """A file by libsndfile; what it becomes is said by the suffix or by `format` and `subtype`."""
    soundfile.write(path, np.stack(channels, axis=1), rate, **how)
    return path


def write_av(path: Path, channels: list[np.ndarray], container: str, codec: str, rate: int, bits: int = 0) -> Path:
    """A file by FFmpeg."""
    layout = {1: "mono", 2: "stereo"}[len(channels)]
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        if bits:
            stream.bit_rate = bits
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(int16(np.stack(channels, axis=1)).reshape(1, -1), "s16", layout)
        frame.sample_rate = rate
        context.open()
        resampler = av.AudioResampler(context.format, context.layout, context.rate, frame_size=context.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            out.mux(stream.encode(piece))
    return path


def decoded(path: Path, max_seconds: float = 600.0, raw: RawFormat | None = None):
    with path.open("rb", buffering=0) as file:
        return decode(file, max_seconds, str(path.parent), raw)
