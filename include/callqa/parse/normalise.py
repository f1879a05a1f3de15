"""Text for matching: half-width, lower case, simplified, single spaces; and the way back to what was said."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CHINESE = ("zh", "yue")
"""Languages whose characters are simplified; Japanese kanji and Korean hanja are characters of their own."""
_JAMO = (range(0x1160, 0x1200), range(0xFFC2, 0xFFDD))
"""Hangul vowels and finals, full and half width: they join the syllable before them."""


@dataclass(frozen=True)
class Normalised:
    """A text for matching and where each of its characters comes from."""

    text: str
    offsets: tuple[int, ...]
    """Position in the original text, by position in `text`; one more for its end."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of `text` as characters of the original text.

        Raises:
            ValueError: they do not lie in the text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"characters {start}..{end} are not in a text of {len(self.text)}")
        if start == end:
            return self.offsets[start], self.offsets[start]
        # Where several characters come from one (㎏ is kg), the span ends behind that one.
        after = next((offset for offset in self.offsets[end:] if offset > self.offsets[end - 1]), self.offsets[-1])
        return self.offsets[start], after


def normalised(text: str, language: str) -> Normalised:
    """`text` folded in width (NFKC) and case, simplified where `language` is Chinese, its white space single blanks.

    Texts that read the same are equal then: `１２３７８` is `12378`, `Refund` is `refund`, `我要投訴` is `我要投诉`.
    """
    folded, offsets = _single_spaced(_folded(text))
    if language in CHINESE:
        folded = simplified(folded)
    return Normalised(folded, (*offsets, len(text)))


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, one for one; everything else stays as it is."""
    if text.isascii():
        return text
    convert = converter()
    whole = convert(text)
    # Phrases decide between 乾 and 干. Should one change the length, characters alone still keep their places.
    if len(whole) == len(text):
        return whole
    each = (convert(character) for character in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(each, text, strict=True))


@functools.cache
def converter() -> Callable[[str], str]:
    """OpenCC's `t2s`, loaded once."""
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Each folded character with the offset of what it was made of."""
    for start, cluster in _clusters(text):
        for character in _fold(cluster):
            yield character, start


@functools.lru_cache(maxsize=8192)
def _fold(cluster: str) -> str:
    # Unicode's toNFKC_Casefold, without its removal of invisible characters (their offsets would be lost).
    once = unicodedata.normalize("NFKC", cluster).casefold()
    return unicodedata.normalize("NFKC", once).casefold()


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Characters with the marks that change them: `ｶﾞ` folds to one character, ｶ and ﾞ alone do not."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text[end]):
            yield start, text[start:end]
            start = end


@functools.lru_cache(maxsize=8192)
def _joins(character: str) -> bool:
    if any(ord(character) in block for block in _JAMO):
        return True
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) != 0


def _single_spaced(characters: Iterator[tuple[str, int]]) -> tuple[str, list[int]]:
    kept: list[tuple[str, int]] = []
    for character, offset in characters:
        if not character.isspace():
            kept.append((character, offset))
        elif kept and kept[-1][0] != " ":
            kept.append((" ", offset))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return "".join(character for character, _ in kept), [offset for _, offset in kept]
