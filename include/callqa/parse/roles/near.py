"""Phrases in recognised text, also where a character or two of them were recognised wrongly."""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """A phrase without spaces and punctuation, and how many wrong, missing or additional characters it may have."""

    plain_text: str
    errors: int

    @classmethod
    def of(cls, phrase: str) -> Phrase:
        """A phrase ready for matching; short ones must be there exactly.

        One error in six ideographs (or twelve letters), which carry about as much; at most two.
        """
        plain = cls.plain(phrase)
        weight = sum(1 if ord(character) < 0x1100 else 2 for character in plain)  # from Hangul on: syllables
        return cls(plain, min(2, weight // 12))

    @staticmethod
    def plain(text: str) -> str:
        """Letters, ideographs, syllables and digits only."""
        return "".join(character for character in text if character.isalnum())


def said(phrase: Phrase, text: str) -> bool:
    """Whether the phrase is in the text with at most its errors.

    Of `errors + 1` pieces of a phrase with so many errors one at least is untouched: only around such a piece the
    distance is computed.
    """
    plain, errors = phrase
    if not plain or plain in text:
        return bool(plain)
    return any(errors and _near(phrase, text, start, end) for start, end in _pieces(len(plain), errors + 1))


def _pieces(length: int, count: int) -> list[tuple[int, int]]:
    return [(length * i // count, length * (i + 1) // count) for i in range(count)]


def _near(phrase: Phrase, text: str, start: int, end: int) -> bool:
    plain, errors = phrase
    piece = plain[start:end]
    at = text.find(piece)
    while at >= 0:
        window = text[max(0, at - start - errors) : at - start + len(plain) + errors]
        if distance_in(plain, window) <= errors:
            return True
        at = text.find(piece, at + 1)
    return False


def distance_in(phrase: str, text: str) -> int:
    """The least number of wrong, missing and additional characters with which `phrase` is somewhere in `text`.

    Source: Sellers, "The theory and computation of evolutionary distances" (1980).
    """
    row = list(range(len(phrase) + 1))
    best = row[-1]
    for character in text:
        before, row[0] = 0, 0
        for i, own in enumerate(phrase, start=1):
            before, row[i] = row[i], min(row[i] + 1, row[i - 1] + 1, before + (own != character))
        best = min(best, row[-1])
    return best
