"""Noises for benchmarks, at 16 kHz, from a seed: RMS 1, float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

RATE = 16_000
TALKERS = 12
"""Voices of a babble: too many to follow one."""

Signal = npt.NDArray[np.float32]
Generator = np.random.Generator


def white(samples: int, generator: Generator) -> Signal:
    """Equal power at every frequency: an amplifier's hiss."""
    return _unit(generator.standard_normal(samples))


def pink(samples: int, generator: Generator) -> Signal:
    """Equal power in every octave: wind, an open office from afar."""
    spectrum = np.fft.rfft(generator.standard_normal(samples))
    return _unit(np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), samples))


def hum(samples: int, generator: Generator) -> Signal:
    """Harmonics of the mains (50 Hz) with a little hiss."""
    time = np.arange(samples) / RATE
    parts = [np.sin(2 * np.pi * 50 * k * time + generator.uniform(0, 2 * np.pi)) / k for k in range(2, 31)]
    return _unit(np.sum(parts, axis=0) + 0.05 * generator.standard_normal(samples))


def street(samples: int, generator: Generator) -> Signal:
    """Pink noise that swells and fades as cars pass: another level every half second or so, by 5 dB around the mean."""
    places = np.arange(0, samples + RATE // 2, RATE // 2)
    gains = np.exp(generator.normal(0, 0.6, len(places)))
    return _unit(pink(samples, generator) * np.interp(np.arange(samples), places, gains))


def babble(samples: int, generator: Generator, voices: Sequence[Signal]) -> Signal:
    """TALKERS voices at once, each a chain of pieces of speech."""
    out = np.zeros(samples)
    for _ in range(TALKERS):
        chain: list[Signal] = []
        while sum(map(len, chain)) < samples:
            chain.append(_unit(voices[generator.integers(len(voices))]))
        out += np.roll(np.concatenate(chain)[:samples], generator.integers(samples))
    return _unit(out)


NOISES: dict[str, Callable[[int, Generator, Sequence[Signal]], Signal]] = {
    "white": lambda n, g, _: white(n, g),
    "pink": lambda n, g, _: pink(n, g),
    "hum": lambda n, g, _: hum(n, g),
    "street": lambda n, g, _: street(n, g),
    "babble": babble,
}


def _unit(signal: npt.NDArray[np.floating]) -> Signal:
    return (signal / (np.sqrt(np.mean(np.square(signal))) + 1e-12)).astype(np.float32)
