"""How Mandarin words sound: readings of characters, and a tree of syllables that all words to be heard share."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from qc_rules.matching.confusions import same_sound

_COMMON = 0.05
"""A reading counts that a character has in one in twenty of the words that have the character (pypinyin's phrases)."""
_MANY = 16
"""Of so many ways to read a word only the first counts: it has more doubtful characters than it can bear."""
_MISREAD = {"还款": ("huan", "kuan")}
"""Words that pypinyin 0.55 reads wrongly, wherever they stand in a longer one."""
_TONES = dict.fromkeys(
    map(ord, "\N{COMBINING MACRON}\N{COMBINING ACUTE ACCENT}\N{COMBINING CARON}\N{COMBINING GRAVE ACCENT}")
)
Syllables = tuple[str, ...]


@functools.cache
def syllable(reading: str) -> str:
    """Without the tone, ü as v: `lǜ` is `lv`."""
    bare = unicodedata.normalize("NFD", reading).translate(_TONES)
    return unicodedata.normalize("NFC", bare).replace("ü", "v")


@functools.cache
def common_readings() -> dict[str, Syllables]:
    """The common readings of every character that has several, without tones, the most common first."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    several = {chr(code): _all(readings) for code, readings in PINYIN_DICT.items() if "," in readings}
    for phrase, readings in PHRASES_DICT.items():
        for character, of_character in zip(phrase, readings, strict=False):
            if character in several:
                counts[character][syllable(of_character[0])] += 1
    return {character: _common(found, counts[character]) for character, found in several.items()}


def _all(readings: str) -> Syllables:
    return tuple(dict.fromkeys(syllable(reading) for reading in readings.split(",")))


def _common(readings: Syllables, counts: Counter[str]) -> Syllables:
    """The first that the dictionary gives, and whichever words have often enough."""
    least = _COMMON * counts.total()
    return (readings[0], *(one for one in readings[1:] if counts[one] and counts[one] >= least))


@functools.cache
def readings_of(character: str) -> Syllables:
    """How a character is commonly read, without tones; empty where it is no ideograph."""
    from pypinyin.constants import PINYIN_DICT

    several = common_readings().get(character)
    if several is not None:
        return several
    reading: str | None = PINYIN_DICT.get(ord(character))
    return (syllable(reading),) if reading and unicodedata.category(character) == "Lo" else ()


def sounds_of(word: str) -> list[Syllables]:
    """How a word (folded, without spaces) is read: its own reading where it is in the dictionary, else its characters'.

    Empty where it cannot be told by its sound: a single syllable sounds like too much, Latin letters and digits have
    no reading.
    """
    if len(word) < 2 or not all(map(readings_of, word)):
        return []
    from pypinyin import Style, pinyin

    found = pinyin(word, style=Style.NORMAL, heteronym=True)
    if len(found) != len(word):
        return []
    ways = _corrected(word, [_known(*pair) for pair in zip(word, found, strict=True)])
    every = list(itertools.islice(itertools.product(*ways), _MANY + 1))
    return every if len(every) <= _MANY else every[:1]


def _known(character: str, readings: list[str]) -> list[str]:
    common = readings_of(character)
    return [one for one in readings if one in common] or readings[:1]


def _corrected(word: str, ways: list[list[str]]) -> list[list[str]]:
    for misread, right in _MISREAD.items():
        start = word.find(misread)
        if start >= 0:
            ways[start : start + len(misread)] = [[one] for one in right]
    return ways


class _Readings(dict[str, Syllables]):
    """How characters are read, what is confused as one; worked out when a character is first met."""

    def __init__(self, fuzzy: str) -> None:
        super().__init__()
        self._fuzzy = fuzzy

    def __missing__(self, character: str) -> Syllables:
        found = tuple(dict.fromkeys(same_sound(one, self._fuzzy) for one in readings_of(character)))
        self[character] = found
        return found


class Sounds:
    """The words of one way of fuzzy matching, by their syllables: all are looked for together.

    A tree: from each character of a text on, the syllables that it may be read as lead on to the words that go on so.
    Most characters lead nowhere, whatever the number of words.
    """

    def __init__(self, fuzzy: str) -> None:
        self._fuzzy = fuzzy
        self._readings = _Readings(fuzzy)
        self._root: dict[str, Any] = {}

    def add(self, word: str, value: int) -> None:
        """Look for a word (folded, without spaces); it is found as `value`."""
        for way in dict.fromkeys(tuple(same_sound(one, self._fuzzy) for one in sounds) for sounds in sounds_of(word)):
            node = self._root
            for one in way:
                node = node.setdefault(one, {})
            node.setdefault("", []).append(value)

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(value, start, end) of each word that may be heard in a folded text without spaces."""
        readings = list(map(self._readings.__getitem__, text))
        for start, (firsts, seconds) in enumerate(pairwise(readings)):
            for first in firsts:
                node = self._root.get(first)
                if node is not None:
                    for second in seconds:
                        if second in node:
                            yield from _follow(node[second], readings, start, start + 2)


def _follow(node: dict[str, Any], readings: list[Syllables], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    for value in node.get("", ()):
        yield value, start, end
    if end < len(readings):
        for one in readings[end]:
            following = node.get(one)
            if following is not None:
                yield from _follow(following, readings, start, end + 1)
