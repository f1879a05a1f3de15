"""What a telephone line does to a signal: band, G.711, noise, level."""

# mypy: disable-error-code="no-any-return"
# (scipy and soxr carry no types: what they return is Any)
from __future__ import annotations

import numpy as np
import soxr
from scipy.signal import butter, lfilter, sosfilt

from callqa.demo.make.speech import LEVEL, RATE, Audio

Generator = np.random.Generator
MU = 255.0
A = 87.6


def mu_law(audio: Audio) -> Audio:
    """G.711 mu-law and back, 8 bit (the continuous law, ITU-T G.711)."""
    code = np.sign(audio) * np.log1p(MU * np.abs(audio)) / np.log1p(MU)
    code = np.round(code * 127) / 127
    return np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU)) / MU


def a_law(audio: Audio) -> Audio:
    """G.711 A-law and back, 8 bit (the continuous law, ITU-T G.711)."""
    x, scale = np.abs(audio), 1 + np.log(A)
    code = np.where(x < 1 / A, A * x, 1 + np.log(np.maximum(A * x, 1))) / scale
    code = np.round(code * 127) / 127
    y = np.where(code * scale < 1, code * scale / A, np.exp(code * scale - 1) / A)
    return np.sign(audio) * y


def telephone(audio: Audio, g: Generator) -> Audio:
    """300-3400 Hz, more or less, at 8 kHz through one of the two laws, back at 16 kHz."""
    edges = [g.uniform(150, 320), g.uniform(3300, 3700)]
    narrow = sosfilt(butter(3, edges, "band", fs=RATE, output="sos"), audio)
    line = np.clip(soxr.resample(narrow.astype(np.float32), RATE, 8000), -1, 1)
    line = a_law(line) if g.random() < 0.7 else mu_law(line)
    return soxr.resample(line.astype(np.float32), 8000, RATE)


def noise(n: int, g: Generator) -> Audio:
    """White or brown noise of ``n`` samples, root mean square 1."""
    out = g.standard_normal(n)
    if g.random() < 0.5:
        out = lfilter([1], [1, -0.95], out)
    return (out / (out.std() + 1e-9)).astype(np.float32)


def transmitted(audio: Audio, g: Generator) -> Audio:
    """A random line: three in four a telephone, half of them noisy (14-40 dB), level +-8 dB."""
    if g.random() < 0.6:
        audio = audio + noise(len(audio), g) * LEVEL * 10 ** (-g.uniform(14, 42) / 20)
    audio = audio * 10 ** (g.uniform(-9, 5) / 20)
    if g.random() < 0.75:
        audio = telephone(np.asarray(audio, np.float32), g)
    if g.random() < 0.5:
        audio = audio + noise(len(audio), g) * 10 ** (g.uniform(-85, -60) / 20)
    return np.clip(audio, -1, 1).astype(np.float32)
