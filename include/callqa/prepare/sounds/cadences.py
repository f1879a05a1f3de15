"""The call-progress tones of a country: which frequencies sound, in which rhythm, what they mean.

Sources: ITU-T E.180 Supplement 2 and the ITU's list of tones in national networks (02/2003); GF 002-9002 for China;
BT SIN 350 for the United Kingdom; Telcordia GR-506 (precise tone plan) for North America.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass

Pattern = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What is heard while a tone is on."""

    hertz: tuple[float, ...]
    """Partials, rising."""
    tolerance: float
    """Hz that each may be off: the standard's, and what a drifting sampling clock adds."""
    spread: float = 0.0
    """Hz on both sides of a partial that an amplitude modulation reaches."""
    twist: float = 0.1
    """The weakest partial, as a share of the strongest (-10 dB): lines and codecs tilt by less."""
    other: float = 0.08
    """A peak beside the partials, as a share of the strongest (-11 dB): harmonics, chords, vowels have one."""


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """A rhythm: seconds on and off, repeated."""

    name: str
    sound: Sound
    pattern: Pattern
    bursts: int
    """At least so many, of which the first and the last may be cut."""
    same_db: float = 6.0
    """The bursts' levels differ less."""


@dataclass(frozen=True, kw_only=True)
class Steady:
    """A sound without pauses."""

    name: str
    sound: Sound
    seconds: float
    """At least so long: what sounds as long by chance (a held note, a beep) is shorter or less pure."""
    rises: bool = False
    """Louder step by step."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The tones of a country."""

    cadences: tuple[Cadence, ...]
    steadies: tuple[Steady, ...]

    @property
    def sounds(self) -> tuple[Sound, ...]:
        """Each sound once."""
        return tuple(dict.fromkeys([*(c.sound for c in self.cadences), *(s.sound for s in self.steadies)]))


DIAL_SECONDS = 3.0
HOWLER_SECONDS = 1.5
_BETWEEN = 0.2
"""Of two partials vocoders make others, between them and around them."""
_450 = Sound(hertz=(450.0,), tolerance=25.0)
_400 = Sound(hertz=(400.0,), tolerance=20.0)
_350_440 = Sound(hertz=(350.0, 440.0), tolerance=9.0, other=_BETWEEN)
_440_480 = Sound(hertz=(440.0, 480.0), tolerance=9.0, other=_BETWEEN)
_480_620 = Sound(hertz=(480.0, 620.0), tolerance=9.0, other=_BETWEEN)
_400_450 = Sound(hertz=(400.0, 450.0), tolerance=9.0, other=_BETWEEN)
_400_MODULATED = Sound(hertz=(400.0,), tolerance=20.0, spread=22.0)
_950 = Sound(hertz=(950.0,), tolerance=25.0)
# Vocoders care less for what is above 2 kHz.
_OFF_HOOK = Sound(hertz=(1400.0, 2060.0, 2450.0, 2600.0), tolerance=30.0, twist=0.03, other=0.12)


def _cadence(name: str, sound: Sound, pattern: Pattern, bursts: int = 3) -> Cadence:
    return Cadence(name=name, sound=sound, pattern=pattern, bursts=bursts)


_CN = Plan(
    cadences=(
        _cadence("ringback", _450, ((1.0, 4.0),), 2),
        _cadence("busy", _450, ((0.35, 0.35),)),
        _cadence("congestion", _450, ((0.7, 0.7),)),
        _cadence("empty_number", _450, ((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.4, 0.4)), 6),
        _cadence("long_distance", _450, ((0.2, 0.2), (0.2, 0.6)), 4),
    ),
    steadies=(
        Steady(name="dial", sound=_450, seconds=DIAL_SECONDS),
        Steady(name="howler", sound=_950, seconds=HOWLER_SECONDS, rises=True),
    ),
)
_DIAL_350_440 = (Steady(name="dial", sound=_350_440, seconds=DIAL_SECONDS),)
_OFF_HOOK_HOWLER = _cadence("howler", _OFF_HOOK, ((0.1, 0.1),), 5)
_BUSY_480_620 = _cadence("busy", _480_620, ((0.5, 0.5),))
_REORDER_480_620 = _cadence("congestion", _480_620, ((0.25, 0.25),))
_HK = Plan(
    cadences=(
        _cadence("ringback", _440_480, ((0.4, 0.2), (0.4, 3.0)), 3),
        _BUSY_480_620,
        _REORDER_480_620,
    ),
    steadies=(*_DIAL_350_440, Steady(name="empty_number", sound=_480_620, seconds=DIAL_SECONDS)),
)
_TW = Plan(
    cadences=(_cadence("ringback", _440_480, ((1.0, 2.0),), 2), _BUSY_480_620, _REORDER_480_620),
    steadies=_DIAL_350_440,
)
_KR = Plan(
    cadences=(
        _cadence("ringback", _440_480, ((1.0, 2.0),), 2),
        _BUSY_480_620,
        _cadence("congestion", _480_620, ((0.3, 0.2),)),
    ),
    steadies=_DIAL_350_440,
)
_US = Plan(
    cadences=(_cadence("ringback", _440_480, ((2.0, 4.0),), 2), _BUSY_480_620, _REORDER_480_620, _OFF_HOOK_HOWLER),
    steadies=_DIAL_350_440,
)
_JP = Plan(
    cadences=(
        _cadence("ringback", _400_MODULATED, ((1.0, 2.0),), 2),
        # The same rhythm says that all lines are engaged.
        _cadence("busy", _400, ((0.5, 0.5),)),
    ),
    steadies=(Steady(name="dial", sound=_400, seconds=DIAL_SECONDS),),
)
_UK = Plan(
    cadences=(
        _cadence("ringback", _400_450, ((0.4, 0.2), (0.4, 2.0)), 3),
        _cadence("busy", _400, ((0.375, 0.375),)),
        # SIN 350: the short burst is 6 dB louder than the long one.
        Cadence(name="congestion", sound=_400, pattern=((0.4, 0.35), (0.225, 0.525)), bursts=4, same_db=9.0),
    ),
    steadies=(*_DIAL_350_440, Steady(name="empty_number", sound=_400, seconds=DIAL_SECONDS)),
)
PLANS: Mapping[str, Plan] = types.MappingProxyType(
    {"cn": _CN, "hk": _HK, "tw": _TW, "jp": _JP, "kr": _KR, "us": _US, "uk": _UK}
)
"""By the name of `settings.prepare.tones`."""
