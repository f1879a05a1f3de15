"""Call-progress tones of Chinese networks: 450 Hz in the rhythms of GF 002-9002 (ringing, engaged, not in service).

A frame is tone where one frequency near 450 Hz holds nearly all of its energy; runs of such frames are bursts; bursts
and pauses that keep a rhythm are a tone. Works on the original audio, at any rate from 4 kHz.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.prepare.decode import Samples
from callqa.prepare.levels import SILENCE
from callqa.prepare.spans import Span, joined, of_mask, total

DETECTOR = "callqa.tones"
VERSION = "1"

FREQUENCIES = tuple(np.arange(425.0, 475.1, 6.25).tolist())
"""Hz: 450 +- 25, so dense that a tone between two of them keeps 98 % of its energy in a window."""
HOP = 0.01
"""Seconds; a window is two of them."""
PURITY = 0.7
"""Share of a window's energy in one frequency. At 10 dB above noise it is 0.9, in speech rarely 0.5."""
FAINTEST = -50.0
"""dBFS of a window."""
DROPOUT = 0.025
SHORTEST = 0.05
PAUSE_DEPTH = 10.0
"""dB that a pause lies below its bursts: other sound in it breaks the rhythm."""
SAME_HZ = 13.0
"""Two windows or bursts of one tone differ less: jitter of 10 Hz, and half a step of FREQUENCIES."""
SAME_DB = 6.0
TOLERANCE = 0.2
"""Of a burst's or a pause's length …"""
RESOLUTION = 0.03
"""… but not finer than windows of 20 ms can tell, seconds."""
DIAL_SECONDS = 2.0
"""A steady 450 Hz from here on is a dial tone; music rarely holds a pure A4 (440 Hz) as long."""
DOMINANT = 0.5
_HOPS_A_BLOCK = 6_000


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """A rhythm: seconds on and off, repeated."""

    name: str
    pattern: tuple[tuple[float, float], ...]
    bursts: int
    """At least so many, of which the first and the last may be cut."""


CADENCES = (
    Cadence(name="ringback", pattern=((1.0, 4.0),), bursts=2),
    Cadence(name="busy", pattern=((0.35, 0.35),), bursts=3),
    Cadence(name="congestion", pattern=((0.7, 0.7),), bursts=3),
    Cadence(name="empty_number", pattern=((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.4, 0.4)), bursts=6),
)


@dataclass(frozen=True, kw_only=True)
class Burst:
    """A stretch of pure tone."""

    start: float
    end: float
    hertz: float
    purity: float
    level: float
    """dBFS."""
    pause_level: float
    """dBFS between this burst and the next one."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Tone:
    """A call-progress tone: `kind` is one of TONES, `score` a confidence of 0..1."""

    kind: str
    start: float
    end: float
    score: float
    bursts: tuple[Span, ...]
    """Where it is audible."""


def tones_of(samples: Samples, rate: int) -> list[Tone]:
    """The tones of a channel, in order."""
    return _matched(bursts_of(samples, rate))


def call_state(tones: Sequence[Tone], sound_seconds: float) -> str | None:
    """The class of most audible tone, where tones are more than half of all that is audible in the call; else None."""
    by_kind = {t.kind: total(span for o in tones if o.kind == t.kind for span in o.bursts) for t in tones}
    if not by_kind or total(span for t in tones for span in t.bursts) <= DOMINANT * sound_seconds:
        return None
    return max(sorted(by_kind), key=lambda kind: by_kind[kind])


def bursts_of(samples: Samples, rate: int) -> list[Burst]:
    """Stretches of pure tone of at least 50 ms."""
    hop = round(rate * HOP)
    purity, hertz, level = _windows(samples, rate, hop)
    spans = joined(of_mask((purity >= PURITY) & (level >= FAINTEST), hop / rate), DROPOUT)
    runs = [(round(a * rate / hop), round(b * rate / hop)) for a, b in spans]
    nexts = [start for start, _ in [*runs, (len(level), 0)]][1:]
    bursts: list[Burst] = []
    for (start, end), following in zip(runs, nexts, strict=True):
        if (end - start + 1) * hop / rate < SHORTEST or np.std(hertz[start:end]) > SAME_HZ:
            continue
        bursts.append(
            Burst(
                start=start * hop / rate,
                end=(end + 1) * hop / rate,
                hertz=float(np.median(hertz[start:end])),
                purity=float(np.mean(purity[start:end])),
                level=float(np.median(level[start:end])),
                pause_level=_mean_db(level[end + 1 : following - 1]),
            )
        )
    return bursts


def _mean_db(level: npt.NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(10.0 ** (level.astype(np.float64) / 10)))) if len(level) else SILENCE


@functools.cache
def _basis(rate: int, hop: int) -> npt.NDArray[np.float32]:
    """Cosine and sine of each frequency over a window, of unit length: shape (2 hops, 2 frequencies)."""
    angle = 2 * np.pi * np.arange(2 * hop)[:, None] * np.array(FREQUENCIES) / rate
    waves: npt.NDArray[np.float64] = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    unit: npt.NDArray[np.float64] = waves / np.linalg.norm(waves, axis=0)
    return unit.astype(np.float32)


def _windows(
    samples: Samples, rate: int, hop: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Purity, frequency (Hz) and level (dBFS) of every window."""
    count = max(0, len(samples) // hop - 1)
    out = np.zeros((3, count), np.float32)
    for first in range(0, count, _HOPS_A_BLOCK):
        last = min(count, first + _HOPS_A_BLOCK)
        block = samples[first * hop : (last + 1) * hop].reshape(-1, hop).astype(np.float32) / 32768.0
        out[:, first:last] = _block_windows(block, _basis(rate, hop))
    return out[0], out[1], out[2]


def _block_windows(hops: npt.NDArray[np.float32], basis: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    hop = hops.shape[1]
    energy = (hops**2).sum(axis=1)
    sums = hops.sum(axis=1)
    energy = energy[:-1] + energy[1:] - (sums[:-1] + sums[1:]) ** 2 / (2 * hop)
    waves = hops[:-1] @ basis[:hop] + hops[1:] @ basis[hop:]
    half = len(FREQUENCIES)
    explained = waves[:, :half] ** 2 + waves[:, half:] ** 2
    power = np.maximum(energy, 1e-12)
    level = 10 * np.log10(power / (2 * hop))
    return np.stack([explained.max(axis=1) / power, np.array(FREQUENCIES)[explained.argmax(axis=1)], level])


def _matched(bursts: list[Burst]) -> list[Tone]:
    tones: list[Tone] = []
    at = 0
    while at < len(bursts):
        best = max(_candidates(bursts, at), key=lambda c: c[1], default=None)
        if best:
            tones.append(_tone(*best, bursts[at : at + best[1]]))
        elif bursts[at].seconds >= DIAL_SECONDS:
            tones.append(_tone("dial", 1, 0.0, bursts[at : at + 1]))
        at += best[1] if best else 1
    return tones


def _candidates(bursts: list[Burst], at: int) -> Iterator[tuple[str, int, float]]:
    """Rhythms that begin at a burst: name, number of bursts, mean deviation from the rhythm."""
    for cadence in CADENCES:
        for phase in range(len(cadence.pattern)):
            pattern = [cadence.pattern[(phase + i) % len(cadence.pattern)] for i in range(len(bursts) - at)]
            count, deviation = _follow(bursts[at:], pattern)
            if count >= cadence.bursts:
                yield cadence.name, count, deviation


def _follow(bursts: Sequence[Burst], pattern: Sequence[tuple[float, float]]) -> tuple[int, float]:
    """How many bursts keep the pattern, and how far the whole ones are off it (share of their length)."""
    count, off = 0, []
    for i, (burst, (on, _)) in enumerate(zip(bursts, pattern, strict=True)):
        if i and not _continues(bursts[0], bursts[i - 1], burst, pattern[i - 1][1]):
            break
        whole = _near(burst.seconds, on)
        if not whole and burst.seconds > on:
            break
        count += 1
        if whole:
            off.append(abs(burst.seconds - on) / on)
        elif i:  # cut by an answer or by the end of the recording: nothing follows
            break
    # The first may be cut by the beginning of the recording, but something must be whole.
    return (count, float(np.mean(off))) if off else (0, 0.0)


def _continues(first: Burst, previous: Burst, burst: Burst, off: float) -> bool:
    return (
        _near(burst.start - previous.end, off)
        and previous.pause_level <= previous.level - PAUSE_DEPTH
        and abs(burst.hertz - first.hertz) <= SAME_HZ
        and abs(burst.level - first.level) <= SAME_DB
    )


def _near(seconds: float, expected: float) -> bool:
    return abs(seconds - expected) <= max(TOLERANCE * expected, RESOLUTION)


def _tone(kind: str, count: int, deviation: float, bursts: Sequence[Burst]) -> Tone:
    purity = float(np.mean([burst.purity for burst in bursts[:count]]))
    return Tone(
        kind=kind,
        start=bursts[0].start,
        end=bursts[-1].end,
        score=round(min(1.0, purity) * (1 - deviation), 3),
        bursts=tuple((burst.start, burst.end) for burst in bursts),
    )
