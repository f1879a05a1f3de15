"""Stretches of speech made into turns: one speaker's talk with the pauses that belong to it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from callqa.prepare.slicing.division import Voiced
from callqa.prepare.slicing.pauses import interrupted
from callqa.prepare.spans import Cover, Span, distance, joined, without

BRIEF_SOUND = 2.0
"""A shorter sound (a cough, a laugh) …"""
BESIDE = 1.0
"""… so near to speech is a part of the turn, seconds."""
EDGE = 0.3
"""Seconds by which speech grows into a longer sound that it touches: voice detectors are late at edges."""
TOUCHING = 0.05


@dataclass(kw_only=True)
class Talk:
    """A turn of a channel: its stretches of speech, in order."""

    spans: list[Span]
    speaker: str | None = None

    @property
    def extent(self) -> Span:
        """From the start of the first stretch to the end of the last."""
        return self.spans[0][0], self.spans[-1][1]


def grown(speech: list[Span], sounds: list[Span]) -> list[Span]:
    """Speech with the sound that it touches: all of a brief one, the edge of a longer one."""
    out = list(speech)
    starts, ends = [start for start, _ in speech], [end for _, end in speech]
    for rest in without(sounds, speech):
        at_start, at_end = _any_near(ends, rest[0]), _any_near(starts, rest[1])
        if rest[1] - rest[0] < BRIEF_SOUND and (at_start or at_end):
            out.append(rest)
            continue
        out += [(rest[0], rest[0] + EDGE)] if at_start else []
        out += [(rest[1] - EDGE, rest[1])] if at_end else []
    return joined(out, TOUCHING)


def _any_near(times: list[float], at: float) -> bool:
    return bisect_left(times, at - TOUCHING) < bisect_right(times, at + TOUCHING)


def turns_of(speech: list[Voiced], others: Cover, tolerance: Callable[[str | None], float]) -> list[Talk]:
    """Stretches of speech grouped into turns.

    A pause of up to the speaker's tolerance (seconds) does not end a turn, unless another channel speaks in it.
    """
    turns: list[Talk] = []
    for (start, end), speaker in speech:
        last = turns[-1].extent[1] if turns and turns[-1].speaker == speaker else -np.inf
        if start - last <= tolerance(speaker) and not interrupted(others, last, start):
            turns[-1].spans.append((start, end))
        else:
            turns.append(Talk(spans=[(start, end)], speaker=speaker))
    return turns


def with_brief_sounds(turns: list[Talk], sounds: list[Span], longest: float) -> list[Talk]:
    """The turns with the brief sounds between them that lie beside one, as far as a clip can hold both."""
    starts = [turn.extent[0] for turn in turns]
    for sound in sounds if turns else []:
        if sound[1] - sound[0] >= BRIEF_SOUND:
            continue
        after = bisect_left(starts, sound[0])
        index = min(
            range(max(0, after - 1), min(after + 1, len(turns))), key=lambda i: distance(turns[i].extent, sound)
        )
        nearest = turns[index]
        together = joined([*nearest.spans, sound])
        if distance(nearest.extent, sound) <= BESIDE and together[-1][1] - together[0][0] <= longest:
            nearest.spans = together
            starts[index] = together[0][0]
    return turns
