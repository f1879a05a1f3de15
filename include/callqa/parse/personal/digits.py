"""Digits as they are said and written: 13800138000, 幺三八零零…, "one three eight", "double five", 공일공, ゼロキュー.

A text becomes tokens: digits with their value, what may stand between two groups of digits (with how far apart it sets
them), single letters, and everything else. Offsets are those of the text.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TIGHT, PAUSE, LINK = 0, 1, 2
"""How far apart a separator sets two groups: written together (138-0013), said with a breath (138, 0013), or said with
words between that only go on (138, then 0013)."""

_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
        **dict(zip("〇壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
        **dict(zip("貳參叄陸两兩幺洞拐勾", "2336221079", strict=True)),
        **dict.fromkeys("么腰妖吆", "1"),  # how recognisers write 幺
    }
)
_AFTER_WORD = "什怎那这这多要"
"""Before 么 they make another word of it: 什么, 怎么."""
_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
        "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9", "ten": "10", "eleven": "11",
        "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
        "eighteen": "18", "nineteen": "19",
    }
)  # fmt: skip
_TENS: Mapping[str, str] = MappingProxyType(
    {
        "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
        "ninety": "9",
    }
)  # fmt: skip
_TIMES: Mapping[str, int] = MappingProxyType(
    {"double": 2, "triple": 3, "treble": 3, "quadruple": 4, "孖": 2, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4}
)
_KANA: Mapping[str, str] = MappingProxyType(
    {
        "ゼロ": "0", "ぜろ": "0", "れい": "0", "レイ": "0", "まる": "0", "マル": "0", "いち": "1", "イチ": "1",
        "に": "2", "ニ": "2", "さん": "3", "サン": "3", "よん": "4", "ヨン": "4", "し": "4", "シ": "4",
        "ご": "5", "ゴ": "5", "ろく": "6", "ロク": "6", "なな": "7", "ナナ": "7", "しち": "7", "シチ": "7",
        "はち": "8", "ハチ": "8", "きゅう": "9", "キュウ": "9", "く": "9", "ク": "9",
    }
)  # fmt: skip
_PARTICLES = ("に", "し", "ご", "く", "さん")
_HANGUL: Mapping[str, str] = MappingProxyType(
    {
        "공": "0", "영": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6", "륙": "6", "칠": "7",
        "팔": "8", "구": "9",
    }
)  # fmt: skip

_DASHES = ("横杠", "短横", "中杠", "减号", "空格", "杠", "橫杠", "dash", "hyphen", "space")
_HESITATIONS = (
    "那个", "那個", "嗯", "啊", "呃", "额", "哦", "噢", "唔", "诶", "欸", "唉", "um", "uh", "uhm", "er", "erm", "ah",
    "hmm", "えっと", "ええと", "えーと", "えー", "あの", "어", "음",
)  # fmt: skip
_LINKS = (
    "然后是", "然后", "然後", "接着是", "接着", "接著", "后面是", "后面", "後面", "之后", "之後", "跟住", "下面是",
    "就是", "对不对", "对吧", "对吗", "对的", "对", "對", "没错", "好的", "好", "是的", "是", "係", "再", "呢", "吧",
    "吗", "了", "and then", "and", "then", "yes", "yeah", "yep", "okay", "ok", "right", "so", "next", "followed by",
    "はい", "それから", "次は", "네", "예", "그리고", "그 다음",
)  # fmt: skip


@dataclass(frozen=True)
class Token:
    """Characters [start, end) of a text and what they are."""

    kind: str
    """`digits`, `x` (the last character of some identity cards), `letter`, `gap` or `other`."""
    value: str
    """The digits, the letter in upper case, or what stands there."""
    start: int
    end: int
    level: int = TIGHT
    """Of a gap: TIGHT, PAUSE or LINK."""


def tokens(text: str, language: str) -> list[Token]:
    """A text's tokens in order; between them they cover all of it.

    `language` decides whether kana (ja) and hangul (ko) are read as digits; where it is unknown both are.
    """
    return list(_tokens(flat(text), language))


def flat(text: str) -> str:
    """The text folded in width and case, character for character: offsets stay what they are."""
    return "".join(map(_flat, text))


@functools.lru_cache(maxsize=8192)
def _flat(character: str) -> str:
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(int(decimal))
    if character == "，":  # a breath; a comma of ASCII may stand inside a number
        return character
    folded = unicodedata.normalize("NFKC", character).casefold()
    return folded if len(folded) == 1 else character


def _tokens(text: str, language: str) -> Iterator[Token]:
    for match in _grammar(language).finditer(text):
        kind, start, end = str(match.lastgroup), match.start(), match.end()
        found = match.group()
        if kind in _GAPS:
            yield Token("gap", found, start, end, _GAPS[kind])
        elif kind in ("other", "amount", "word"):
            yield Token("other", found, start, end)
        elif kind == "letter":
            yield from (Token("letter", c.upper(), start + i, start + i + 1) for i, c in enumerate(found))
        elif kind == "x":
            yield Token("x", "X", start, end)
        else:
            yield Token("digits", _value(kind, found), start, end)


_GAPS: Mapping[str, int] = MappingProxyType({"tight": TIGHT, "pause": PAUSE, "link": LINK})


def _value(kind: str, found: str) -> str:
    if kind == "times":
        parts = re.split(r"[\s个個]+", found) if not found.startswith("孖") else ["孖", found[1:]]
        return _digit(parts[-1]) * _TIMES[parts[0]]
    if kind == "tens":
        ten, _, unit = re.sub(r"[\s-]+", " ", found).partition(" ")
        return _TENS[ten] + (_ENGLISH[unit] if unit else "0")
    return _digit(found)


def _digit(found: str) -> str:
    for names in (_CHINESE, _ENGLISH, _KANA, _HANGUL):
        if found in names:
            return names[found]
    return found


def _any(words: Mapping[str, object] | tuple[str, ...]) -> str:
    """One of the words, the longest first; Latin ones as whole words."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word) for word in ordered)


@functools.cache
def _grammar(language: str) -> re.Pattern[str]:
    """What the parts of a text are, the first that fits: amounts and dates before the digits that they are made of."""
    chinese = f"[{''.join(_CHINESE)}]"
    small = "one|two|three|four|five|six|seven|eight|nine"
    digit = rf"(?:{chinese}|{_any(_ENGLISH)}|\d(?!\d))"
    more = f"(?!{chinese})"
    parts = {
        "amount": r"(?<![\d-])(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:[12]\d|3[01]|0?[1-9])(?![-/.]?\d)"  # a date
        r"|(?<![\d:])\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d:])"  # a time of day
        r"|(?<![\d,])\d{1,3}(?:,\d{3}){1,3}(?:\.\d+)?(?![\d,])"
        + more  # 1,234,567
        + r"|(?<![\d.])\d{1,10}\.\d{1,2}(?![\d.]|\s?\d)"
        + more,  # 199.50
        "times": rf"(?:{_any(('double', 'triple', 'treble', 'quadruple'))})\s+{digit}"
        rf"|[二两兩三四][个個]{digit}|孖{digit}",
        "tens": rf"(?<![a-z])(?:{'|'.join(_TENS)})(?:[\s-]+(?:{small}))?(?![a-z])",
        "digits": r"\d+",
        "english": _any(_ENGLISH),
        "x": rf"大?叉|[艾埃爱]克斯|(?<![a-z])ex(?![a-z])|(?<=[\d\s{''.join(_CHINESE)}])x(?![a-z\d])",
        "tight": r"[\s\-‐‑–—−_·・/()]+|\.(?=\d)|" + _any(_DASHES),
        "pause": r"[、,，。.;:!?~…]+|" + _any(_HESITATIONS),
        "chinese": rf"(?<![{_AFTER_WORD}])么|[{''.join(c for c in _CHINESE if c != '么')}]",
        "link": _any(_LINKS),
        "letter": r"(?<![a-z])[a-z]{1,2}(?![a-z])",
        "word": r"[a-z]+",
    }
    spoken: dict[str, str] = {}
    if language in ("ja", "unknown", "nospeech"):
        # After figures these are particles: 0120-123-456に.
        particles = "|".join(_PARTICLES)
        others = _any(tuple(name for name in _KANA if name not in _PARTICLES))
        spoken |= {"kana": rf"{others}|(?<!\d)(?:{particles})"}
        parts["tight"] += r"|の"
    if language in ("ko", "unknown", "nospeech"):
        spoken |= {"hangul": rf"(?<!\d)(?:{_any(_HANGUL)})"}  # 8일 is a day, 8이에요 is no 82
        parts["tight"] += r"|에|다시"
    rest = {name: parts.pop(name) for name in ("chinese", "link", "letter", "word")}
    ordered = {**parts, **spoken, **rest, "other": r"(?s:.)"}
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in ordered.items()))
