"""Who speaks while another does: overlap of turns, and interruptions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from callqa.contracts import Turn
from callqa.spoken import spans_of
from qc_rules.spans import Span, intersect, seconds

EARLY = 0.3
"""Seconds that another must still be speaking when a turn begins: less is how people take turns smoothly."""
BRIEF = 1.0
"""Seconds of speech up to which words of agreement are only that …"""
_AGREEMENT = re.compile(
    r"嗯+|哦+|噢+|啊+|呃+|喔+|好+的?|对+|是的?|行|哎|诶|係+呀?|系+呀?|好呀|明白"
    r"|uhhuh|mhm+|mm+|hmm+|yeah|yes|yep|okay|ok|right|sure|isee"
    r"|はい|ええ|うん|そうですね?|네+|예|음+|아+"
)
"""… the words: backchannels, as conversation analysis calls them (Yngve, 1970)."""


def marked(turns: Sequence[Turn]) -> list[Turn]:
    """The turns of a call with `overlap_seconds` and `interrupts`.

    A turn overlaps where another speaker's words are said at the same time. It interrupts where its words begin at
    least EARLY seconds before another speaker's stretch of speech ends, and go on after that end: what Heldner and
    Edlund (2010) call an overlap between speakers; an overlap within (somebody agrees and the other goes on) is none.
    Turns of brief agreement (嗯, 好的, uh-huh) never interrupt. Speakers who share a channel never overlap: there the
    audio does not tell.
    """
    spoken = [spans_of(turn) for turn in turns]
    longest = max((turn.end - turn.start for turn in turns), default=0.0)
    return [_marked(index, turns, spoken, longest) for index in range(len(turns))]


def _marked(index: int, turns: Sequence[Turn], spoken: Sequence[list[Span]], longest: float) -> Turn:
    own = turns[index]
    others = [
        span
        for i in _near(index, turns, longest)
        if turns[i].speaker != own.speaker and turns[i].channel != own.channel
        for span in spoken[i]
    ]
    return dataclasses.replace(
        own,
        overlap_seconds=round(seconds(intersect(spoken[index], others)), 6),
        interrupts=_breaks_in(spoken[index], others) and not agrees(own, spoken[index]),
    )


def _near(index: int, turns: Sequence[Turn], longest: float) -> list[int]:
    """Turns (sorted by start) that may lie over this one: an hour has thousands, few of them at one time."""
    own = turns[index]
    first = index
    while first > 0 and turns[first - 1].start > own.start - longest - 1:
        first -= 1
    last = index
    while last + 1 < len(turns) and turns[last + 1].start < own.end:
        last += 1
    return [i for i in range(first, last + 1) if i != index and turns[i].end > own.start]


def _breaks_in(own: Sequence[Span], others: Sequence[Span]) -> bool:
    start, end = own[0][0], own[-1][1]
    return any(a < start and b - start >= EARLY and end > b for a, b in others)


def agrees(turn: Turn, spoken: Sequence[Span]) -> bool:
    """Whether a turn is a backchannel: brief, and of words of agreement only (or of none that were recognised)."""
    plain = "".join(character for character in turn.text.casefold() if character.isalnum())
    return seconds(spoken) <= BRIEF and re.fullmatch(rf"({_AGREEMENT.pattern})*", plain) is not None
