"""The console's words in Chinese and English, and how numbers, dates and durations are written in each.

Every word is in `words/<page>.toml`, its languages side by side; `title` of `words/today.toml` is `today.title`. The
sections of `words/terms.toml` name the values of callqa's enumerations; of what packs may add to, such as flags, in a
file of its own (`[flag]` of `words/flags.toml`).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qc_rules.sentences import Said, told

LANGUAGES = ("zh", "en")
NAMES = {"zh": "中文", "en": "English"}
TAGS = {"zh": "zh-CN", "en": "en"}
"""As HTML's `lang` has them."""
FOLDER = Path(__file__).parent / "words"
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
    for file in sorted(FOLDER.glob("*.toml")):
        _collect(file.stem, tomllib.loads(file.read_text(encoding="utf-8")), found)
    return found


def _collect(key: str, value: Mapping[str, Any], found: dict[str, Mapping[str, str]]) -> None:
    if any(isinstance(part, str) for part in value.values()):
        if set(value) != set(LANGUAGES):
            raise ValueError(f"words: {key} is in {', '.join(value)}, not in {' and '.join(LANGUAGES)}")
        found[key] = value
        return
    for name, part in value.items():
        _collect(f"{key}.{name}", part, found)


def choose(wanted: str | None, accepted: str) -> str:
    """The language that a person chose, else the one of ours that the browser would rather have, else English."""
    if wanted in LANGUAGES:
        return wanted
    ranked = sorted(
        (
            (_quality(part), -place, part.split(";")[0].strip().lower())
            for place, part in enumerate(accepted.split(","))
        ),
        reverse=True,
    )
    for quality, _, tag in ranked:
        if quality > 0 and tag.split("-")[0] in LANGUAGES:
            return tag.split("-")[0]
    return "en"


def _quality(part: str) -> float:
    _, _, value = part.partition("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0


@functools.cache
def _notes() -> tuple[Mapping[str, str], ...]:
    """The templates of `words/notes.toml`, those with most words of their own first: a place may hold anything."""
    found = [{"en": text["en"], **text} for key, text in words().items() if key.startswith("notes.")]
    return tuple(sorted(found, key=lambda text: -len(re.sub(r"\{\w+\}", "", text["en"]))))


class Language:
    """One language of the console; times of day are shown in the contact centre's zone."""

    def __init__(self, code: str, zone: ZoneInfo) -> None:
        self.code = code
        self.tag = TAGS[code]
        self.zone = zone

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
        if value is None:
            return NOTHING
        named = words().get(f"terms.{kind}.{value}") or words().get(f"{kind}s.{kind}.{value}")
        return named[self.code] if named else value

    def note(self, text: str) -> Said:
        """What the library wrote in English, by `words/notes.toml`; as it is, where no template made it."""
        return told(text, self.code, _notes())

    def number(self, value: float | None, digits: int = 0) -> str:
        """Grouped by thousands: 12,345.6."""
        return NOTHING if value is None else f"{value:,.{digits}f}"

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share of 0..1 as per cent. What is not quite all, or not quite nothing, is never shown as that."""
        if share is None:
            return NOTHING
        smallest = 10**-digits
        if 0 < share < 1:
            bounded = min(max(round(share * 100, digits), smallest), 100 - smallest)
            return f"{bounded:.{digits}f}%"
        return f"{share * 100:.{digits}f}%"

    def signed(self, difference: float | None, digits: int = 0) -> str:
        """A difference with its sign, also where it is above zero: +3, −1.5, ±0."""
        if difference is None:
            return NOTHING
        shown = round(difference, digits)
        return f"{'+' if shown > 0 else '−' if shown < 0 else '±'}{abs(shown):,.{digits}f}"

    def points(self, difference: float | None) -> str:
        """A difference of shares in percentage points, signed."""
        return NOTHING if difference is None else self.signed(difference * 100, 1)

    def date(self, day: dt.date) -> str:
        """Thu, 5 Mar 2026; 2026年3月5日 周四."""
        weekday = _WEEKDAYS[self.code][day.weekday()]
        if self.code == "zh":
            return f"{day.year}年{day.month}月{day.day}日 {weekday}"
        return f"{weekday}, {day.day} {_MONTHS[day.month - 1]} {day.year}"

    def short_date(self, day: dt.date) -> str:
        """5 Mar; 3月5日."""
        return f"{day.month}月{day.day}日" if self.code == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def time(self, at: dt.datetime | None, *, seconds: bool = False) -> str:
        """14:05, in the contact centre's zone."""
        if at is None:
            return NOTHING
        return at.astimezone(self.zone).strftime("%H:%M:%S" if seconds else "%H:%M")

    def moment(self, at: dt.datetime | None) -> str:
        """5 Mar, 14:05; 3月5日 14:05."""
        if at is None:
            return NOTHING
        day = self.short_date(at.astimezone(self.zone).date())
        return f"{day} {self.time(at)}" if self.code == "zh" else f"{day}, {self.time(at)}"

    def clock(self, seconds: float | None) -> str:
        """A position in a recording, or its length: 0:42, 3:05, 1:02:33."""
        if seconds is None:
            return NOTHING
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def duration(self, seconds: float | None) -> str:
        """A time span in its two largest units: 12 h 30 min, 3 min 5 s; 12小时30分, 3分5秒."""
        if seconds is None:
            return NOTHING
        total = round(seconds)
        names = ("小时", "分", "秒") if self.code == "zh" else (" h", " min", " s")
        parts = [(total // 3600, names[0]), (total // 60 % 60, names[1]), (total % 60, names[2])]
        first = next((place for place, (count, _) in enumerate(parts) if count), 2)
        shown = [f"{count}{name}" for count, name in parts[first : first + 2] if count or total == 0]
        return ("" if self.code == "zh" else " ").join(shown)
