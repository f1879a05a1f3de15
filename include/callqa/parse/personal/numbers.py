"""What a string of digits is: a mobile number, an identity card, a bank card, a hotline; by form and check digit."""

from __future__ import annotations

import re

ID_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
"""GB 11643-1999: the weight of each of an identity card's 17 digits (ISO 7064, MOD 11-2)."""
ID_CHECKS = "10X98765432"
ID_LENGTH = 18
CARD_LENGTHS = range(13, 20)
"""ISO/IEC 7812: a card number has at most 19 digits; 13 is the shortest still in use."""

_DATE = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_18 = re.compile(rf"[1-9]\d{{5}}(?:18|19|20)\d\d{_DATE}\d{{3}}[\dX]")
_ID_15 = re.compile(rf"[1-8]\d{{5}}\d\d{_DATE}\d{{3}}")
_MOBILE = re.compile(r"(?:0086|86|0)?1[3-9]\d{9}")
_TIME_STAMP = re.compile(rf"20\d\d{_DATE}(?:[01]\d|2[0-3])(?:[0-5]\d){{2}}")
_HOTLINE = re.compile(
    r"1\d{2}|1[012]\d{3}|10[0-1]\d{3}|95\d{3,6}|96\d{3,6}|1010\d{4}|(?:400|800)\d{7}"  # China
    r"|1?8(?:00|33|44|55|66|77|88)[2-9]\d{6}"  # North America, toll-free
    r"|0120\d{6}|0800\d{6,7}|0570\d{6}"  # Japan, also Taiwan's 0800
)
_KNOWN_HOTLINE = re.compile(
    r"123(?:0[1-9]|15|18|28|33|45|48|5[056]|6[59]|78|8[1-9]|9[35])|955\d\d|100(?:00|10|86|99)|400\d{7}"
)
"""Those that people name most: of the state (123xx), of banks and insurers, of networks."""
_DAY = re.compile(rf"20[0-3]\d{_DATE}")
_KOREAN_HOTLINE = re.compile(r"1[568]\d{6}|080\d{7}")

_PHONES = {
    "zh": r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}|0[2-8]\d{7,8}|09\d{8}|852[2-9]\d{7}|8869\d{8}",
    "yue": r"(?:852)?[235-9]\d{7}|0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}|853[26]\d{7}",
    "ja": r"(?:81)?0?[5789]0\d{8}|0[1-9]\d{8}",
    "ko": r"(?:82)?0?1[016789]\d{7,8}|02\d{7,8}|0[3-6]\d\d{7,8}|070\d{8}",
    "en": r"1?[2-9]\d{2}[2-9]\d{6}|(?:44|0)[127]\d{9}",
}
_PHONES["unknown"] = "|".join(_PHONES.values())
_PHONE = {language: re.compile(pattern) for language, pattern in _PHONES.items()}


def certain(value: str, language: str) -> str | None:
    """The kind of a number that its form or check digit proves; `value` is digits, at the end perhaps an X."""
    if is_id_card(value) or (language == "ko" and is_korean_id(value)):
        return "id_card"
    if _MOBILE.fullmatch(value) or (language in ("ja", "ko") and _foreign_mobile(value)):
        return "phone"
    return "bank_card" if is_bank_card(value) else None


def likely(value: str, language: str) -> str | None:
    """`phone` for what has the form of a telephone number where the language is spoken."""
    pattern = _PHONE.get(language, _PHONE["unknown"])
    return "phone" if pattern.fullmatch(value) and not is_hotline(value, language) else None


def long_enough(value: str) -> bool:
    """Whether it has as many digits as a mobile number or a card, or is a mobile number with a digit too many."""
    digits = value.rstrip("X")
    extra = len(digits) == 12 and (_MOBILE.fullmatch(digits[1:]) or _MOBILE.fullmatch(digits[:-1]))
    return len(digits) == 11 or len(digits) >= min(CARD_LENGTHS) or bool(extra)


def is_hotline(value: str, language: str) -> bool:
    """A number that a company or the state answers: 12378, 95588, 400-820-8820, 110."""
    return bool(_HOTLINE.fullmatch(value) or (language == "ko" and _KOREAN_HOTLINE.fullmatch(value)))


def is_known_hotline(value: str) -> bool:
    """A hotline that is hardly ever a piece of another number."""
    return bool(_KNOWN_HOTLINE.fullmatch(value))


def is_day(value: str) -> bool:
    """20260107: a day of this century so far, as order numbers have it."""
    return bool(_DAY.fullmatch(value))


def stands_alone(value: str) -> bool:
    """A hotline or a day: something by itself, which is nobody's."""
    return is_known_hotline(value) or is_day(value)


def is_time_stamp(value: str) -> bool:
    """20260107103000: a day and a time of day."""
    return bool(_TIME_STAMP.fullmatch(value))


def is_id_card(value: str) -> bool:
    """A Chinese identity card: 18 characters whose check character is right, or 15 digits of the old form."""
    if len(value) == 15:
        return bool(_ID_15.fullmatch(value))
    return bool(_ID_18.fullmatch(value)) and id_check(value[:17]) == value[17]


def id_check(digits: str) -> str:
    """The check character after an identity card's 17 digits (GB 11643-1999): `0`-`9` or `X`."""
    return ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, digits, strict=True)) % 11]


def is_korean_id(value: str) -> bool:
    """A resident registration number: a birthday, a digit for century and sex, a check digit (weights 2-9, 2-5)."""
    if not re.fullmatch(rf"\d\d{_DATE}[1-8]\d{{6}}", value):
        return False
    total = sum(weight * int(digit) for weight, digit in zip((2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), value, strict=False))
    return (11 - total % 11) % 10 == int(value[12])


def is_bank_card(value: str) -> bool:
    """A card number: 13 to 19 digits, not all alike, whose last one is right by Luhn's formula (ISO/IEC 7812-1)."""
    possible = value.isdigit() and len(value) in CARD_LENGTHS and len(set(value)) > 1 and not is_time_stamp(value)
    return possible and luhn(value)


def luhn(value: str) -> bool:
    """Whether the digits' sum, every second one from the right doubled, is a multiple of ten."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in value[-2::-2])
    return (sum(int(digit) for digit in value[-1::-2]) + sum(doubled)) % 10 == 0


def _foreign_mobile(value: str) -> bool:
    return bool(re.fullmatch(r"0[5789]0\d{8}|01[016789]\d{7,8}", value))
