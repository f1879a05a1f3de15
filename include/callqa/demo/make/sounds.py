"""Sounds that are not words: music, tones, coughs, laughter and the like, all synthesised.

Every function gives 16 kHz mono float32; levels are root mean square or peak of full scale.
"""

# mypy: disable-error-code="no-any-return"
# (scipy and soxr carry no types: what they return is Any)
from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

from callqa.demo.make.speech import LEVEL, RATE, Audio, levelled

Generator = np.random.Generator
Signal = npt.NDArray[Any]

EVENTS = ("Applause", "Laughter", "Cry", "Cough", "Sneeze", "Breath")
"""Event tags of the vocal and hand sounds; music is ``BGM``, speech alone is ``Speech``."""
CADENCES: dict[str, tuple[tuple[float, float], ...]] = {
    "ringback": ((1.0, 4.0),),
    "busy": ((0.35, 0.35),),
    "congestion": ((0.7, 0.7),),
    "empty_number": ((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.4, 0.4)),
    "dial": ((1.0, 0.0),),
}
"""Chinese call-progress tones of 450 Hz: seconds on, seconds off, repeated."""
DTMF = tuple((low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477))
PROGRESSIONS = (
    (0, 9, 5, 7),
    (0, 5, 7, 0),
    (9, 5, 0, 7),
    (0, 7, 9, 5),
    (0, 4, 5, 7),
    (2, 7, 0, 9),
)
"""Roots of chords in semitones above the key."""


def band(audio: Signal, low: float, high: float, order: int = 2) -> Signal:
    """Band-pass between two frequencies in Hz."""
    return sosfilt(butter(order, [low, high], "band", fs=RATE, output="sos"), audio)


def note(semitone: float, duration: float, timbre: str, g: Generator) -> Signal:
    """One note, ``semitone`` above A4 (440 Hz), of a plucked, pad, bell or organ sound."""
    n = int(duration * RATE)
    t = np.arange(n) / RATE
    base = 440.0 * 2 ** (semitone / 12)
    partials = {"pluck": 7, "pad": 5, "bell": 4, "organ": 6}[timbre]
    out = np.zeros(n)
    for k in range(1, partials + 1):
        ratio = k * (1 + 0.31 * (k - 1)) if timbre == "bell" else k
        decay = {"pluck": 3.0 * k, "bell": 2.0 + k, "pad": 0.0, "organ": 0.0}[timbre]
        detune = 1 + g.normal(0, 0.0015)
        wave = np.sin(2 * np.pi * base * ratio * detune * t + g.uniform(0, 6.28))
        out += wave * np.exp(-decay * t) / k ** (1.3 if timbre == "pad" else 0.9)
    edge = min(n // 2, int((0.15 if timbre == "pad" else 0.008) * RATE))
    out[:edge] *= np.linspace(0, 1, edge)
    out[n - edge :] *= np.linspace(1, 0, edge)
    return out


def place(track: Signal, sound: Signal, at: float) -> None:
    """Add a sound to a track at a time in seconds, cut at the track's end."""
    start = int(at * RATE)
    end = min(len(track), start + len(sound))
    if start < end:
        track[start:end] += sound[: end - start]


def chord(root: int, minor: bool) -> tuple[int, ...]:
    """Semitones of a triad with its octave."""
    return (root, root + (3 if minor else 4), root + 7, root + 12)


def music(duration: float, g: Generator) -> Audio:
    """Hold music: chords, a broken chord and now and then a melody, in a random key and tempo."""
    track = np.zeros(int(duration * RATE) + 1)
    beat = 60 / g.uniform(70, 140)
    key = int(g.integers(-14, -2))
    roots = PROGRESSIONS[g.integers(len(PROGRESSIONS))]
    bed, lead = (str(g.choice(("pluck", "pad", "bell", "organ"))) for _ in range(2))
    steps, lead_gain = int(g.choice((1, 2, 4))), g.uniform(0.3, 1.0)
    at, bar = -float(g.uniform(0, 4 * beat)), 0
    while at < duration:
        tones = chord(key + roots[bar % len(roots)], roots[bar % len(roots)] in (2, 4, 9))
        for tone in tones[:3]:
            place(track, note(tone - 12, 4 * beat, bed, g) * 0.4, max(at, 0))
        for i in range(4 * steps):
            tone = tones[i % 4] if g.random() < 0.7 else tones[g.integers(4)]
            when = at + i * beat / steps
            if when >= 0 and g.random() < 0.9:
                place(track, note(tone, 1.5 * beat / steps, lead, g) * lead_gain, when)
        at, bar = at + 4 * beat, bar + 1
    return levelled(np.asarray(track[: int(duration * RATE)], np.float32))


def tone(cadence: tuple[tuple[float, float], ...], duration: float, hz: float = 450.0) -> Audio:
    """A call-progress tone of ``duration`` seconds, peak 0.2 of full scale."""
    track = np.zeros(int(duration * RATE))
    at = 0.0
    while at < duration:
        for on, off in cadence:
            t = np.arange(int(on * RATE)) / RATE
            place(track, 0.2 * np.sin(2 * np.pi * hz * t), at)
            at += on + off
    return track.astype(np.float32)


def dtmf(duration: float, g: Generator) -> Audio:
    """Random keys pressed, 0.1-0.2 s each."""
    track = np.zeros(int(duration * RATE))
    at = 0.1
    while at < duration:
        low, high = DTMF[g.integers(len(DTMF))]
        on = g.uniform(0.1, 0.2)
        t = np.arange(int(on * RATE)) / RATE
        place(track, 0.1 * (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t)), at)
        at += on + g.uniform(0.1, 0.4)
    return track.astype(np.float32)


def burst(n: int, rise: float, fall: float) -> Signal:
    """An envelope: exponential rise and fall, in seconds."""
    t = np.arange(n) / RATE
    return np.exp(-t / fall) * (1 - np.exp(-t / rise))


def cough(g: Generator) -> Signal:
    """Two or three barks of noise."""
    parts: list[Signal] = []
    for _ in range(g.integers(2, 4)):
        n = int(g.uniform(0.18, 0.28) * RATE)
        bark = band(g.standard_normal(n), 300, g.uniform(1300, 1800)) * burst(n, 0.004, 0.05)
        parts += [bark, np.zeros(int(g.uniform(0.08, 0.16) * RATE))]
    return np.concatenate(parts) * 4


def sneeze(g: Generator) -> Signal:
    """A drawn breath, then a sharp hiss."""
    n = int(g.uniform(0.45, 0.6) * RATE)
    half = n // 2
    envelope = np.concatenate([np.linspace(0, 0.25, half), burst(n - half, 0.002, 0.06)])
    high = sosfilt(butter(2, 1800, "high", fs=RATE, output="sos"), g.standard_normal(n))
    return high * envelope * 4


def breath(g: Generator) -> Signal:
    """A slow swell of soft noise."""
    n = int(g.uniform(0.7, 1.1) * RATE)
    return band(g.standard_normal(n), 400, 2500, 1) * np.hanning(n)


def applause(g: Generator) -> Signal:
    """Some sixty claps a second."""
    n = int(g.uniform(1.0, 1.8) * RATE)
    hits = np.zeros(n)
    hits[g.integers(0, n - 400, int(n / RATE * g.uniform(45, 80)))] = 1
    clap = g.standard_normal(400) * np.exp(-np.arange(400) / 80)
    return fftconvolve(hits * g.uniform(0.3, 1, n), clap)[:n]


def voiced(pitch: Signal) -> Signal:
    """A buzzing vowel along a pitch curve in Hz."""
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return sum(np.sin(h * phase) / h**0.7 for h in range(1, 14)) * np.hanning(len(pitch))


def laughter(g: Generator) -> Signal:
    """Ha ha ha: short falling calls, five a second."""
    base, parts = g.uniform(180, 300), []
    for i in range(g.integers(4, 8)):
        pitch = np.full(int(0.13 * RATE), base * (1.15 - 0.05 * i))
        parts += [voiced(pitch), np.zeros(int(0.07 * RATE))]
    return np.concatenate(parts)


def cry(g: Generator) -> Signal:
    """Sobs: long calls falling by an octave."""
    base, parts = g.uniform(180, 300), []
    for _ in range(g.integers(3, 5)):
        n = int(g.uniform(0.34, 0.42) * RATE)
        parts += [voiced(base * 1.6 * np.linspace(1, 0.5, n)), np.zeros(int(0.12 * RATE))]
    return np.concatenate(parts)


VOCAL = {
    "Applause": applause,
    "Laughter": laughter,
    "Cry": cry,
    "Cough": cough,
    "Sneeze": sneeze,
    "Breath": breath,
}


def event(name: str, g: Generator) -> Audio:
    """One of ``EVENTS`` at about the level of speech."""
    return levelled(np.asarray(VOCAL[name](g), np.float32), LEVEL * float(g.uniform(0.7, 1.3)))
