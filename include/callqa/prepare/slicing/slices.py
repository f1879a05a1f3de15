"""Speech and sounds of a channel cut into clips: turns stay whole as far as the model can hear them at once."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from callqa.prepare.slicing.cuts import cut
from callqa.prepare.slicing.division import Voiced, divided
from callqa.prepare.slicing.pauses import tolerance_of
from callqa.prepare.slicing.turns import Talk, grown, turns_of, with_brief_sounds
from callqa.prepare.sounds.levels import Levels
from callqa.prepare.spans import Cover, Span, joined, total, without
from callqa.settings import PrepareSettings

PAD = 0.15
"""Seconds of silence kept at either side of a clip."""
SHORTEST_SOUND = 0.25
SOUND_GAP = 0.5
"""Pauses of music that do not cut it."""
TONE_EDGE = 0.1

Speakers = Mapping[int, Sequence[tuple[Span, str]]]
"""By channel: who speaks when, as diarisation tells it."""
NOBODY: Speakers = types.MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A piece of a channel."""

    channel: int
    start: float
    end: float
    kind: str
    speaker: str | None = None
    """Where diarisation told the speakers of the channel apart; no slice holds speech of two."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was found in a channel, in seconds."""

    speech: list[Span]
    sounds: list[Span]
    """Above the noise floor, speech included."""
    tones: list[Span]
    """Audible stretches of telephone tones."""
    levels: Levels


@dataclass(frozen=True, kw_only=True)
class _Piece:
    span: Span
    kind: str
    speaker: str | None = None


def slices_of(
    channels: list[Heard], duration: float, settings: PrepareSettings, speakers: Speakers | None = None
) -> list[Slice]:
    """All clips of a recording, by start, then channel.

    Args:
        channels: what was found in each.
        duration: of the recording, seconds.
        settings: tolerance of pauses and longest clip.
        speakers: of the channels on which several people speak; a change of speaker ends a turn.
    """
    sounds = [without(own.sounds, [(a - TONE_EDGE, b + TONE_EDGE) for a, b in own.tones]) for own in channels]
    speech = [grown(own.speech, heard) for own, heard in zip(channels, sounds, strict=True)]
    out: list[Slice] = []
    for index, own in enumerate(channels):
        others = [span for i, other in enumerate(speech) if i != index for span in other]
        voiced = divided(speech[index], (speakers or NOBODY).get(index, ()), own.levels)
        turns = turns_of(voiced, Cover(others), _tolerance(voiced, others, settings))
        out += _channel_slices(index, turns, sounds[index], own, duration, settings.max_clip_seconds)
    return sorted(out, key=lambda piece: (piece.start, piece.channel))


def _tolerance(voiced: list[Voiced], others: list[Span], settings: PrepareSettings) -> Callable[[str | None], float]:
    """The longest pause inside a turn, by speaker."""
    most = settings.silence_tolerance
    by_speaker: dict[str | None, float] = {}
    for name in {speaker for _, speaker in voiced} if settings.adaptive_tolerance else ():
        own = [span for span, speaker in voiced if speaker == name]
        rest = [span for span, speaker in voiced if speaker != name]
        by_speaker[name] = tolerance_of(own, Cover([*others, *rest]), most)
    return lambda speaker: by_speaker.get(speaker, most)


def _channel_slices(
    channel: int, turns: list[Talk], sounds: list[Span], own: Heard, duration: float, max_seconds: float
) -> list[Slice]:
    longest = max_seconds - 2 * PAD
    turns = with_brief_sounds(turns, _apart(sounds, [turn.extent for turn in turns]), longest)
    speech = [
        _Piece(span=span, kind="speech", speaker=turn.speaker)
        for turn in turns
        for span in cut(turn.spans, longest, own.levels, own.speech)
    ]
    rest = [span for span in _apart(sounds, [piece.span for piece in speech]) if span[1] - span[0] >= SHORTEST_SOUND]
    pieces = speech + [_Piece(span=span, kind="sound") for long in rest for span in _even(long, longest)]
    pieces.sort(key=lambda piece: piece.span)
    spans = padded([piece.span for piece in pieces], duration)
    return [
        Slice(channel=channel, start=start, end=end, kind=piece.kind, speaker=piece.speaker)
        for (start, end), piece in zip(spans, pieces, strict=True)
    ]


def _apart(sounds: list[Span], speech: list[Span]) -> list[Span]:
    """Sounds outside speech; the short pauses of music do not part it."""
    return without(joined(without(sounds, speech), SOUND_GAP), speech)


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


def seconds_of(channels: Iterable[list[Span]]) -> float:
    """Seconds covered in any channel."""
    return total(span for spans in channels for span in spans)
