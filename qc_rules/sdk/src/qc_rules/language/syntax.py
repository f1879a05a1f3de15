"""The parts that expressions are written in, and errors that point at the character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 4_000
"""Of one expression: a longer one was not written by anybody."""

_TOKEN = re.compile(
    r"""
    (?P<symbol>&&|\|\||==|!=|<=|>=|[!()<>\[\],])
    |(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d]\w*(?:\.\w+)*)
    |(?P<text>'(?:[^'\\]|\\[\\'"])*'|"(?:[^"\\]|\\[\\'"])*")
    """,
    re.VERBOSE,
)
_INSTEAD = {"and": "&&", "or": "||", "not": "!", "&": "&&", "|": "||", "=": "==", "~": "!"}
"""What other languages write, and what is written here."""
_QUOTES = "‘’“”"


class ExpressionError(ValueError):
    """An expression that cannot be read; the message shows it with a caret under the character."""

    def __init__(self, what: str, text: str, at: int) -> None:
        super().__init__(what, text, at)
        self.what = what
        self.column = _column(text, at)
        self._shown = _pointed(text, at)

    def __str__(self) -> str:
        return f"{self.what} (column {self.column})\n{self._shown}"


@dataclass(frozen=True)
class Token:
    """A piece of an expression."""

    kind: str
    """symbol, name, text, number, date or end."""
    text: str
    start: int
    """Its first character's place in the expression."""

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"`{self.text}`"


def tokens(text: str) -> Iterator[Token]:
    """The pieces of an expression in order; the last is its end.

    Raises:
        ExpressionError: a character that starts no piece, or more than MAX_CHARS characters.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"it has {len(text)} characters, more than {MAX_CHARS}", text, MAX_CHARS)
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise _stray(text, at)
        yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()
    yield Token("end", "", len(text))


def instead(word: str) -> str:
    """`; write && instead` for what another language writes, else nothing."""
    known = _INSTEAD.get(word.lower())
    return f"; write {known} instead" if known else ""


def _stray(text: str, at: int) -> ExpressionError:
    character = text[at]
    if character in "'\"":
        return ExpressionError(f"the text that {character} begins has no end, or a stray backslash", text, at)
    narrow = "'" if character in _QUOTES else unicodedata.normalize("NFKC", character)
    if narrow != character:
        return ExpressionError(f"`{character}` is a full-width or curly character; write {narrow} instead", text, at)
    return ExpressionError(f"`{character}` means nothing here{instead(character)}", text, at)


def _column(text: str, at: int) -> int:
    return at - _line_start(text, at) + 1


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _pointed(text: str, at: int) -> str:
    """The line and, under it, a caret; ideographs are two columns wide."""
    begin = _line_start(text, at)
    line = text[begin:].partition("\n")[0]
    before = "".join("\u3000" if unicodedata.east_asian_width(one) in "WF" else " " for one in text[begin:at])
    return f"    {_shortened(line, at - begin)}\n    {before[-_SHOWN:]}^"


_SHOWN = 100
"""Characters of an expression shown before the caret, and as many after it."""


def _shortened(line: str, at: int) -> str:
    return line[max(0, at - _SHOWN) : at + _SHOWN]
