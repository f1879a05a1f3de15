"""Numbers in one form: as digits, whether they were written as such or as they are said."""

from __future__ import annotations

import re
from collections.abc import Iterable

DIGITS = {name: str(value) for value, name in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1", "两": "2"}
"""两 and 幺 are how 2 and 1 are said in counting and in telephone numbers."""
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}
_RUN = re.compile(f"[{''.join([*DIGITS, *SMALL, *LARGE])}]+")
_POINT = re.compile(r"(?<=\d)点(?=\d)")
_PERCENT = re.compile(r"百分之([\d.]+)")
_ZERO = "零〇"


def chinese(text: str) -> str:
    """三百五十 as 350, 幺三八 as 138, 三点五 as 3.5, 百分之十 as 10%.

    What is no number keeps its units (万一 becomes 万1): both sides of a comparison are written the same way, so that
    it costs nothing. Simplified characters are expected.
    """
    # 百分之 first of all: it is no hundred.
    parts = re.split("(百分之)", text)
    text = "".join(part if part == "百分之" else _RUN.sub(lambda m: _run(m[0]), part) for part in parts)
    return _PERCENT.sub(r"\1%", _POINT.sub(".", text))


def _run(run: str) -> str:
    value = _value(run) if any(c in SMALL or c in LARGE for c in run) else None
    return "".join(DIGITS.get(c, c) for c in run) if value is None else str(value)


def _value(run: str) -> int | None:
    """The number that a run of numerals with units says; None where it says none."""
    for name, unit in reversed(LARGE.items()):
        if name in run:
            high, _, low = run.rpartition(name)
            above, below = _value(high) if high else None, _below(low, unit)
            return None if above is None or below is None or below >= unit else above * unit + below
    return _thousands(run)


def _below(run: str, unit: int) -> int | None:
    """What follows a unit: 一万二 is 12,000, but 一万零二 is 10,002."""
    if not run:
        return 0
    if len(run) == 1 and run in DIGITS and run not in _ZERO:
        return int(DIGITS[run]) * (unit // 10)
    return _value(run.lstrip(_ZERO))


def _thousands(run: str) -> int | None:
    """Below 10,000."""
    total, rest, limit = 0, run, 10_000
    for name, unit in reversed(SMALL.items()):
        if name not in rest:
            continue
        digit, _, rest = rest.partition(name)
        digit = digit.lstrip(_ZERO) if total else digit
        if unit >= limit or len(digit) > 1 or (not digit and not (unit == 10 and not total)):
            return None
        total, limit = total + int(DIGITS.get(digit, "1")) * unit, unit
    if not rest:
        return total
    if len(rest) > 1 and rest[0] in _ZERO:
        rest, limit = rest.lstrip(_ZERO), 10
    if len(rest) != 1 or rest not in DIGITS:
        return None
    # 三百五 is 350, 三十五 is 35
    return total + int(DIGITS[rest]) * (limit // 10 if limit <= 1000 else 1)


_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}


def english(words: Iterable[str]) -> list[str]:
    """Words with the numbers among them as digits: `twenty five` as 25, `one two three` as 1 2 3."""
    out: list[str] = []
    pending: list[str] = []
    for word in [*words, ""]:
        if word in _ONES or word in _TENS or (word in _SCALES and pending):
            pending.append(word)
            continue
        out += [str(value) for value in _values(pending)]
        pending = []
        out += [word] if word else []
    return out


def _values(words: list[str]) -> list[int]:
    """The numbers that number words say one after another."""
    values: list[int] = []
    place = 1  # what may still be added to the last number is below this
    for word in words:
        if word in _SCALES:
            place = _SCALES[word]
            # Two thousand five hundred: only the five is multiplied.
            head, low = divmod(values[-1], 1000) if place == 100 else (0, values[-1])
            values[-1] = head * 1000 + low * place
            continue
        value = _ONES[word] if word in _ONES else _TENS[word]
        if values and value and value < place:
            values[-1] += value
        else:
            values.append(value)
        place = 10 if word in _TENS else 1
    return values
