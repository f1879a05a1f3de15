"""Speech and sounds of a channel cut into clips: turns stay whole as far as the model can hear them at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from callqa.prepare.levels import STEP, Levels, frame
from callqa.prepare.spans import Span, distance, joined, overlap, total, without
from callqa.settings import PrepareSettings

PAD = 0.15
"""Seconds of silence kept at either side of a clip."""
INTERRUPTION = 0.3
"""Seconds that another channel speaks in a pause from which the pause ends the turn."""
BRIEF_SOUND = 2.0
"""A shorter sound (a cough, a laugh) …"""
BESIDE = 1.0
"""… so near to speech is a part of the turn, seconds."""
EDGE = 0.3
"""Seconds by which speech grows into a longer sound that it touches: voice detectors are late at edges."""
TOUCHING = 0.05
SHORTEST_SOUND = 0.25
SOUND_GAP = 0.5
"""Pauses of music that do not cut it."""
TONE_EDGE = 0.1
QUIET_FRAMES = 10


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A piece of a channel."""

    channel: int
    start: float
    end: float
    kind: str


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was found in a channel, in seconds."""

    speech: list[Span]
    sounds: list[Span]
    """Above the noise floor, speech included."""
    tones: list[Span]
    """Audible stretches of telephone tones."""
    levels: Levels


def slices_of(channels: list[Heard], duration: float, settings: PrepareSettings) -> list[Slice]:
    """All clips of a recording, by start, then channel."""
    sounds = [without(own.sounds, [(a - TONE_EDGE, b + TONE_EDGE) for a, b in own.tones]) for own in channels]
    speech = [grown(own.speech, heard) for own, heard in zip(channels, sounds, strict=True)]
    out: list[Slice] = []
    for index, own in enumerate(channels):
        others = joined(span for i, other in enumerate(speech) if i != index for span in other)
        turns = turns_of(speech[index], others, settings.silence_tolerance)
        out += _channel_slices(index, turns, sounds[index], own.levels, duration, settings.max_clip_seconds)
    return sorted(out, key=lambda piece: (piece.start, piece.channel))


def _channel_slices(
    channel: int, turns: list[list[Span]], sounds: list[Span], levels: Levels, duration: float, max_seconds: float
) -> list[Slice]:
    longest = max_seconds - 2 * PAD
    turns = with_brief_sounds(turns, _apart(sounds, [_extent(turn) for turn in turns]), longest)
    speech = [piece for turn in turns for piece in cut(turn, longest, levels)]
    rest = [piece for piece in _apart(sounds, speech) if piece[1] - piece[0] >= SHORTEST_SOUND]
    pieces = [(span, "speech") for span in speech]
    pieces += [(span, "sound") for long in rest for span in _even(long, longest)]
    pieces.sort()
    spans = padded([span for span, _ in pieces], duration)
    return [
        Slice(channel=channel, start=start, end=end, kind=kind)
        for (start, end), (_, kind) in zip(spans, pieces, strict=True)
    ]


def _apart(sounds: list[Span], speech: list[Span]) -> list[Span]:
    """Sounds outside speech; the short pauses of music do not part it."""
    return without(joined(without(sounds, speech), SOUND_GAP), speech)


def grown(speech: list[Span], sounds: list[Span]) -> list[Span]:
    """Speech with the sound that it touches: all of a brief one, the edge of a longer one."""
    out = list(speech)
    for rest in without(sounds, speech):
        at_start = any(abs(end - rest[0]) <= TOUCHING for _, end in speech)
        at_end = any(abs(start - rest[1]) <= TOUCHING for start, _ in speech)
        if rest[1] - rest[0] < BRIEF_SOUND and (at_start or at_end):
            out.append(rest)
            continue
        out += [(rest[0], rest[0] + EDGE)] if at_start else []
        out += [(rest[1] - EDGE, rest[1])] if at_end else []
    return joined(out, TOUCHING)


def turns_of(speech: list[Span], others: list[Span], tolerance: float) -> list[list[Span]]:
    """Stretches of speech grouped into turns.

    A pause of up to `tolerance` seconds does not end a turn, unless another channel speaks in it.
    """
    turns: list[list[Span]] = []
    for start, end in speech:
        last = turns[-1][-1][1] if turns else -np.inf
        if start - last <= tolerance and overlap(others, last, start) < INTERRUPTION:
            turns[-1].append((start, end))
        else:
            turns.append([(start, end)])
    return turns


def with_brief_sounds(turns: list[list[Span]], sounds: list[Span], longest: float) -> list[list[Span]]:
    """Turns with the brief sounds beside them, as far as a clip can hold both."""
    for sound in sounds:
        if sound[1] - sound[0] >= BRIEF_SOUND or not turns:
            continue
        nearest = min(turns, key=lambda turn: distance(_extent(turn), sound))
        reach = _extent([*nearest, sound])
        if distance(_extent(nearest), sound) <= BESIDE and reach[1] - reach[0] <= longest:
            nearest[:] = joined([*nearest, sound])
    return turns


def _extent(spans: list[Span]) -> Span:
    return min(start for start, _ in spans), max(end for _, end in spans)


def cut(turn: list[Span], longest: float, levels: Levels) -> list[Span]:
    """A turn in pieces of at most `longest` seconds, cut at its longest pauses, else where it is quietest."""
    start, end = turn[0][0], turn[-1][1]
    if end - start <= longest:
        return [(start, end)]
    if len(turn) > 1:
        pauses = [b[0] - a[1] for a, b in pairwise(turn)]
        at = pauses.index(max(pauses)) + 1
        return cut(turn[:at], longest, levels) + cut(turn[at:], longest, levels)
    middle = _quietest(levels, start + longest / 2, min(start + longest, end - longest / 10))
    return [(start, middle), *cut([(middle, end)], longest, levels)]


def _quietest(levels: Levels, start: float, end: float) -> float:
    """The middle of the quietest 100 ms between two times."""
    first, last = frame(start), min(frame(end), len(levels))
    if last - first <= QUIET_FRAMES:
        return (start + end) / 2
    power = 10.0 ** (levels[first:last].astype(np.float64) / 10)
    sums = np.convolve(power, np.ones(QUIET_FRAMES), "valid")
    return (first + int(sums.argmin()) + QUIET_FRAMES / 2) * STEP


def _even(span: Span, longest: float) -> list[Span]:
    start, end = span
    count = int(np.ceil((end - start) / longest))
    edges = [start + (end - start) * i / count for i in range(count)] + [end]
    return list(pairwise(edges))


def padded(spans: list[Span], duration: float) -> list[Span]:
    """Spans with PAD at either side, at most to the middle of the pause between two and to the recording's ends."""
    out: list[Span] = []
    for i, (start, end) in enumerate(spans):
        before = spans[i - 1][1] if i else None
        after = spans[i + 1][0] if i + 1 < len(spans) else None
        left = max(0.0, start - PAD) if before is None else max(start - PAD, (before + start) / 2)
        right = min(duration, end + PAD) if after is None else min(end + PAD, (end + after) / 2)
        out.append((left, min(right, duration)))
    return out


def seconds_of(channels: list[list[Span]]) -> float:
    """Seconds covered in any channel."""
    return total(span for spans in channels for span in spans)
