"""Stretches of a call without words or other sounds, and the turns around them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from qc_rules.call import Call, Turn
from qc_rules.spans import Span, merge


@dataclass(frozen=True)
class Gap:
    """A stretch between sounds."""

    span: Span
    before: Turn | None
    """Whose words were the last before it; None: nobody had spoken."""
    after: Turn | None
    """Whose are the next; None: nobody speaks any more."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.span[1] - self.span[0]


def gaps(call: Call, sounds: Iterable[Span] = ()) -> list[Gap]:
    """The stretches between words, and between these other sounds, in time order; also before the first and after the
    last.

    The pause inside a turn, where its words' times are known, has the same turn before and after it.
    """
    words = [(span, turn) for turn in call.turns for span in turn.spans]
    ends = sorted(words, key=lambda word: (word[0][1], word[1].turn))
    starts = sorted(words, key=lambda word: (word[0][0], word[1].turn))
    when_ended, when_started = [span[1] for span, _ in ends], [span[0] for span, _ in starts]
    heard = merge([*(span for span, _ in words), *sounds])
    inside = [(max(0.0, start), min(call.duration, end)) for start, end in heard]
    found = []
    for (_, start), (end, _) in pairwise([(0.0, 0.0), *inside, (call.duration, call.duration)]):
        if end > start:
            last, following = bisect_right(when_ended, start), bisect_left(when_started, end)
            before = ends[last - 1][1] if last else None
            after = starts[following][1] if following < len(starts) else None
            found.append(Gap((start, end), before, after))
    return found
