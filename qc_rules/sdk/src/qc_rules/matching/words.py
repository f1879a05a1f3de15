"""What is looked for, and what is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules.matching.confusions import check_fuzzy
from qc_rules.text import fold


@dataclass(frozen=True, eq=False)
class Words:
    """A list of words to look for.

    Lists are keys of dictionaries in every call, so that the hash, which is slow for a long list, is kept.

    Raises:
        ValueError: a word has no characters, or `fuzzy` is no such way.
    """

    words: tuple[str, ...]
    fuzzy: str = ""
    """Empty: as written; `pinyin`: what sounds the same counts too; `pinyin+n/l+zh/z`: and what accents confuse."""

    def __post_init__(self) -> None:
        if not all(fold(word).strip() for word in self.words):
            raise ValueError(f"an empty word among {self.words} would match everything")
        check_fuzzy(self.fuzzy)
        object.__setattr__(self, "_hash", hash((self.words, self.fuzzy)))

    def __hash__(self) -> int:
        return int(self.__dict__["_hash"])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Words) and (self.words, self.fuzzy) == (other.words, other.fuzzy)

    def __reduce__(self) -> tuple[type[Words], tuple[tuple[str, ...], str]]:
        # Hashes of text differ from process to process: none may travel.
        return Words, (self.words, self.fuzzy)


@dataclass(frozen=True)
class Said:
    """A word of a list, said in a turn."""

    start: int
    """Characters of the turn's text: first."""
    end: int
    """And the one after the last."""
    word: str
    """As the list has it."""
    text: str
    """As the turn has it."""


def one_by_one(words: Iterable[str], fuzzy: str = "") -> tuple[Words, ...]:
    """A list for each word, so that no word hides another that it contains."""
    return tuple(Words((word,), fuzzy) for word in dict.fromkeys(words))
