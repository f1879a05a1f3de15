"""Looks for the word lists of all rules in the turns of a call."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Set
from typing import Any

from qc_rules.call import Call, Turn
from qc_rules.matching.folding import Folded
from qc_rules.matching.index import Found, Index, said_in
from qc_rules.matching.words import Said, Words

Texts = dict[str, tuple[Folded, list[Found]]]
"""What was found of one list, by the text of the turn."""


class CallWords:
    """What was said in one call, of the lists that a scanner looks for and of any other (scanned when asked)."""

    def __init__(self, call: Call, index: Index) -> None:
        self._index = index
        self._texts = frozenset(turn.text for turn in call.turns if turn.text)
        self._found = _scan(index, self._texts)
        self._others: dict[Words, Texts] = {}
        self.memo: dict[Any, Any] = {}
        """What is worked out of this call once for all rules: views of scopes, answers of operators."""

    def said(self, turn: Turn, words: Words) -> tuple[Said, ...]:
        """Where a word of the list is said in a turn, in order; of overlapping ones the longest."""
        found = self._of(words).get(turn.text)
        if found is not None:
            return said_in(*found)
        if not turn.text or turn.text in self._texts:
            return ()
        text = Folded(turn.text)
        return said_in(text, _alone(words).find(text).get(words, ()))

    def texts(self, words: Words) -> Collection[str]:
        """What those turns of the call say in which one of them is said: no other needs looking at."""
        return self._of(words).keys()

    def any(self, words: Words) -> bool:
        """Is one of them said anywhere in the call?"""
        return bool(self._of(words))

    def heard(self) -> Set[Words]:
        """The lists of the scanner of which something is said in the call: what can hold that needs words."""
        return self._found.keys()

    def _of(self, words: Words) -> Texts:
        found = self._found.get(words)
        if found is not None:
            return found
        if words in self._index.lists:
            return {}
        if words not in self._others:
            self._others[words] = _scan(_alone(words), self._texts).get(words, {})
        return self._others[words]


class Scanner:
    """Word lists made ready: one automaton for all of them, so that a turn is read once."""

    def __init__(self, lists: Iterable[Words] = ()) -> None:
        self._index = Index(lists)

    def scan(self, call: Call) -> CallWords:
        """What of the lists is said in a call."""
        return CallWords(call, self._index)

    def __reduce__(self) -> tuple[type[Scanner], tuple[tuple[Words, ...]]]:
        # Automata do not pickle; they are quickly made again.
        return Scanner, (tuple(self._index.lists),)


def _scan(index: Index, texts: Iterable[str]) -> dict[Words, Texts]:
    found: dict[Words, Texts] = {}
    for text in texts:
        folded = Folded(text)
        for words, hits in index.find(folded).items():
            found.setdefault(words, {})[text] = folded, hits
    return found


@functools.lru_cache(maxsize=512)
def _alone(words: Words) -> Index:
    """A list that no scanner was told of."""
    return Index([words])
