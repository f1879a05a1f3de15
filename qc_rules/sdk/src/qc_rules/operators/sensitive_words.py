"""`sensitive_words`: words of a managed list, each with a severity."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.lexicons import GradedWord
from qc_rules.matching import Words
from qc_rules.operators.base import TurnOperator
from qc_rules.operators.fuzzy import Fuzzy, spelled
from qc_rules.vocabulary import SEVERITIES, did_you_mean

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

UNGRADED = "major"
"""The severity of a word that has none of its own."""


@dataclass(frozen=True)
class SensitiveWords(TurnOperator):
    """Turns that say a forbidden word: one of a lexicon whose words have severities, and at least so bad.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly.

    ```yaml
    rude: {role: agent, sensitive_words: {list: [$forbidden], min_severity: major}}
    ```
    """

    name: ClassVar[str] = "sensitive_words"
    shorthand: ClassVar[str] = "list"

    list: tuple[str, ...] = ()
    """The words; `$forbidden` brings the severities that the lexicon gives them. A word without one is major."""
    min_severity: Literal["info", "minor", "major", "critical"] = "info"
    """Words that are less bad do not count."""
    fuzzy: Fuzzy = ""
    """`pinyin`: what sounds the same counts too; `[pinyin, n/l, zh/z]`: and these confusions."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fuzzy", spelled(self.fuzzy))
        if self.min_severity not in SEVERITIES:
            raise ValueError(f"min_severity = {self.min_severity!r}{did_you_mean(self.min_severity, SEVERITIES)}")
        if not self.list:
            raise ValueError("sensitive_words has no words; name a lexicon, list: $forbidden, or write words")
        if not self._bad.words:
            raise ValueError(f"none of its words is {self.min_severity} or worse; lower min_severity")

    @functools.cached_property
    def _bad(self) -> Words:
        """The words that are bad enough."""
        least = SEVERITIES.index(self.min_severity)
        words = tuple(word for word in self.list if SEVERITIES.index(_severity(word)) >= least)
        return Words(words, spelled(self.fuzzy))

    def words(self) -> tuple[Words, ...]:
        """One list."""
        return (self._bad,)

    def needs(self) -> tuple[Words, ...]:
        """One of them must be said."""
        return (self._bad,)

    def hears(self, seen: Seen, view: View) -> str | None:
        """The words that the turn says."""
        found = view.said(seen, self._bad)
        return ", ".join(one.text for one in found) if found else None


def _severity(word: str) -> str:
    return word.severity if isinstance(word, GradedWord) else UNGRADED
