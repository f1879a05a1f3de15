"""Hold music: stretches in which the spectrum holds steady notes, changes little, and never pauses.

A voice glides: its partials leave a place in the spectrum within a tenth of a second, and it is silent between words.
Notes stay where they are. Three measures over windows of four seconds, weighed by a logistic regression that was fitted
on music of six kinds and speech in nine languages through telephone codecs (docs/tones.md says how it holds up). Errors
are not equal: music that is missed is a false alarm of the voice detector, speech that is called music would be lost,
so only what is far on music's side is named.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.bursts import NARROW_RATE, narrow
from callqa.prepare.sounds.levels import SILENCE
from callqa.prepare.sounds.tones import Tone
from callqa.prepare.spans import Span, joined, of_mask, total, without

DETECTOR = "callqa.music"
VERSION = "1"

HOP = 0.064
"""Seconds between frames; a frame is two of them, so that a bin of its spectrum is 7.8 Hz wide."""
LOWEST, HIGHEST = 78.0, 3500.0
"""Hz."""
PROMINENCE = 4.0
"""A peak over the mean of the 17 bins around it."""
FAINT_PEAK = 1e-4
"""Of a frame's strongest bin."""
HELD = 5
"""Frames that a note stays in its bin, or in the next: 0.38 s with the frames' own length."""
WINDOW = 64
"""Frames: 4.1 s."""
STRIDE = 8
FAINTEST = -55.0
"""dBFS: what is below it all along is no music that anybody is played."""
ACTIVE_DB = 25.0
"""Frames this far below the window's loud ones do not count …"""
PAUSE_DB = 15.0
"""… and these are pauses."""
WEIGHTS = (10.5, -16.0, -7.0)
"""Of the share of energy in held notes, of the change from frame to frame, of the share of pauses."""
BIAS = 7.1
SURE = 3.0
"""Log-odds from which a window is music. The highest of clear speech is 2.1."""
LIKELY = 1.0
"""Log-odds that continue a stretch of it."""
SECOND = 16
"""Frames."""
GAP = 0.5
FEWEST_NOTES = 2.5
"""Held at once, on average: a whistle, a modem, a tone have one or two."""
SHORTEST = 4.0
SHORTEST_PART = 1.5
_FRAMES_A_BLOCK = 128
"""8 s, whose spectra stay in a processor's cache."""

Array = npt.NDArray[np.float32]


def music_of(samples: Samples, rate: int, tones: Sequence[Tone] = ()) -> list[Tone]:
    """The stretches of a channel that are surely music, as `hold_music`; `tones` are what is none in spite of it.

    `start` and `end` are the music's, `bursts` the parts of it in which nothing else is heard, `score` its mean
    probability. Speech over music is in no burst. Sung music is often missed.
    """
    frames = frames_of(samples, rate)
    odds, at = _odds(frames)
    alone = _alone(frames)
    found = []
    for start, end in _stretches(odds, at):
        bursts = without([_cut(span, start, end) for span in alone], [(t.start, t.end) for t in tones])
        bursts = [span for span in bursts if span[1] - span[0] >= SHORTEST_PART]
        if total(bursts) >= SHORTEST:
            found.append(_music(odds, at, bursts))
    return found


def _music(odds: Array, at: Array, bursts: list[Span]) -> Tone:
    start, end = bursts[0][0], bursts[-1][1]
    inside = odds[(at >= start) & (at <= end)]
    score = round(float(np.mean(1 / (1 + np.exp(-inside)))), 3) if len(inside) else 0.5
    return Tone(kind="hold_music", start=start, end=end, score=score, bursts=tuple(bursts))


def _cut(span: Span, start: float, end: float) -> Span:
    return max(span[0], start), max(min(span[1], end), start)


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What is measured every 64 ms."""

    held: Array
    """Share of the energy in held notes."""
    change: Array
    """Distance of the spectrum's shape from that of the frame before, 0..2."""
    level: Array
    """dBFS."""
    notes: Array
    """Number of held notes."""


def frames_of(samples: Samples, rate: int) -> Frames:
    """The measures of a channel, in blocks of eight seconds, of which silent ones are skipped."""
    factor = max(1, rate // NARROW_RATE)
    hop = round(rate / factor * HOP)
    count = max(0, len(samples) // (factor * hop) - 1)
    out = np.zeros((4, count), np.float32)
    out[2] = SILENCE
    for first in range(0, count, _FRAMES_A_BLOCK):
        last = min(count, first + _FRAMES_A_BLOCK)
        # A note that begins before the block or ends after it is held in it all the same.
        begin, end = max(0, first - HELD), min(count, last + HELD)
        block, narrowed = narrow(samples[begin * hop * factor : (end + 1) * hop * factor], rate)
        if np.abs(block).max() >= 10 ** (FAINTEST / 20):
            out[:, first:last] = _measures(_spectra(block, hop, narrowed))[:, first - begin : last - begin]
    return Frames(held=out[0], change=out[1], level=out[2], notes=out[3])


@functools.cache
def _taper(length: int) -> Array:
    window: npt.NDArray[np.float64] = np.hanning(length)
    taper: Array = (window / np.sqrt(np.sum(window**2) * length / 2)).astype(np.float32)
    return taper


def _spectra(block: Array, hop: int, rate: float) -> Array:
    """Power by frame and bin, of which the sum is the frame's mean power."""
    frames = np.lib.stride_tricks.sliding_window_view(block, 2 * hop)[::hop]
    low, high = round(LOWEST * 2 * hop / rate), round(HIGHEST * 2 * hop / rate)
    spectrum = np.fft.rfft(frames * _taper(2 * hop), axis=1)[:, low:high]
    return (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)


def _measures(power: Array) -> Array:
    total = power.sum(axis=1) + 1e-12
    note = _held(_peaks(power))
    lobes = power.copy()
    lobes[:, 1:] += power[:, :-1]
    lobes[:, :-1] += power[:, 1:]
    shape = np.sqrt(power / total[:, None])
    change = np.zeros(len(power), np.float32)
    change[1:] = 2 - 2 * np.einsum("ij,ij->i", shape[1:], shape[:-1])
    held = np.where(note, lobes, 0).sum(axis=1) / total
    return np.stack([held, change, 10 * np.log10(total), note.sum(axis=1)])


def _peaks(power: Array) -> npt.NDArray[np.bool_]:
    sums = np.cumsum(np.pad(power, ((0, 0), (9, 8))), axis=1)
    around = (sums[:, 17:] - sums[:, :-17]) / 17
    peaks: npt.NDArray[np.bool_] = (power > PROMINENCE * around) & (
        power > FAINT_PEAK * power.max(axis=1, keepdims=True)
    )
    peaks[:, 1:] &= power[:, 1:] >= power[:, :-1]
    peaks[:, :-1] &= power[:, :-1] > power[:, 1:]
    return peaks


def _held(peaks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Peaks of notes: with one within a bin of it in each of the next frames, or held by one before."""
    wide, begins = _widened(peaks), peaks.copy()
    for i in range(1, HELD):
        begins[:-i] &= wide[i:]
        begins[-i:] = False
    held, reach = begins.copy(), _widened(begins)
    for i in range(1, HELD):
        held[i:] |= reach[:-i] & peaks[i:]
    return held


def _widened(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    out = mask.copy()
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out


def _odds(frames: Frames) -> tuple[Array, Array]:
    """Log-odds of music of every window, and the time of its middle in seconds."""
    if len(frames.level) < WINDOW:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    held, change, level, notes = (_windows(x) for x in (frames.held, frames.change, frames.level, frames.notes))
    loud = np.percentile(level, 90, axis=1, keepdims=True)
    active = level > loud - ACTIVE_DB
    count = active.sum(axis=1)
    changes = np.nanmedian(np.where(active, change, np.nan), axis=1)
    pauses = (level < loud - PAUSE_DB).mean(axis=1)
    odds = WEIGHTS[0] * (held * active).sum(axis=1) / count + WEIGHTS[1] * changes + WEIGHTS[2] * pauses + BIAS
    is_any = (loud[:, 0] >= FAINTEST) & ((notes * active).sum(axis=1) >= FEWEST_NOTES * count)
    middles = (np.arange(len(odds)) * STRIDE + WINDOW / 2) * HOP
    return np.where(is_any, odds, -10.0).astype(np.float32), middles.astype(np.float32)


def _windows(values: Array) -> Array:
    return np.lib.stride_tricks.sliding_window_view(values, WINDOW)[::STRIDE]


def _alone(frames: Frames) -> list[Span]:
    """Where one second by itself is like music: not where somebody speaks over it, or before it begins."""
    if len(frames.level) < SECOND:
        return []
    held, change = (np.convolve(x, np.full(SECOND, 1 / SECOND), "same") for x in (frames.held, frames.change))
    music = WEIGHTS[0] * held + WEIGHTS[1] * change + BIAS >= SURE
    half = SECOND * HOP / 2
    return [(start + half, end - half) for start, end in joined(of_mask(music, HOP), GAP) if end - start > 2 * half]


def _stretches(odds: Array, at: Array) -> list[Span]:
    """From the middle half of the first sure window to that of the last one, through likely ones."""
    half = WINDOW * HOP / 4
    likely = joined((float(t) - half, float(t) + half) for t in at[odds >= LIKELY])
    sure = [(float(t) - half, float(t) + half) for t in at[odds >= SURE]]
    spans = []
    for start, end in likely:
        inside = [span for span in sure if span[0] >= start and span[1] <= end]
        if inside and inside[-1][1] - inside[0][0] >= SHORTEST:
            spans.append((inside[0][0], inside[-1][1]))
    return spans
