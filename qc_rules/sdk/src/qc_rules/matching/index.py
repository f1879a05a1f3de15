"""All words of all lists, found in one pass over a text: one automaton as written, one tree by sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from qc_rules.matching.folding import Folded
from qc_rules.matching.pinyin import Sounds
from qc_rules.matching.spelling import Spelling, spell
from qc_rules.matching.words import Said, Words

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick


class Found(NamedTuple):
    """A word of a list in a folded text, in the order in which words of one list take precedence."""

    start: int
    """Of the text without spaces."""
    shortness: int
    """Of the word: the longest goes first."""
    by_sound: bool
    spelling: str
    end: int
    word: str
    """As the list has it."""


class Owner(NamedTuple):
    """A list that has a word, and how it writes it."""

    words: Words
    word: str


class Index:
    """Word lists made ready to be looked for together.

    Finding costs as much as the text is long and as there are hits, whatever the number of lists and words.
    """

    def __init__(self, lists: Iterable[Words]) -> None:
        self.lists = frozenset(lists)
        self._spellings: list[Spelling] = []
        self._owners: list[list[Owner]] = []
        self._heard_by: list[dict[str, list[Owner]]] = []
        self._written: dict[str, list[int]] = {}
        self._sounds: dict[str, Sounds] = {}
        self._fill()
        self._texts = list(self._written.values())
        self._automaton = _automaton(list(self._written))

    def find(self, text: Folded) -> dict[Words, list[Found]]:
        """What of each list is in the text, overlapping words too; a list of which nothing is said is left out."""
        found: dict[Words, list[Found]] = {}
        for number, start, end, owners, by_sound in self._hits(text):
            spelling = self._spellings[number].word
            for owner in owners:
                one = Found(start, -len(spelling), by_sound, spelling, end, owner.word)
                found.setdefault(owner.words, []).append(one)
        return found

    def _hits(self, text: Folded) -> Iterator[tuple[int, int, int, list[Owner], bool]]:
        if self._automaton is not None:
            for pattern, start, end in self._automaton.find_matches_as_indexes(text.compact, overlapping=True):
                for number in self._texts[pattern]:
                    if self._spellings[number].stands(text.spaced, text.place(start), text.place(end - 1) + 1):
                        yield number, start, end, self._owners[number], False
        for fuzzy, sounds in self._sounds.items():
            for number, start, end in sounds.find(text.compact):
                yield number, start, end, self._heard_by[number][fuzzy], True

    def _fill(self) -> None:
        numbers: dict[Spelling, int] = {}
        for words in self.lists:
            for spelling, word in _spelt(words).items():
                number = numbers.setdefault(spelling, len(numbers))
                if number == len(self._spellings):
                    self._new(spelling)
                self._own(number, Owner(words, word))

    def _new(self, spelling: Spelling) -> None:
        self._written.setdefault(spelling.compact, []).append(len(self._spellings))
        self._spellings.append(spelling)
        self._owners.append([])
        self._heard_by.append({})

    def _own(self, number: int, owner: Owner) -> None:
        self._owners[number].append(owner)
        fuzzy = owner.words.fuzzy
        if fuzzy and fuzzy not in self._heard_by[number]:
            self._sounds.setdefault(fuzzy, Sounds(fuzzy)).add(self._spellings[number].compact, number)
        if fuzzy:
            self._heard_by[number].setdefault(fuzzy, []).append(owner)


def longest(found: Iterable[Found]) -> Iterator[Found]:
    """Of one list's words the first in the text, of several there the longest, and none that overlaps it."""
    free = 0
    for one in sorted(found):
        if one.start >= free:
            free = one.end
            yield one


def said_in(text: Folded, found: Iterable[Found]) -> tuple[Said, ...]:
    """The words of one list, in order, with their places in the original text."""
    return tuple(_said(text, one) for one in longest(found))


def _said(text: Folded, found: Found) -> Said:
    start, end = text.source(found.start, found.end)
    return Said(start, end, found.word, text.original[start:end])


def _spelt(words: Words) -> dict[Spelling, str]:
    """The different words of a list; of two that fold to one, as the first is written."""
    spelt: dict[Spelling, str] = {}
    for word in words.words:
        spelt.setdefault(spell(word), word)
    return spelt


def _automaton(texts: list[str]) -> AhoCorasick | None:
    if not texts:
        return None
    from ahocorasick_rs import AhoCorasick

    return AhoCorasick(texts, store_patterns=False)
