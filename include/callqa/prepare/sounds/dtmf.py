"""Keys pressed during a call: DTMF, two frequencies at once (ITU-T Q.23), where and when but not which.

Callers type card numbers and PINs. So what leaves this module for the tables is that a key was pressed; the digit
itself is in `Press`, for whoever asks for it by name, and not in its representation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.bursts import FAINTEST, Windows, runs_of, spectrum_of, windows_of
from callqa.prepare.sounds.cadences import Sound
from callqa.prepare.sounds.tones import Tone

Keys = npt.NDArray[np.int64]

ROWS = (697.0, 770.0, 852.0, 941.0)
COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
"""Hz, ITU-T Q.23."""
KEYS = ("123A", "456B", "789C", "*0#D")
TOLERANCE = 24.0
"""Hz: Q.24 asks for 1.5 % (24 Hz at the highest)."""
PURITY = 0.6
"""Share of a window's energy in the two frequencies."""
OTHER = 0.12
"""A peak beside the two, as a share of the stronger: vocoders leave some."""
WEAKER = 0.06
"""Share of the weaker one: 10 dB of twist (Q.24 names 4 to 10)."""


@dataclass(frozen=True, kw_only=True)
class Press:
    """A key, held from `start` to `end` (seconds)."""

    start: float
    end: float
    score: float
    """Share of the energy that is the key's, 0..1."""
    digit: str = field(repr=False)
    """Personal data, possibly: not for tables or logs."""


def dtmf_of(samples: Samples, rate: int) -> list[Tone]:
    """The key presses of a channel as `dtmf`, without their digits."""
    return [
        Tone(kind="dtmf", start=press.start, end=press.end, score=press.score, bursts=((press.start, press.end),))
        for press in presses_of(samples, rate)
    ]


def presses_of(samples: Samples, rate: int) -> list[Press]:
    """The key presses of a channel of at least 40 ms, in order, with their digits."""
    sounds = [Sound(hertz=(hertz,), tolerance=0.5 * TOLERANCE) for hertz in (*ROWS, *COLUMNS)]
    windows = windows_of(samples, rate, sounds)
    keys = _keys(windows)
    found = [press for key in np.unique(keys[keys >= 0]) for press in _presses(samples, rate, windows, keys, int(key))]
    return sorted(found, key=lambda press: press.start)


def _keys(windows: Windows) -> Keys:
    """The key that each window may hold, as its number; -1 for none."""
    low, high = windows.purity[: len(ROWS)], windows.purity[len(ROWS) :]
    row, column = low.max(axis=0), high.max(axis=0)
    pure = (row + column >= PURITY) & (np.minimum(row, column) >= WEAKER) & (windows.level >= FAINTEST)
    return np.where(pure, low.argmax(axis=0) * len(COLUMNS) + high.argmax(axis=0), -1)


def _presses(samples: Samples, rate: int, windows: Windows, keys: Keys, key: int) -> Iterator[Press]:
    row, column = divmod(key, len(COLUMNS))
    sound = Sound(hertz=(ROWS[row], COLUMNS[column]), tolerance=TOLERANCE, other=OTHER)
    step = windows.hop / rate
    for first, last in runs_of(keys == key, windows.level, step):
        spectrum = spectrum_of(samples, rate, (first * windows.hop, (last + 1) * windows.hop), sound)
        if spectrum:
            score = round(spectrum.purity, 3)
            yield Press(start=(first + 0.5) * step, end=(last + 0.5) * step, score=score, digit=KEYS[row][column])
