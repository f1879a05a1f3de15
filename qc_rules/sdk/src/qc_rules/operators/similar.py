"""`similar`: turns that say nearly the same as an example."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.matching.folding import Folded
from qc_rules.matching.meaning import closeness
from qc_rules.operators.base import TurnOperator
from qc_rules.text import fold, simplified
from qc_rules.vocabulary import did_you_mean

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class Similar(TurnOperator):
    """Turns that are close to an example sentence, by the characters that would have to be changed.

    The score is 100 times the share of characters that stay (normalised InDel similarity), of folded text without
    punctuation. Of a turn longer than the example its best part counts; a shorter turn is compared as a whole, so that
    a mere "我" is not like every sentence that has one. By `meaning` the score is 100 times the cosine of the
    sentences' vectors, as an installed model makes them (`matching.meaning`); without one it cannot be told.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly.

    ```yaml
    asks_balance: {role: customer, similar: {examples: [帮我查一下余额], score: 85}}
    ```
    """

    name: ClassVar[str] = "similar"
    shorthand: ClassVar[str] = "examples"

    examples: tuple[str, ...] = ()
    """Sentences; a turn that is close to any of them counts."""
    score: float = 80.0
    """0 to 100: so close, or closer."""
    by: Literal["letters", "meaning"] = "letters"
    """How closeness is told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.examples:
            raise ValueError("similar has no examples; write sentences that should be found")
        for example in self.examples:
            if not _letters(example):
                raise ValueError(f"the example {example!r} has no letters: it would be like anything")
        if self.by not in ("letters", "meaning"):
            raise ValueError(f"by = {self.by!r}{did_you_mean(self.by, ('letters', 'meaning'))}")
        if not 0 < self.score <= 100:
            raise ValueError(f"score = {self.score:g} is not between 0 and 100")

    @functools.cached_property
    def _examples(self) -> tuple[str, ...]:
        return tuple(_letters(example) for example in self.examples)

    def hears(self, seen: Seen, view: View) -> str | None:  # noqa: ARG002 - the text says it all
        """The part of the turn that is most like an example, and like enough; by meaning, the turn."""
        heard = _letters(seen.turn.text)
        if self.by == "meaning":
            near = bool(heard) and any(closeness(one, seen.turn.text) >= self.score for one in self.examples)
            return seen.turn.text if near else None
        best: tuple[float, int, int] = (0.0, 0, 0)
        for example in self._examples:
            best = max(best, _compare(example, heard, max(self.score, best[0])))
        if best[0] < self.score:
            return None
        return _part(seen.turn.text, best[1], best[2])


def _compare(example: str, heard: str, least: float) -> tuple[float, int, int]:
    """(score, from, to) of the part of what was heard that is most like the example; (0, 0, 0) under the least."""
    from rapidfuzz import fuzz

    if len(heard) <= len(example):
        return fuzz.ratio(example, heard, score_cutoff=least), 0, len(heard)
    found = fuzz.partial_ratio_alignment(example, heard, score_cutoff=least)
    return (found.score, found.dest_start, found.dest_end) if found else (0.0, 0, 0)


@functools.lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    """Folded, simplified, without spaces and punctuation."""
    return "".join(filter(str.isalnum, simplified(fold(text))))


def _part(text: str, start: int, end: int) -> str:
    """The stretch of a text that these of its letters are, Latin words whole."""
    folded = Folded(text)
    places = [place for place, character in enumerate(folded.compact) if character.isalnum()]
    first, last = folded.source(places[start], places[end - 1] + 1)
    while first > 0 and _in_latin_word(text[first - 1 : first + 1]):
        first -= 1
    while last < len(text) and _in_latin_word(text[last - 1 : last + 1]):
        last += 1
    return text[first:last]


def _in_latin_word(two: str) -> bool:
    return two.isascii() and two.isalpha()
