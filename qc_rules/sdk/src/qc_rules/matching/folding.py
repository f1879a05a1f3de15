"""A turn's text as it is compared: folded, simplified, without spaces, and where each character came from."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator

from qc_rules.text import fold, simple_characters, simplified


class Folded:
    """A text, and its folded form to look for words in."""

    __slots__ = ("_pieces", "_places", "compact", "original", "spaced")

    def __init__(self, text: str) -> None:
        self.original = text
        self.spaced: str
        """Folded and simplified."""
        self._pieces: list[tuple[int, int]] | None = None
        """Of `original`, for each character of `spaced`; None: each is the one at its own place."""
        self.spaced, self._pieces = _fold(text)
        self.compact = "".join(self.spaced.split())
        """`spaced` without spaces."""
        self._places: list[int] | None = None

    def place(self, index: int) -> int:
        """Where in `spaced` a character of `compact` stands."""
        if len(self.compact) == len(self.spaced):
            return index
        if self._places is None:
            self._places = [place for place, character in enumerate(self.spaced) if not character.isspace()]
        return self._places[index]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of `original` that became this (not empty) one of `compact`, whole characters of it."""
        return self.origin(self.place(start), self.place(end - 1) + 1)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of `original` that became this (not empty) one of `spaced`, whole characters of it."""
        if self._pieces is None:
            return start, end
        return self._pieces[start][0], self._pieces[end - 1][1]


def _fold(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    if text.isascii():
        return text.casefold(), None
    plain = text.translate(_one_for_one())
    if unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        # Casefolding makes characters longer, never shorter: the same length is the same places.
        if len(folded) == len(plain):
            return folded, None
    return _fold_in_pieces(text)


@functools.cache
def _one_for_one() -> dict[int, str]:
    """Characters of which NFKC or simplification makes one other: full-width forms, the ideographic space."""
    wide = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    simple = {code: plain for code, plain in simple_characters().items() if fold(chr(code)) == chr(code)}
    return {**simple, **wide, 0x3000: " "}


def _fold_in_pieces(text: str) -> tuple[str, list[tuple[int, int]]]:
    folded: list[str] = []
    pieces: list[tuple[int, int]] = []
    for start, end in _pieces(text):
        piece = simplified(fold(text[start:end]))
        folded.append(piece)
        pieces += [(start, end)] * len(piece)
    return "".join(folded), pieces


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The shortest stretches that normalise on their own: a kana and its voicing mark, a syllable's jamo."""
    start = 0
    for end in range(1, len(text)):
        if _divides(text[start:end], text[end]):
            yield start, end
            start = end
    if text:
        yield start, len(text)


def _divides(piece: str, following: str) -> bool:
    normalize = functools.partial(unicodedata.normalize, "NFKC")
    if unicodedata.combining(unicodedata.normalize("NFKD", following)[0]):
        return False
    return normalize(piece + following) == normalize(piece) + normalize(following)
