"""Words in what was said: how text is folded, searched and counted."""

from __future__ import annotations

import functools
import re
import unicodedata

_LATIN = "a-zß-ɏ"


def fold(text: str) -> str:
    """Text without differences of width and case (NFKC, casefold): `１２３７８` is `12378`, `Refund` is `refund`."""
    return unicodedata.normalize("NFKC", text).casefold()


def count_chars(text: str) -> int:
    """Letters, ideographs, syllables and digits; spaces, punctuation and symbols do not count."""
    return sum(character.isalnum() for character in text)


def find_words(words: tuple[str, ...], text: str) -> list[str]:
    """What of `words` is said in `text`, folded, in the order said; of overlapping ones the longest.

    Ideographs, kana and hangul match anywhere, also with spaces between them. A Latin word matches from a word's
    beginning (`refund` is in `refunds`, not in `nonrefundable`). Digits match a whole number, also when spelt with
    spaces (`1 2 3 7 8`), never a piece of a longer one.

    Raises:
        ValueError: one of the words has no characters; it would match everything.
    """
    if not words:
        return []
    return [found.group() for found in _pattern(words).finditer(fold(text))]


@functools.lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    folded = sorted({fold(word).strip() for word in words}, key=lambda word: (-len(word), word))
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
