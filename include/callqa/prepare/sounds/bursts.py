"""Stretches of audio in which one sound of known frequencies is nearly everything: tones, before their rhythm.

Two stages. Every 10 ms, cheaply: how much of 20 ms lies in the space that the sound's frequencies span. Then, for the
few stretches where that is most of it: a fine spectrum, which has to show the partials and nothing else but noise.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.cadences import Sound
from callqa.prepare.sounds.levels import SILENCE
from callqa.prepare.spans import joined, of_mask

Array = npt.NDArray[np.float32]

HOP = 0.01
"""Seconds; a window is two of them."""
PURITY = 0.6
"""Share of a window's energy in the sound. At 5 dB above noise it is 0.76, in speech rarely 0.5."""
NEARLY = 0.35
HOLE = 8
"""Windows between pure ones that are nearly pure: the tone goes on."""
FAINTEST = -50.0
"""dBFS of a window."""
DROPOUT = 0.025
SHORTEST = 0.05
EDGE_DB = 6.0
"""A window this far below its neighbours inside is an edge, or what a codec lets ring on …"""
EDGE = 12
"""… windows: MP3 rings before and after for up to 0.1 s."""
NARROW_RATE = 8_000
"""Hz: enough for every tone; what is above it is averaged away before."""
PIECE = 0.4
"""Seconds of a fine spectrum: a steady tone lies within 5 Hz, a voice wanders further."""
PIECES = 8
LOBE = 3.0
"""Half the width of a partial's peak, in bins: two of the window's, and what a vocoder's frames modulate."""
NEAR = 25.0
"""Hz around a partial in which a vocoder puts what it makes of a tone …"""
FOCUS = 0.65
"""… of which so much is the tone's; a whistle or a hum wanders."""
MOST = 0.6
"""Of the pieces of a burst: has the spectrum of the sound."""
WANDER = 4.0
"""Hz that a partial's frequency varies within a burst (standard deviation); a whistle or a hum varies by more."""
LONG_PAUSE = 1.0
"""Seconds from which a pause is the silence between two rings."""
_HOPS_A_BLOCK = 6_000
_FINE = 4
"""Zero padding of a fine spectrum: its grid is four times finer than its pieces resolve."""


@dataclass(frozen=True, kw_only=True)
class Burst:
    """A stretch of pure sound."""

    start: float
    end: float
    hertz: tuple[float, ...]
    """Measured, one a partial."""
    purity: float
    """Share of the energy that is the sound's."""
    focus: float
    """Share of the energy near the partials that is within a few hertz of them."""
    wander: float
    """Hz by which the frequencies differ from piece to piece (standard deviation)."""
    level: float
    """dBFS."""
    first_level: float
    """dBFS of the first fifth …"""
    last_level: float
    """… and of the last one."""
    pause_level: float
    """dBFS between this burst and the next one."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end - self.start

    @property
    def noise_level(self) -> float:
        """dBFS of what is not the sound, under it."""
        return self.level + 10 * float(np.log10(max(1e-6, 1 - self.purity)))


def narrow(samples: Samples, rate: int) -> tuple[Array, float]:
    """Samples (full scale 1) at the rate between 8 and 16 kHz that is a whole fraction of theirs, and that rate."""
    factor = max(1, rate // NARROW_RATE)
    whole = len(samples) // factor * factor
    values = samples[:whole].astype(np.float32)
    summed = values if factor == 1 else sum((values[i::factor] for i in range(1, factor)), values[::factor])
    return summed * np.float32(1 / (32768.0 * factor)), rate / factor


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Every 20 ms of a channel, `hop` samples (of the original rate) apart."""

    hop: int
    level: Array
    """dBFS, shape (windows,)."""
    purity: Array
    """By sound, shape (sounds, windows)."""


def windows_of(samples: Samples, rate: int, sounds: Sequence[Sound]) -> Windows:
    """The cheap stage, in blocks of a minute."""
    factor = max(1, rate // NARROW_RATE)
    step = round(rate / factor * HOP)
    hop = step * factor
    count = max(0, len(samples) // hop - 1)
    bases = [_basis(sound, rate / factor, 2 * step) for sound in sounds]
    level, purity = np.zeros(count, np.float32), np.zeros((len(sounds), count), np.float32)
    for first in range(0, count, _HOPS_A_BLOCK):
        last = min(count, first + _HOPS_A_BLOCK)
        block, _ = narrow(samples[first * hop : (last + 1) * hop], rate)
        level[first:last], purity[:, first:last] = _measured(block.reshape(-1, step), bases)
    return Windows(hop=hop, level=level, purity=purity)


@functools.cache
def _basis(sound: Sound, rate: float, length: int) -> Array:
    """Orthonormal waves that span the sound wherever in its tolerance it lies: shape (length, waves)."""
    reach = sound.tolerance + sound.spread
    hertz = np.concatenate([np.linspace(f - reach, f + reach, 9) for f in sound.hertz])
    angle = 2 * np.pi * np.arange(length)[:, None] * hertz / rate
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    vectors, values, _ = np.linalg.svd(waves, full_matrices=False)
    # 1 % of the strongest's energy: what less says, noise says as well.
    return np.ascontiguousarray(vectors[:, values**2 > 0.01 * values[0] ** 2], np.float32)


def _measured(hops: Array, bases: Sequence[Array]) -> tuple[Array, Array]:
    hop = hops.shape[1]
    energy, sums = np.einsum("ij,ij->i", hops, hops), hops.sum(axis=1)
    power = np.maximum(energy[:-1] + energy[1:] - (sums[:-1] + sums[1:]) ** 2 / (2 * hop), 1e-12)
    basis = np.concatenate(bases, axis=1)
    # A window is two hops, so each hop is multiplied with both halves of the waves once.
    waves = (hops[:-1] @ basis[:hop] + hops[1:] @ basis[hop:]) ** 2
    firsts = np.cumsum([0, *(one.shape[1] for one in bases)])[:-1]
    return 10 * np.log10(power / (2 * hop)), np.add.reduceat(waves, firsts, axis=1).T / power


def bursts_of(samples: Samples, rate: int, sound: Sound, windows: Windows | None = None, index: int = 0) -> list[Burst]:
    """Stretches of a pure sound of at least 50 ms.

    `windows` are those of several sounds, of which `index` is this one; without them they are measured here.
    """
    windows = windows or windows_of(samples, rate, [sound])
    found: list[tuple[int, int, Spectrum]] = []
    step = windows.hop / rate
    pure = _without_holes(windows.purity[index]) & (windows.level >= FAINTEST)
    for first, last in runs_of(pure, windows.level, step):
        spectrum = spectrum_of(samples, rate, (first * windows.hop, (last + 1) * windows.hop), sound)
        if spectrum:
            found.append((first, last, spectrum))
    return list(_bursts(found, windows, rate))


def _without_holes(purity: Array) -> npt.NDArray[np.bool_]:
    """Pure windows, and short stretches of nearly pure ones between them: what a noise or a lost packet leaves."""
    pure = purity >= PURITY
    for start, end in of_mask(~pure, 1.0):
        first, last = int(start), int(end)
        if first > 0 and last < len(pure) and last - first <= HOLE and purity[first:last].min() >= NEARLY:
            pure[first:last] = True
    return pure


def runs_of(pure: npt.NDArray[np.bool_], level: Array, step: float) -> Iterator[tuple[int, int]]:
    """First window and the one after the last of every stretch of pure ones, without what rings on at its edges."""
    for start, end in joined(of_mask(pure, step), DROPOUT):
        first, last = round(start / step), round(end / step)
        while last - first > 3 and level[first] < level[first + 1 : min(last, first + EDGE)].max() - EDGE_DB:
            first += 1
        while last - first > 3 and level[last - 1] < level[max(first, last - EDGE) : last - 1].max() - EDGE_DB:
            last -= 1
        if (last - first + 1) * step >= SHORTEST:
            yield first, last


def _bursts(found: Sequence[tuple[int, int, Spectrum]], windows: Windows, rate: int) -> Iterator[Burst]:
    step = windows.hop / rate
    nexts = [*(first for first, *_ in found), len(windows.level)][1:]
    for (first, last, spectrum), following in zip(found, nexts, strict=True):
        inside = windows.level[first:last]
        fifth = max(1, len(inside) // 5)
        yield Burst(
            # The first and the last window hold half of it.
            start=(first + 0.5) * step,
            end=(last + 0.5) * step,
            **dataclasses.asdict(spectrum),
            level=float(np.median(inside)),
            first_level=float(np.median(inside[:fifth])),
            last_level=float(np.median(inside[-fifth:])),
            pause_level=_pause(windows.level[last + 1 : following - 1], step),
        )


def _pause(level: Array, step: float) -> float:
    """Mean power, dBFS; of a long pause that of its quieter three quarters: a word or a click in it does not count."""
    if not len(level):
        return SILENCE
    count = len(level) if len(level) * step < LONG_PAUSE else (3 * len(level) + 3) // 4
    quieter = np.sort(level)[:count].astype(np.float64)
    return float(10 * np.log10(np.mean(10.0 ** (quieter / 10))))


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """What a fine spectrum shows of a sound: fields of Burst."""

    hertz: tuple[float, ...]
    purity: float
    focus: float
    wander: float


def spectrum_of(samples: Samples, rate: int, within: tuple[int, int], sound: Sound) -> Spectrum | None:
    """The fine spectrum of the samples [start, end), where it is the sound's; else None."""
    pieces = list(_pieces(samples, rate, *within))
    read = [_partials(piece, rate_, sound) for piece, rate_ in pieces]
    good = [one for one in read if one is not None]
    if not good or len(good) < MOST * len(read):
        return None
    hertz = np.array([one.hertz for one in good])
    wander = float(np.max(np.std(hertz, axis=0)))
    middle = np.median(hertz, axis=0)
    if wander > WANDER + sound.spread / 2 or np.any(np.abs(middle - sound.hertz) > sound.tolerance):
        return None
    return Spectrum(
        hertz=tuple(float(f) for f in middle),
        purity=float(np.median([one.purity for one in good])),
        focus=float(np.median([one.focus for one in good])),
        wander=wander,
    )


def _pieces(samples: Samples, rate: int, start: int, end: int) -> Iterator[tuple[Array, float]]:
    """Up to eight pieces of at most 0.4 s, spread over [start, end)."""
    length = min(end - start, round(PIECE * rate))
    count = min(PIECES, max(1, (end - start) // length))
    for at in np.linspace(start, end - length, count).astype(int):
        yield narrow(samples[at : at + length], rate)


def _partials(piece: Array, rate: float, sound: Sound) -> Spectrum | None:
    """Of one piece; None where it shows other peaks than the partials, or not these."""
    points = 1 << (_FINE * len(piece) - 1).bit_length()
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), points)) ** 2
    grid = rate / points
    lobe = LOBE * rate / len(piece) + sound.spread
    near = max(lobe, min(NEAR, 0.45 * min(np.diff(sound.hertz), default=NEAR * 3)))
    power[: round(60 / grid)] = 0.0  # hum of the mains, offset
    rest, places, shares, peaks, focus = power.copy(), [], [], [], []
    for hertz in sound.hertz:
        places.append(_place(power, hertz, grid, sound))
        around = _slice(power, places[-1], near, grid)
        shares.append(float(_slice(power, places[-1], lobe, grid).sum()))
        peaks.append(float(around.max()))
        focus.append(shares[-1] / max(1e-20, float(around.sum())))
        _slice(rest, places[-1], near, grid)[:] = 0.0
    purity = sum(shares) / max(1e-20, float(power.sum()))
    if min(shares) < sound.twist * max(shares) or rest.max() > sound.other * max(peaks):
        return None
    if purity < PURITY - 0.1 or min(focus) < FOCUS:
        return None
    return Spectrum(hertz=tuple(places), purity=min(1.0, purity), focus=min(focus), wander=0.0)


def _slice(power: Array, hertz: float, reach: float, grid: float) -> Array:
    """The bins within `reach` Hz of a frequency."""
    return power[max(0, round((hertz - reach) / grid)) : round((hertz + reach) / grid) + 1]


def _place(power: Array, hertz: float, grid: float, sound: Sound) -> float:
    """Where a partial peaks, Hz; the centre of mass of its band where it is modulated."""
    low = round((hertz - sound.tolerance) / grid - 2)
    band = power[low : round((hertz + sound.tolerance) / grid + 3)]
    if sound.spread:
        return grid * (low + float((np.arange(len(band)) * band).sum() / max(band.sum(), 1e-20)))
    return grid * (low + int(band.argmax()))
