"""`proximity`: words near other words."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.matching import Said, Words
from qc_rules.operators.base import TurnOperator
from qc_rules.operators.fuzzy import Fuzzy, spelled

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class Proximity(TurnOperator):
    """Turns that say one of the words near one of the others.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly.

    ```yaml
    rate: {role: agent, proximity: {of: [收益, 利率], to: [保证, 肯定], within: 10}}
    ```
    """

    name: ClassVar[str] = "proximity"

    of: tuple[str, ...] = ()
    """The words."""
    to: tuple[str, ...] = ()
    """What they are near to."""
    within: int = 10
    """At most so many characters between the two, spaces left out."""
    ordered: bool = False
    """Whether the words of `of` must come first."""
    fuzzy: Fuzzy = ""
    """`pinyin`: what sounds the same counts too; `[pinyin, n/l, zh/z]`: and these confusions."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fuzzy", spelled(self.fuzzy))
        for name in ("of", "to"):
            if not getattr(self, name):
                raise ValueError(f"proximity has no words under {name}; it needs two lists, of and to")
        if self.within < 0:
            raise ValueError(f"within = {self.within} is not a number of characters from 0")
        _ = self._lists  # refuses empty words

    @functools.cached_property
    def _lists(self) -> tuple[Words, Words]:
        fuzzy = spelled(self.fuzzy)
        return Words(self.of, fuzzy), Words(self.to, fuzzy)

    def words(self) -> tuple[Words, ...]:
        """Both lists."""
        return self._lists

    def needs(self) -> tuple[Words, ...]:
        """Both must be said; the first is as good as any to tell."""
        return self._lists[:1]

    def hears(self, seen: Seen, view: View) -> str | None:
        """The text from the first of the nearest two words to the end of the second."""
        near = sorted(self._pairs(seen, view))
        return near[0][2] if near else None

    def _pairs(self, seen: Seen, view: View) -> Iterator[tuple[int, int, str]]:
        """(characters between, place, text) of each two that are near enough."""
        text = seen.turn.text
        of, to = (view.said(seen, words) for words in self._lists)
        for one in of:
            for other in to:
                gap = self._gap(text, one, other)
                if gap is not None and gap <= self.within:
                    start = min(one.start, other.start)
                    yield gap, start, text[start : max(one.end, other.end)]

    def _gap(self, text: str, one: Said, other: Said) -> int | None:
        """Characters between; None where the two overlap, or are in the wrong order."""
        if one.end <= other.start:
            return _characters(text[one.end : other.start])
        if other.end <= one.start and not self.ordered:
            return _characters(text[other.end : one.start])
        return None


def _characters(text: str) -> int:
    return sum(not character.isspace() for character in text)
