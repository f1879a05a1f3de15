"""What a channel is like, measured on the original audio: levels, noise, clipping, offset, bandwidth.

Levels are RMS in dBFS, 0 = a square wave of full scale (a sine of full scale has -3.01), without the line's offset, as
in AES17 without its 3 dB for sines. SNR = (S - N) / N of mean powers in the frames with speech and in those with noise:
what is measured while somebody speaks is the sum of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.contracts import ChannelQuality
from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.levels import SILENCE, STEP, Levels, mask_of
from callqa.prepare.spans import Span, joined

Mask = npt.NDArray[np.bool_]
Power = npt.NDArray[np.float64]

EDGE = 0.1
"""Seconds around speech, tones and sounds that are no noise: they fade."""
MIN_NOISE = 0.5
"""Seconds of noise that are enough to measure it; with less, the quietest tenth of the channel is taken."""
WORST_SNR = -30.0
"""dB; below, speech in the noise cannot be told from none."""
WINDOW = 0.032
"""Seconds of a spectrum …"""
SPECTRA = 600
"""… of which so many, evenly spread, are enough for a long-term average."""
ENERGY = 0.99
"""Of the long-term spectrum: what the bandwidth holds."""
LOUD_ENOUGH = 0.05
"""Of full scale: a flat top below it is the last bits of a quiet line."""
FLAT = 4.0
"""So many times as many samples have the extreme value as the next one: a clipped signal piles up at its limit (Eaton
and Naylor, EUSIPCO 2013). A sine through A-law, whose extreme step is as wide as the next one, has 2.4."""
RUN = 2
_BLOCK = 1 << 20
_WINDOWS = 256


def quality_of(
    channel: int, samples: Samples, rate: int, levels: Levels, speech: list[Span], others: list[Span]
) -> ChannelQuality:
    """Measure a channel.

    Args:
        channel: its 0-based number.
        samples: at the recording's rate; read in blocks.
        rate: Hz.
        levels: of each 10 ms, dBFS.
        speech: where a voice was detected, seconds.
        others: tones and other sounds, seconds: neither speech nor noise.
    """
    voiced = mask_of(speech, len(levels))
    quiet = _noise_frames(levels, speech, others)
    noise, talk = mean_dbfs(levels[quiet]), mean_dbfs(levels[voiced]) if voiced.any() else None
    extent = _extent(samples)
    return ChannelQuality(
        channel=channel,
        speech_dbfs=None if talk is None else round(talk, 2),
        noise_dbfs=round(noise, 2),
        snr_db=None if talk is None else round(snr_db(talk, noise), 2),
        peak_dbfs=round(_dbfs(max(-extent.low, extent.high) / 32768.0), 2),
        clipped_share=round(clipped_share(samples, extent), 6),
        dc_offset=round(extent.mean / 32768.0, 6),
        bandwidth_hz=bandwidth_hz(samples, rate, voiced if voiced.any() else ~quiet, quiet),
    )


def mean_dbfs(levels: Levels) -> float:
    """RMS level of frames, dBFS."""
    return float(10 * np.log10(np.mean(10.0 ** (levels.astype(np.float64) / 10)))) if len(levels) else SILENCE


def snr_db(talk: float, noise: float) -> float:
    """Speech over noise, given the level while somebody speaks and the level of the noise alone, dBFS."""
    ratio = 10.0 ** ((talk - noise) / 10) - 1.0
    return max(WORST_SNR, float(10 * np.log10(ratio))) if ratio > 0 else WORST_SNR


def _dbfs(amplitude: float) -> float:
    return max(SILENCE, float(20 * np.log10(amplitude))) if amplitude > 0 else SILENCE


def _noise_frames(levels: Levels, speech: list[Span], others: list[Span]) -> Mask:
    taken = joined((start - EDGE, end + EDGE) for start, end in [*speech, *others])
    quiet = ~mask_of(taken, len(levels))
    if quiet.sum() * STEP >= MIN_NOISE or not len(levels):
        return quiet
    tenth: Mask = levels <= np.percentile(levels, 10)
    return tenth


@dataclass(frozen=True, kw_only=True)
class _Extent:
    """Of a channel's samples, full scale 32768."""

    low: int
    high: int
    mean: float


def _extent(samples: Samples) -> _Extent:
    blocks = [(int(block.min()), int(block.max()), int(block.sum(dtype=np.int64))) for block in _blocks(samples)]
    low, high, total = (list(column) for column in zip(*blocks, strict=True)) if blocks else ([0], [0], [0])
    return _Extent(low=min(low), high=max(high), mean=sum(total) / max(1, len(samples)))


def _blocks(samples: Samples) -> Iterator[Samples]:
    for first in range(0, len(samples), _BLOCK):
        yield samples[first : first + _BLOCK]


def clipped_share(samples: Samples, extent: _Extent) -> float:
    """Share of the samples in runs of at least two at the flat top or the flat bottom of the channel.

    Found by the pile at the extreme value, so at any level. A lossy codec after the clipping rounds it off: what was
    clipped before an MP3 or AMR encoder is not seen.
    """
    if extent.high - extent.low < 2 * LOUD_ENOUGH * 32768:
        return 0.0
    return sum(_flat_samples(samples, value) for value in (extent.high, extent.low)) / max(1, len(samples))


def _flat_samples(samples: Samples, extreme: int) -> int:
    if abs(extreme) < LOUD_ENOUGH * 32768:
        return 0
    at_top = sum(int(np.count_nonzero(block == extreme)) for block in _blocks(samples))
    if at_top < 2 * RUN or at_top < FLAT * _next_count(samples, extreme):
        return 0
    return sum(_in_runs(block == extreme) for block in _blocks(samples))


def _next_count(samples: Samples, extreme: int) -> int:
    """How many samples have the value that is next to the extreme one."""
    nearest, count = 0, 0
    for block in _blocks(samples):
        rest = block[block != extreme]
        value = int((rest.max() if extreme > 0 else rest.min()) if len(rest) else 0)
        nearer = value > nearest if extreme > 0 else value < nearest
        if nearer:
            nearest, count = value, 0
        if value == nearest:
            count += int(np.count_nonzero(rest == value))
    return count


def _in_runs(mask: Mask) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    lengths = np.diff(edges.reshape(-1, 2), axis=1)
    return int(lengths[lengths >= RUN].sum())


def bandwidth_hz(samples: Samples, rate: int, talk: Mask, quiet: Mask) -> float:
    """The frequency below which ENERGY of the long-term spectrum of the frames `talk` lies, that of `quiet` subtracted.

    0 where nothing is left.
    """
    size = round(rate * WINDOW)
    spectrum = _spectrum(samples, rate, size, talk)
    if spectrum is None:
        return 0.0
    noise = _spectrum(samples, rate, size, quiet)
    above = np.maximum(0.0, spectrum - (0.0 if noise is None else noise))
    sums = np.cumsum(above)
    return float(round(np.searchsorted(sums, ENERGY * sums[-1]) * rate / size, 1)) if sums[-1] > 0 else 0.0


def _spectrum(samples: Samples, rate: int, size: int, frames: Mask) -> Power | None:
    """Mean power by frequency of windows (Hann, the mean taken off) that begin in the frames."""
    starts = np.flatnonzero(frames)[:: max(1, -(-int(frames.sum()) // SPECTRA))] * rate // 100
    starts = starts[starts + size <= len(samples)]
    if not len(starts):
        return None
    total = np.zeros(size // 2 + 1)
    for first in range(0, len(starts), _WINDOWS):
        windows = samples[starts[first : first + _WINDOWS, None] + np.arange(size)].astype(np.float32)
        windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size).astype(np.float32)
        total += (np.abs(np.fft.rfft(windows, axis=1)) ** 2).sum(axis=0)
    return total / len(starts)
