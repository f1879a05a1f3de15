"""A word as it is looked for, and where it counts as said."""

from __future__ import annotations

from dataclasses import dataclass

from qc_rules.text import fold, simplified


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z" or "ß" <= character <= "ɏ"


@dataclass(frozen=True)
class Spelling:
    """A folded word.

    Ideographs, kana and hangul count anywhere; a Latin word from a word's beginning; digits as a whole number, also
    spelt with spaces. The same as `text.find_words`.
    """

    word: str
    """Folded and simplified, spaces between its parts single."""

    @property
    def compact(self) -> str:
        """Without spaces."""
        return self.word.replace(" ", "")

    def stands(self, text: str, start: int, end: int) -> bool:
        """Is it said here: its characters are found from `start` to `end` of a folded text, whatever the spaces?"""
        if self.word.isascii() and self.word.isdigit():
            return _is_number(text, start, end, len(self.word))
        if not _is_latin(self.word[0]):
            return True
        if start and (_is_latin(text[start - 1]) or text[start - 1] in "0123456789"):
            return False
        return text[start:end].split() == self.word.split()


def spell(word: str) -> Spelling:
    """A word of a list, folded."""
    return Spelling(" ".join(simplified(fold(word)).split()))


def _is_number(text: str, start: int, end: int, digits: int) -> bool:
    """A whole number, its digits together or each at most one space apart."""
    if _digit(text, start - 1) or _digit(text, end):
        return False
    if end - start == digits:
        return True
    if "  " in "".join(" " if character.isspace() else character for character in text[start:end]):
        return False
    before = start > 0 and text[start - 1].isspace() and _digit(text, start - 2)
    return not (before or (end < len(text) and text[end].isspace() and _digit(text, end + 1)))


def _digit(text: str, index: int) -> bool:
    return 0 <= index < len(text) and text[index].isdecimal()
