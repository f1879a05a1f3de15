"""Recognises personal data, amounts and dates in text that is not masked, in zh, yue, en, ja and ko."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from qc_rules.matching.digits import numbers_in
from qc_rules.spans import Span

_AT, _TO = "(?<![a-z0-9])", "(?![a-z0-9])"
"""Where a word or a number of another alphabet begins and ends: between ideographs there is no space."""
_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|[零〇一二两兩三四五六七八九十百千万萬亿億]+(?:点[零一二三四五六七八九]+)?)"
_SCALE = r"\s*(?:百|千|万|萬|亿|億|만|억|천)*\s*"
_UNIT = r"(?:人民币|元|块(?![儿去])|塊(?![兒去])|蚊|港币|港元|港紙|美元|美金|欧元|英镑|日元|円|圆|圓|원|위안|달러|엔)"
_WORD_UNIT = r"(?:dollars?|bucks|cents?|yuan|rmb|euros?|pounds?|yen|won|usd|cny|hkd|eur|gbp|jpy|krw)(?![a-z0-9])"
_ENGLISH = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety)"
)
_SPELT = rf"{_ENGLISH}(?:[\s-](?:{_ENGLISH}|and|hundred|thousand|million))*"
_KOREAN = "[일이삼사오육칠팔구십백천만억]{2,}"
_MONEY = re.compile(
    rf"[¥￥$€£₩]\s*\d[\d,]*(?:\.\d+)?|{_NUMBER}{_SCALE}{_UNIT}|{_KOREAN}\s*원"
    rf"|{_AT}(?:\d[\d,]*(?:\.\d+)?|{_SPELT})\s*(?:hundred\s|thousand\s|million\s)?{_WORD_UNIT}",
    re.IGNORECASE,
)
_DIGITS = r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})"
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    rf"{_DIGITS}\s*月\s*{_DIGITS}\s*[日号號]|\d{{1,2}}\s*월\s*\d{{1,2}}\s*일|{_AT}(?:19|20)\d\d([-/.])\d{{1,2}}\1\d{{1,2}}(?!\d)"
    rf"|{_AT}{_MONTHS}\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?{_TO}|{_AT}\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}{_TO}",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9学警港澳挂]",
    re.IGNORECASE,
)
_ID_CARD = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999: weights of the first 17 digits, modulo 11, for the check character."""
_ID_CHECKS = "10X98765432"


def _phones(text: str) -> list[Span]:
    """Mobile numbers of mainland China, with the country code or without."""
    return [(one.start, one.end) for one in numbers_in(text) if re.fullmatch(r"(?:86)?1[3-9]\d{9}", one.digits)]


def _bank_cards(text: str) -> list[Span]:
    cards = (one for one in numbers_in(text) if 13 <= len(one.digits) <= 19 and _luhn(one.digits))
    return [(one.start, one.end) for one in cards]


def _id_cards(text: str) -> list[Span]:
    return [found.span() for found in _ID_CARD.finditer(text) if _has_check(found.group().upper())]


def _has_check(card: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(card[:17], _ID_WEIGHTS, strict=True))
    return card[17] == _ID_CHECKS[total % 11]


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right doubled, the sum of all digits a multiple of ten."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _by(pattern: re.Pattern[str]) -> Callable[[str], list[Span]]:
    return lambda text: [found.span() for found in pattern.finditer(text)]


_FINDERS: dict[str, Callable[[str], list[Span]]] = {
    "phone": _phones,
    "id_card": _id_cards,
    "bank_card": _bank_cards,
    "plate": _by(_PLATE),
    "email": _by(_EMAIL),
    "money": _by(_MONEY),
    "date": _by(_DATE),
}
KINDS = (*_FINDERS, "number")
"""`number` is known only where it was masked."""


def found(text: str, kinds: Iterable[str]) -> list[tuple[int, int]]:
    """Where something of these kinds is said: characters of the text, first and one after the last."""
    spans = [span for kind in kinds if kind in _FINDERS for span in _FINDERS[kind](text)]
    return sorted((int(start), int(end)) for start, end in dict.fromkeys(spans))
