"""`days_said`: how many days somebody says that something lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.matching import Words
from qc_rules.operators import TurnOperator

if TYPE_CHECKING:
    from qc_rules.conditions import Seen, View

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DAYS = re.compile(
    r"([0-9]{1,3}|[零〇一二两三四五六七八九十百]{1,5})\s*个?(?:自然日|工作日|天|日|days?\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class DaysSaid(TurnOperator):
    """A number of days is said near one of some words: 犹豫期是十五天, a cooling-off period of 15 days.

    Numbers are read as digits and in Chinese up to 999; the nearest of a word counts, before or after it. The match's
    text is the number with its unit.

    Unknown: where who speaks is not known, or the turn was recognised with too little confidence.

    ```yaml
    explained: {role: agent, days_said: {of: [犹豫期], at_least_days: 15}}
    ```
    """

    name: ClassVar[str] = "days_said"

    of: tuple[str, ...] = ()
    """The words of what lasts so long."""
    at_least_days: int = 0
    """The least number of days that counts."""
    at_most_days: int = 999
    """The greatest that counts."""
    within: int = 20
    """Characters between the words and the number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.of:
            raise ValueError("of is empty: give the words of what lasts so many days")
        if not 0 <= self.at_least_days <= self.at_most_days:
            raise ValueError(f"no number of days is from {self.at_least_days} to {self.at_most_days}")
        if self.within < 1:
            raise ValueError(f"within = {self.within} is not a number of characters from 1")

    def words(self) -> Iterable[Words]:
        """What lasts: one list."""
        return (Words(self.of),)

    def needs(self) -> Iterable[Words]:
        """Where it is not spoken of, no days of it are said."""
        return self.words()

    def hears(self, seen: Seen, view: View) -> str | None:
        """The number of days that is said nearest to one of the words, if it counts."""
        for said in view.said(seen, Words(self.of)):
            days = _nearest(seen.turn.text, said.start, said.end, self.within)
            if days and self.at_least_days <= number(days[1]) <= self.at_most_days:
                return days[0]
        return None


def _nearest(text: str, start: int, end: int, within: int) -> tuple[str, str] | None:
    """The days said nearest to a word at these characters: (`十五天`, `十五`)."""
    near = [(distance, found) for distance, found in _distances(text, start, end) if distance <= within]
    if not near:
        return None
    found = min(near, key=lambda pair: pair[0])[1]
    return found.group(), found.group(1)


def _distances(text: str, start: int, end: int) -> Iterator[tuple[int, re.Match[str]]]:
    for found in _DAYS.finditer(text):
        yield max(found.start() - end, start - found.end(), 0), found


def number(text: str) -> int:
    """A whole number below 1000 of digits, or as it is spoken: 15, 十五, 一百二十, 一五."""
    if text.isdecimal():
        return int(text)
    if not set(text) & set("十百"):
        return int("".join(str(_DIGITS[digit]) for digit in text))
    hundreds, _, rest = text.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    return (
        100 * (_DIGITS.get(hundreds[-1:], 1) if "百" in text else 0)
        + 10 * (_DIGITS.get(tens[-1:], 1) if ten else 0)
        + _DIGITS.get(ones[-1:], 0)
    )
