"""Looks for the word lists of all rules in the turns of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules.call import Call, Turn
from qc_rules.text import find_words


@dataclass(frozen=True)
class Words:
    """A list of words to look for."""

    words: tuple[str, ...]
    fuzzy: str = ""
    """`pinyin`: words that sound the same count too; empty: as written."""


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


class CallWords:
    """What was said in one call, of the lists that a scanner looks for and of any other (slower)."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def said(self, turn: Turn, words: Words) -> tuple[Said, ...]:
        """Where a word of the list is said in a turn, in order; of overlapping ones the longest."""
        found = find_words(words.words, turn.text)
        return tuple(Said(0, len(word), word, word) for word in found)

    def any(self, words: Words) -> bool:
        """Is one of them said anywhere in the call?"""
        return any(self.said(turn, words) for turn in self._call.turns)


class Scanner:
    """Word lists made ready: one automaton for all of them, so that a turn is read once."""

    def __init__(self, lists: Iterable[Words] = ()) -> None:
        self._lists = frozenset(lists)

    def scan(self, call: Call) -> CallWords:
        """What of the lists is said in a call."""
        return CallWords(call)
