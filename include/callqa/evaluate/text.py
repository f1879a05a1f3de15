"""Texts as they are compared: normalised, in characters or words.

NORMALISATION says what is made alike, on both sides; nothing else is.
"""

from __future__ import annotations

import re
import unicodedata

from callqa.evaluate import numbers
from callqa.parse.normalise import converter

NORMALISATION = (
    "width and compatibility forms: Unicode NFKC",
    "case: lower",
    "punctuation and symbols: left out, but for the point within a number and %",
    "traditional and simplified characters (zh, yue, mixed): simplified, OpenCC t2s",
    "numbers: 幺三八, 三百五十, 百分之十 (zh, yue, ja, mixed), twenty five (en, mixed) as digits, each a token",
    "fillers, spelling, Korean numerals: as they are",
)
"""What a report says of it."""
MEASURES = {"character": "CER", "word": "WER", "token": "MER"}
"""Name of the error rate by unit. A token of mixed text is a Chinese character or a word of another script."""

_SYLLABIC = (
    "\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese, kana
    "\uac00-\ud7af\u1100-\u11ff"  # Hangul
)
_IS_SYLLABIC = re.compile(f"[{_SYLLABIC}]")
_IS_LATIN = re.compile("[a-z\u00c0-\u024f]", re.IGNORECASE)
_IS_KANA, _IS_HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7af]")
_TOKEN = re.compile(rf"\d|%|[{_SYLLABIC}]|(?:[^\W\d{_SYLLABIC}_]|['’\u0300-\u036f])+|\S")
_PIECE = re.compile(rf"[{_SYLLABIC}][^\w\s]*|[^\s{_SYLLABIC}]+")
_WITHIN_NUMBER = re.compile(r"(?<=\d)[,\-\s](?=\d)")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_KEPT_POINT = "\ue000"  # a private character stands for the point of a number while punctuation is taken out


def language_of(text: str) -> str:
    """The language of a reference that does not say it, by its script: ko, ja, mixed, zh or en."""
    if _IS_HANGUL.search(text):
        return "ko"
    if _IS_KANA.search(text):
        return "ja"
    if _IS_SYLLABIC.search(text):
        return "mixed" if _IS_LATIN.search(text) else "zh"
    return "en" if _IS_LATIN.search(text) else "nospeech"


def unit_of(text: str, language: str) -> str:
    """What errors are counted in: `character`, `word`, or `token` where two scripts are mixed in the reference."""
    syllabic, latin = _IS_SYLLABIC.search(text), _IS_LATIN.search(text)
    if syllabic and latin:
        return "token"
    if syllabic or latin:
        return "character" if syllabic else "word"
    return {"en": "word", "mixed": "token"}.get(language, "character")


def tokens(text: str, unit: str, language: str) -> list[str]:
    """The units of a text, normalised."""
    found = _TOKEN.findall(normalised(text, language))
    found = [token.strip("'") for token in found if token.strip("'")]
    if unit == "character":
        return [character for token in found for character in token]
    return [part for token in numbers.english(found) for part in (token if token.isdigit() else [token])]


def words(text: str) -> list[str]:
    """A text as it is in pieces: characters, and words of other scripts, with the punctuation after each."""
    return [match[0] for match in _PIECE.finditer(text)]


def normalised(text: str, language: str) -> str:
    """A text as the module's docstring says, but for English numbers, which need words."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    if language not in ("ja", "ko", "en"):
        text = converter()(text)
    if language not in ("ko", "en"):
        text = numbers.chinese(text)
    text = _POINT.sub(_KEPT_POINT, _WITHIN_NUMBER.sub("", text))
    return "".join(_plain(c) for c in text).replace(_KEPT_POINT, ".")


def _plain(character: str) -> str:
    if character in "%'" or character == _KEPT_POINT:
        return character
    return " " if unicodedata.category(character)[0] in "PSZC" else character
