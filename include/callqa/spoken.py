"""When exactly somebody speaks within a turn: parse and judge measure overlap and silence by the same spans."""

from __future__ import annotations

from callqa.contracts import Turn
from qc_rules.spans import Span, merge

PADDING = 0.15
"""Seconds of silence that prepare keeps at either side of a clip; a turn without words' times is shorter by it."""
EDGE = 0.1
"""Seconds by which a word is heard before and after its time: CTC marks where the model is sure, not where the sound
begins and ends."""
BREATH = 0.5
"""Seconds between words that are no pause, as in Heldner and Edlund, "Pauses, gaps and overlaps in conversations"
(2010), whose median pause within a speaker is of that order."""


def spans_of(turn: Turn) -> list[Span]:
    """The stretches of a turn in which words are said, in seconds of the recording, inside the turn; at least one.

    By the words' times where there are any, else the turn less its padding.
    """
    timed = [(word.start - EDGE, word.end + EDGE) for word in turn.words if word.end > word.start]
    if timed:
        grown = merge((start, end + BREATH - 2 * EDGE) for start, end in timed)
        inside = [(max(turn.start, start), min(turn.end, end - BREATH + 2 * EDGE)) for start, end in grown]
        return [span for span in inside if span[1] > span[0]] or [(turn.start, turn.end)]
    padding = min(PADDING, (turn.end - turn.start) / 4)
    return [(turn.start + padding, turn.end - padding)]
