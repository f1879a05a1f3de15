"""Words in what was said: how text is folded, searched and counted."""

from __future__ import annotations

import functools
import re
import unicodedata

_LATIN = "a-zß-ɏ"
_IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x2A6E0))
"""Unicode blocks CJK Unified Ideographs, with extensions A and B: where traditional characters are."""


def fold(text: str) -> str:
    """Text without differences of width and case (NFKC, casefold): `１２３７８` is `12378`, `Refund` is `refund`."""
    return unicodedata.normalize("NFKC", text).casefold()


def simplified(text: str) -> str:
    """Traditional ideographs as simplified ones, of the same length: `投訴` is `投诉`.

    A character at a time, so that a word comes out the same in whatever sentence it stands.
    """
    return text if text.isascii() else text.translate(simple_characters())


@functools.cache
def simple_characters() -> dict[int, str]:
    """The simplified form of each traditional ideograph, by code point (OpenCC, t2s)."""
    import opencc

    characters = [chr(code) for block in _IDEOGRAPHS for code in block]
    # A character a line: OpenCC, which knows whole words too, does not join them.
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(one): other for one, other in pairs if one != other and len(other) == 1}


def count_chars(text: str) -> int:
    """Letters, ideographs, syllables and digits; spaces, punctuation and symbols do not count."""
    return sum(character.isalnum() for character in text)


def find_words(words: tuple[str, ...], text: str) -> list[str]:
    """What of `words` is said in `text`, folded, in the order said; of overlapping ones the longest.

    Ideographs, kana and hangul match anywhere, also with spaces between them, simplified or traditional. A Latin word
    matches from a word's beginning (`refund` is in `refunds`, not in `nonrefundable`). Digits match a whole number,
    also when spelt with spaces (`1 2 3 7 8`), never a piece of a longer one.

    Raises:
        ValueError: one of the words has no characters; it would match everything.
    """
    if not words:
        return []
    folded = fold(text)
    return [folded[slice(*found.span())] for found in _pattern(words).finditer(simplified(folded))]


@functools.lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    folded = sorted({simplified(fold(word)).strip() for word in words}, key=lambda word: (-len(word), word))
    if "" in folded:
        raise ValueError(f"an empty word among {words} would match everything")
    return re.compile("|".join(_word(word) for word in folded))


def _word(word: str) -> str:
    if word.isascii() and word.isdigit():
        spaced = r"\s?".join(word)
        return rf"(?<!\d){word}(?!\d)|(?<!\d)(?<!\d\s){spaced}(?!\s?\d)"
    if re.match(f"[{_LATIN}]", word):
        return rf"(?<![{_LATIN}0-9])" + r"\s+".join(re.escape(part) for part in word.split())
    return r"\s*".join(re.escape(character) for character in word if not character.isspace())
