"""Call-progress tones: ringing, engaged, congestion, number not in service, dial tone … in a country's rhythms.

Stretches of a pure sound (`bursts`) that keep a rhythm of the country's plan (`cadences`) are a tone. Works on the
original audio, at any rate from 4 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from callqa.contracts import TONES
from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.bursts import Burst, bursts_of, windows_of
from callqa.prepare.sounds.cadences import PLANS, Cadence, Pattern, Plan, Sound, Steady
from callqa.prepare.spans import Span, overlap, total

DETECTOR = "callqa.tones"
VERSION = "2"

PAUSE_DEPTH = 10.0
"""dB that a pause lies below its bursts: other sound in it breaks the rhythm …"""
PAUSE_OVER_NOISE = 4.0
"""… unless it is the noise under the burst, which lies at most this far below it."""
SAME_HZ = 4.0
"""The frequencies of the bursts of one tone differ less."""
TOLERANCE = 0.2
"""Of a burst's or a pause's length …"""
PERIOD_TOLERANCE = 0.15
"""… and of both together, which a codec that lets a burst ring on does not change …"""
RESOLUTION = 0.06
"""… but not finer than codecs keep an edge (MP3 smears it over 50 ms), seconds …"""
PERIOD_RESOLUTION = 0.04
"""… and two windows of 20 ms tell."""
STEADY_HZ = 0.45
"""The frequency of a tone without pauses wanders less: through any codec 0.24 Hz; a hum or a whistle 0.7 and more."""
RISE_DB = 3.0
"""A tone that rises is at its end so much louder than at its beginning."""
DOMINANT = 0.5
CONVERSATION = 4.0
"""Seconds of voice from which somebody answered: what the network says of a number is heard by its words."""


@dataclass(frozen=True, kw_only=True)
class Tone:
    """A tone of the telephone: `kind` is one of EVENT_CLASSES, `score` a confidence of 0..1."""

    kind: str
    start: float
    end: float
    score: float
    bursts: tuple[Span, ...]
    """Where it is audible."""
    hertz: tuple[float, ...] = ()
    """Measured frequencies of its partials."""
    cadence: Pattern = ()
    """The rhythm it keeps: seconds on and off; empty where it is steady."""


def tones_of(samples: Samples, rate: int, country: str = "cn") -> list[Tone]:
    """The call-progress tones of a channel, in order, by the plan of a country (a key of PLANS)."""
    plan = PLANS[country]
    windows = windows_of(samples, rate, plan.sounds)
    found: list[Tone] = []
    for index, sound in enumerate(plan.sounds):
        found += _matched(bursts_of(samples, rate, sound, windows, index), plan, sound)
    return _apart(found)


def call_state(tones: Sequence[Tone], sound_seconds: float, speech_seconds: float = 0.0) -> str | None:
    """What the tones say of a call in which nobody talked; else None.

    The class of most audible tone, where tones are more than half of all that is audible (`sound_seconds`, tones
    included) and there is no more voice outside them (`speech_seconds`) than a word or two: a call that rang, was
    answered and ended in the busy tone is none of these.
    """
    progress = [tone for tone in tones if tone.kind in TONES]
    by_kind = {t.kind: total(span for o in progress if o.kind == t.kind for span in o.bursts) for t in progress}
    audible = total(span for tone in progress for span in tone.bursts)
    if not by_kind or audible <= DOMINANT * sound_seconds or speech_seconds >= CONVERSATION:
        return None
    return max(sorted(by_kind), key=lambda kind: by_kind[kind])


def _apart(tones: list[Tone]) -> list[Tone]:
    """In order; of two that overlap the surer one."""
    kept: list[Tone] = []
    for tone in sorted(tones, key=lambda t: (-t.score, t.start)):
        if not any(overlap([(tone.start, tone.end)], other.start, other.end) > 0 for other in kept):
            kept.append(tone)
    return sorted(kept, key=lambda t: t.start)


def _matched(bursts: list[Burst], plan: Plan, sound: Sound) -> Iterator[Tone]:
    cadences = [cadence for cadence in plan.cadences if cadence.sound == sound]
    steadies = [steady for steady in plan.steadies if steady.sound == sound]
    at = 0
    while at < len(bursts):
        best = max(_candidates(bursts, at, cadences), key=lambda c: (c[1], -c[2]), default=None)
        if best:
            yield _tone(best[0].name, best[2], bursts[at : at + best[1]], best[0].pattern)
        else:
            yield from (_tone(s.name, 0.0, bursts[at : at + 1], ()) for s in steadies if _is_steady(bursts[at], s))
        at += best[1] if best else 1


def _is_steady(burst: Burst, steady: Steady) -> bool:
    rise = burst.last_level - burst.first_level
    fits = rise >= RISE_DB if steady.rises else abs(rise) < RISE_DB
    return fits and burst.seconds >= steady.seconds and burst.wander <= STEADY_HZ


def _candidates(bursts: list[Burst], at: int, cadences: list[Cadence]) -> Iterator[tuple[Cadence, int, float]]:
    """Rhythms that begin at a burst: cadence, number of bursts, mean deviation from it."""
    for cadence in cadences:
        for phase in range(len(cadence.pattern)):
            count, deviation = _follow(bursts, at, cadence, phase)
            if count >= cadence.bursts:
                yield cadence, count, deviation


def _follow(bursts: Sequence[Burst], at: int, cadence: Cadence, phase: int) -> tuple[int, float]:
    """How many bursts keep the rhythm, and how far the whole ones are off it (share of their length)."""
    count, off = 0, []
    for i, burst in enumerate(bursts[at:]):
        on = cadence.pattern[(phase + i) % len(cadence.pattern)][0]
        if i and not _continues(
            bursts[at : at + i], burst, cadence, cadence.pattern[(phase + i - 1) % len(cadence.pattern)]
        ):
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


def _continues(before: Sequence[Burst], burst: Burst, cadence: Cadence, step: tuple[float, float]) -> bool:
    first, previous, (on, off) = before[0], before[-1], step
    whole = len(before) > 1 or _near(previous.seconds, on)
    period = burst.start - previous.start
    return (
        _near(burst.start - previous.end, off)
        and (not whole or abs(period - on - off) <= max(PERIOD_TOLERANCE * (on + off), PERIOD_RESOLUTION))
        and _is_pause(previous)
        and max(abs(a - b) for a, b in zip(burst.hertz, first.hertz, strict=True)) <= SAME_HZ
        and abs(burst.level - first.level) <= cadence.same_db
    )


def _is_pause(burst: Burst) -> bool:
    quiet = max(burst.level - PAUSE_DEPTH, burst.noise_level + PAUSE_OVER_NOISE)
    return burst.pause_level <= min(quiet, burst.level - 3.0)


def _near(seconds: float, expected: float) -> bool:
    return abs(seconds - expected) <= max(TOLERANCE * expected, RESOLUTION)


def _tone(kind: str, deviation: float, bursts: Sequence[Burst], cadence: Pattern) -> Tone:
    purity = float(np.mean([burst.purity for burst in bursts]))
    return Tone(
        kind=kind,
        start=bursts[0].start,
        end=bursts[-1].end,
        score=round(min(1.0, purity) * (1 - deviation), 3),
        bursts=tuple((burst.start, burst.end) for burst in bursts),
        hertz=tuple(float(f) for f in np.median([burst.hertz for burst in bursts], axis=0)),
        cadence=cadence,
    )
