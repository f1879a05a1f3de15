"""Personal data that are not digits alone: e-mail addresses, licence plates, identity cards with a letter in front."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callqa.parse.personal.digits import TIGHT, flat, tokens

Found = tuple[int, int, str]
"""Characters [start, end) of a text, and the kind."""

_PROVINCES = "京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊使领領"
_LETTERS = "A-HJ-NP-Z"
_PLATE = re.compile(
    rf"[{_PROVINCES}][{_LETTERS}]\|?(?=[{_LETTERS}0-9]*\d)"
    rf"(?:[{_LETTERS}0-9]{{6}}|[{_LETTERS}0-9]{{5}}|[{_LETTERS}0-9]{{4}}[挂掛学學警港澳])(?![0-9])"
)
_HONG_KONG_ID = re.compile(r"(?<![A-Z])[A-Z]{1,2}\d{6}[\dA](?!\d)")
_DATED_ID = re.compile(r"(?<!\d)[1-9]\d{5}\s*(?:19|20)\d\d年\d{1,2}月\d{1,2}[日号]?\s*\d{3}\s*(?:[\dx]|叉)(?!\d)")
"""An identity card whose birthday the recogniser wrote as a date."""
_TAIWAN_ID = re.compile(r"(?<![A-Z])[A-Z][12]\d{8}(?!\d)")

_AT = re.compile(r"@|艾特|爱特|圈\s?a|小老鼠|アットマーク|アット|골뱅이|(?<![a-z])at(?![a-z])")
_DOT = r"(?:\.|点|點|ドット|닷|점|(?<![a-z])dot(?![a-z]))"
_ENDING = re.compile(
    rf"{_DOT}\s*(?:com|net|org|cn|hk|tw|jp|kr|edu|gov|io|me|co|info|biz|コム|컴)(?![a-z])"
    rf"(?:\s*{_DOT}\s*(?:cn|hk|tw|jp|kr|uk)(?![a-z]))?"
)
_DIGITS = "零〇幺一二三四五六七八九两"
_DOMAIN = re.compile(rf"(?:[a-z0-9_.{_DIGITS}\s-]|{_DOT})+")
_PIECES = re.compile(
    r"(?P<join>[._+-]|点|點|ドット|닷|점|下划线|底線|减号|横杠|アンダーバー|ハイフン|밑줄"
    r"|(?<![a-z])(?:dot|underscore|dash|hyphen|minus|plus)(?![a-z]))"
    rf"|(?P<name>[a-z0-9]+|[{_DIGITS}]+)|(?P<blank>\s+)|(?P<other>.)",
    re.DOTALL,
)
_NO_NAME = frozenset(
    {
        "is", "email", "e", "mail", "address", "my", "it", "its", "the", "to", "on", "me", "us", "look", "buy", "for",
        "contact", "write", "send", "at", "s", "was", "ordered",
    }
)  # fmt: skip
"""Words of a sentence around an address, not of the address."""
REACH = 64
"""Characters of a local part (RFC 5321), and of a domain as people have them."""
WORDS = 3
"""Words before the `at` that a spoken name may have."""


def find(text: str, language: str) -> list[Found]:
    """The addresses, plates and lettered identity cards in a text."""
    folded = flat(text)
    dated = ((match.start(), match.end(), "id_card") for match in _DATED_ID.finditer(folded))
    return [*_emails(folded), *dated, *_compact_matches(text, language)]


def _emails(text: str) -> Iterator[Found]:
    for sign in _AT.finditer(text):
        ending = _ENDING.search(text, sign.end(), sign.end() + REACH)
        start = _local_part(text, sign.start())
        if ending and start is not None and _DOMAIN.fullmatch(text, sign.end(), ending.start()):
            yield start, ending.end(), "email"


def _local_part(text: str, end: int) -> int | None:
    """Where the name before the `at` begins; None where no name is there."""
    first = max(0, end - REACH)
    start, words, joined = None, 0, True
    for piece in reversed(list(_PIECES.finditer(text, first, end))):
        if piece.lastgroup == "join":
            joined = True
        elif piece.lastgroup == "name":
            spelt = len(piece.group()) == 1 or piece.group().isdigit()
            words += not (joined or spelt)
            if (piece.group() in _NO_NAME and not joined) or words >= WORDS:
                break
            start, joined = piece.start(), False
        elif piece.lastgroup == "other":
            break
    return start


def _compact_matches(text: str, language: str) -> Iterator[Found]:
    compact, places = _compact(text, language)
    matches = [(match, "plate") for match in _PLATE.finditer(compact)]
    matches += [(match, "id_card") for match in _HONG_KONG_ID.finditer(compact) if _is_hong_kong_id(match.group())]
    matches += [(match, "id_card") for match in _TAIWAN_ID.finditer(compact) if _is_taiwan_id(match.group())]
    for match, kind in matches:
        yield places[match.start()][0], places[match.end() - 1][1], kind


def _compact(text: str, language: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with its digits as digits, letters in upper case, without blanks and hyphens; a pause is a `|`."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for token in tokens(text, language):
        if token.kind == "gap":
            value = "" if token.level == TIGHT else "|"
        elif token.kind == "other":
            value = token.value.upper() if token.value.isascii() else token.value
        else:
            value = token.value
        characters += value
        places += [(token.start, token.end)] * len(value)
    return "".join(characters), places


def _is_hong_kong_id(value: str) -> bool:
    """Letters count 10 to 35, a blank before a single one 36; weights 9 to 1, the check digit's included; MOD 11."""
    codes = [36] * (9 - len(value)) + [int(character, 36) for character in value]
    total: int = sum(weight * code for weight, code in zip(range(9, 0, -1), codes, strict=True))
    return total % 11 == 0


_TAIWAN_CODES = {letter: code for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10)}


def _is_taiwan_id(value: str) -> bool:
    """The letter's code as two digits, then nine; weights 1, 9 to 1, 1; MOD 10."""
    digits = [*map(int, str(_TAIWAN_CODES[value[0]])), *map(int, value[1:])]
    total: int = sum(weight * digit for weight, digit in zip((1, *range(9, 0, -1), 1), digits, strict=True))
    return total % 10 == 0
