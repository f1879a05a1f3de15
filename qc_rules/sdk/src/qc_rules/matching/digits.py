"""Numbers in what was said: digits, written or spoken one by one, in zh, yue, en, ja and ko."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from qc_rules.matching.folding import Folded

_HAN = dict(zip("零〇○幺一二两三四五六七八九壹贰叁肆伍陆柒捌玖弍", "00011223456789123456789" + "2", strict=True))
_KANA = {
    "ぜろ": "0", "れい": "0", "まる": "0", "いち": "1", "に": "2", "さん": "3", "よん": "4", "し": "4", "ご": "5",
    "ろく": "6", "なな": "7", "しち": "7", "はち": "8", "きゅう": "9", "きゅー": "9", "く": "9",
}  # fmt: skip
_HANGUL = dict(zip("영공일이삼사오육륙칠팔구", "001234566789", strict=True))
_LATIN = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3}


def _choice(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TOKEN = re.compile(
    rf"(?P<written>[0-9]+)|(?P<han>[{''.join(_HAN)}])|(?P<hangul>[{''.join(_HANGUL)}])|(?P<kana>(?:{_choice(_KANA)})ー?)"
    rf"|(?<![a-z0-9])(?P<latin>(?:(?:{_choice(_TIMES)})\s)?(?:{_choice(_LATIN)}))(?![a-z])"
)
_GAPS = (re.compile(r""), re.compile(r"[\s-]?"), re.compile(r"\s?[,、\s-]?\s?"))
"""What may stand between two digits of one number, from strict to lenient: nothing, a space, a pause."""
_LATIN_GAP = re.compile(r"[\s-]")
_ALIKE = [{"written"}, {"han"}, {"kana"}, {"hangul"}, {"latin"}, {"written", "han"}]
"""Kinds that are said in one number; 幺2378 is what a recogniser makes of a number that it half understood."""
_MULTIPLES = tuple("十百千万亿")
_POINT_AFTER, _POINT_BEFORE = re.compile("[0-9零一二三四五六七八九][.点]"), re.compile("[.点][0-9零一二三四五六七八九]")
_KATAKANA = re.compile("[ァ-ヶ]")
_PARTICLES = {"kana": "に", "hangul": "이"}
"""Digits that are also what follows a noun: 12378に, 12378이."""


class Token(NamedTuple):
    """Digits that were written together, or one that was spoken."""

    kind: str
    digits: str
    text: str
    start: int
    end: int


class Number(NamedTuple):
    """A whole number, and where in the turn's text it is said."""

    digits: str
    start: int
    end: int
    spoken: bool


@functools.lru_cache(maxsize=4096)
def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers that a text may say, digit by digit. What is said with pauses may be read as one or as several.

    Cardinals (`一万二千`, `twelve thousand`) are none, and a digit of a larger amount (3万, 3.5) neither.
    """
    folded = Folded(text)
    plain = _hiragana(folded.spaced)
    tokens = list(_tokens(plain))
    runs = dict.fromkeys(run for gap in _GAPS for run in _runs(tokens, plain, gap))
    found = (number for run in runs for number in _numbers(run, plain))
    return tuple(
        number._replace(start=start, end=end) for number in found for start, end in [folded.origin(*number[1:3])]
    )


def _hiragana(text: str) -> str:
    return _KATAKANA.sub(lambda found: chr(ord(found.group()) - 0x60), text)


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        yield Token(kind, _digits(kind, found.group()), found.group(), *found.span())


def _digits(kind: str, text: str) -> str:
    if kind == "latin":
        *times, word = text.split()
        return _LATIN[word] * (_TIMES[times[0]] if times else 1)
    if kind == "kana":
        return _KANA.get(text) or _KANA[text.removesuffix("ー")]
    return {"han": _HAN, "hangul": _HANGUL}.get(kind, {}).get(text, text)


def _runs(tokens: list[Token], text: str, gap: re.Pattern[str]) -> Iterator[tuple[Token, ...]]:
    """The digits that belong together, where so much may stand between two of them."""
    run: list[Token] = tokens[:1]
    for before, token in pairwise(tokens):
        if not _join(before, token, text[before.end : token.start], gap):
            yield tuple(run)
            run = []
        run.append(token)
    if run:
        yield tuple(run)


def _join(before: Token, token: Token, between: str, gap: re.Pattern[str]) -> bool:
    if {before.kind, token.kind} not in _ALIKE:
        return False
    return bool(gap.fullmatch(between)) or (token.kind == "latin" and bool(_LATIN_GAP.fullmatch(between)))


def _numbers(run: tuple[Token, ...], text: str) -> Iterator[Number]:
    start, end = run[0].start, run[-1].end
    if _part_of_amount(text, start, end):
        return
    digits = "".join(token.digits for token in run)
    spoken = any(token.kind != "written" for token in run)
    yield Number(digits, start, end, spoken)
    if len(run) > 2 and run[-1].text == _PARTICLES.get(run[-1].kind):
        yield Number(digits[:-1], start, run[-2].end, spoken)


def _part_of_amount(text: str, start: int, end: int) -> bool:
    """Is it followed by ten thousand, a decimal point and digits, or does it follow one?"""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before.endswith(_MULTIPLES) or after.startswith(_MULTIPLES):
        return True
    return bool(_POINT_AFTER.fullmatch(before) or _POINT_BEFORE.fullmatch(after))
