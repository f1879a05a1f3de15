"""The reports' words in Chinese and English, and how numbers, dates and durations are written in each.

Every word is in `words.toml`, its languages side by side; `title` in `[day]` is `day.title`, and the tables `[term.…]`
name the values of callqa's enumerations and flags.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("zh", "en")
TAGS = {"zh": "zh-CN", "en": "en"}
"""As HTML's `lang` has them."""
NOTHING = "–"
_WEEKDAYS = {"en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "zh": [f"周{day}" for day in "一二三四五六日"]}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@functools.cache
def words() -> dict[str, Mapping[str, str]]:
    """Every key with its text by language.

    Raises:
        ValueError: a key lacks a language.
    """
    found: dict[str, Mapping[str, str]] = {}
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    for name, value in tomllib.loads(text).items():
        _collect(name, value, found)
    return found


def _collect(key: str, value: Mapping[str, Any], found: dict[str, Mapping[str, str]]) -> None:
    if any(isinstance(part, str) for part in value.values()):
        if set(value) != set(LANGUAGES):
            raise ValueError(f"words.toml: {key} is in {', '.join(value)}, not in {' and '.join(LANGUAGES)}")
        found[key] = value
        return
    for name, part in value.items():
        _collect(f"{key}.{name}", part, found)


class Language:
    """One language; times of day are shown in the contact centre's zone."""

    def __init__(self, code: str, zone: ZoneInfo) -> None:
        self.code, self.tag, self.zone = code, TAGS[code], zone

    def t(self, key: str, **values: Any) -> str:
        """The text of a key; `{n}` in it is a value, whole numbers grouped. A text `one | many` goes by `n`.

        Raises:
            KeyError: there is no such key.
        """
        text = words()[key][self.code]
        if " | " in text:
            one, many = text.split(" | ")
            text = one if values.get("n") == 1 else many
        shown = {name: self.number(value) if type(value) is int else value for name, value in values.items()}
        return text.format(**shown) if values else text

    def term(self, kind: str, value: str | None) -> str:
        """The name of a value of an enumeration, such as `emotion` and `angry`; what nobody named, as it is."""
        named = words().get(f"term.{kind}.{value}")
        return named[self.code] if named else (value or NOTHING)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Grouped by thousands: 12,345.6."""
        return NOTHING if value is None else f"{value:,.{digits}f}"

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share of 0..1 as per cent. What is not quite all, or not quite nothing, is never shown as that."""
        if share is None:
            return NOTHING
        smallest = 10**-digits
        shown = share * 100
        if 0 < share < 1:
            shown = min(max(round(shown, digits), smallest), 100 - smallest)
        return f"{shown:.{digits}f}%"

    def signed(self, difference: float | None, digits: int = 0) -> str:
        """A difference with its sign: +3, −1.5, ±0."""
        if difference is None:
            return NOTHING
        shown = round(difference, digits)
        return f"{'+' if shown > 0 else '−' if shown < 0 else '±'}{abs(shown):,.{digits}f}"

    def date(self, day: dt.date) -> str:
        """Thu, 5 Mar 2026; 2026年3月5日 周四."""
        weekday = _WEEKDAYS[self.code][day.weekday()]
        if self.code == "zh":
            return f"{day.year}年{day.month}月{day.day}日 {weekday}"
        return f"{weekday}, {day.day} {_MONTHS[day.month - 1]} {day.year}"

    def short_date(self, day: dt.date) -> str:
        """5 Mar; 3月5日."""
        return f"{day.month}月{day.day}日" if self.code == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def time(self, at: dt.datetime | None) -> str:
        """14:05, in the contact centre's zone."""
        return NOTHING if at is None else at.astimezone(self.zone).strftime("%H:%M")

    def moment(self, at: dt.datetime) -> str:
        """5 Mar, 14:05; 3月5日 14:05."""
        comma = "" if self.code == "zh" else ","
        return f"{self.short_date(at.astimezone(self.zone).date())}{comma} {self.time(at)}"

    def clock(self, seconds: float | None) -> str:
        """A position in a recording, or its length: 0:42, 3:05, 1:02:33."""
        if seconds is None:
            return NOTHING
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def duration(self, seconds: float | None) -> str:
        """A time span in its two largest units: 12 h 30 min; 3分5秒."""
        if seconds is None:
            return NOTHING
        total = round(seconds)
        names = ("小时", "分", "秒") if self.code == "zh" else (" h", " min", " s")
        parts = [(total // 3600, names[0]), (total // 60 % 60, names[1]), (total % 60, names[2])]
        first = next((place for place, (count, _) in enumerate(parts) if count), 2)
        shown = [f"{count}{name}" for count, name in parts[first : first + 2] if count or total == 0]
        return ("" if self.code == "zh" else " ").join(shown)
