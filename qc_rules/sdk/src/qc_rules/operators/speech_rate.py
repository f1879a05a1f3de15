"""How fast somebody speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import NO, Answer, counted, of_turn, reasons, unknown
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound, extremes
from qc_rules.operators.parameters import at_least, each_of, one_of
from qc_rules.text import fold
from qc_rules.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc_rules.call import Turn
    from qc_rules.conditions.view import Seen, View

_SYLLABIC = "぀-ヿ㐀-䶿一-鿿가-힣豈-﫿𠀀-𪛟"
"""Kana, ideographs (with extensions A and B), hangul: a character is a syllable, or nearly one."""
_UNIT = re.compile(rf"[{_SYLLABIC}]|\d|\*|(?:(?![{_SYLLABIC}])[^\W\d_])+(?:['’](?![{_SYLLABIC}])[^\W\d_]+)*")


@dataclass(frozen=True)
class SpeechRate(Operator):
    """The speakers in scope speak so fast: characters or words a minute of speech.

    What is counted is the same in every language, so that mixed speech needs no decision: an ideograph, a kana and a
    hangul syllable are one each; so is a word written in another alphabet, and each digit (also a masked one). In
    Chinese, Cantonese, Japanese and Korean that is characters a minute, in English words a minute; bounds differ (about
    240 and 150 are usual), so give `languages`. A minute is one of speech: pauses within a turn, where its words' times
    are known, are left out.

    Parameters: `per_minute` is the bound. `of: turn` (the default) looks at every turn, and holds where `at_least` of
    them (default 1) are in bounds; `of: average` compares all their words over all their time. `min_units`: turns with
    fewer characters or words are too short to measure and do not count (default 10). `languages`: only turns in these.

    Unknown: where turns whose role or language is not known, or whose text proves nothing, could tip the answer.

    ```yaml
    rushed: {role: agent, speech_rate: {per_minute: {above: 360}, languages: [zh, yue], at_least: 3}}
    ```
    """

    name: ClassVar[str] = "speech_rate"
    shorthand: ClassVar[str] = "per_minute"

    per_minute: Bound
    of: Literal["turn", "average"] = "turn"
    at_least: int = 1
    min_units: int = 10
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of("of", self.of, ("turn", "average"))
        at_least("at_least", self.at_least, 1)
        at_least("min_units", self.min_units, 1)
        each_of("languages", self.languages, LANGUAGES, empty=True)
        if self.of == "average" and self.at_least > 1:
            raise ValueError(f"at_least = {self.at_least} counts turns; of: average is about one value")

    def look(self, view: View) -> Answer:
        """Measure the turns that are long enough."""
        measured = [seen for seen in view.seen if self._counts(seen)]
        return self._turns(measured) if self.of == "turn" else self._average(measured)

    def _counts(self, seen: Seen) -> bool:
        """Is it, or may it be, one to measure?"""
        foreign = self.languages and seen.turn.language not in (*self.languages, "unknown")
        return not foreign and _minutes(seen.turn) > 0 and (bool(seen.unread) or units(seen.turn) >= self.min_units)

    def _turns(self, measured: Iterable[Seen]) -> Answer:
        matches = [
            of_turn(seen.turn, unsure=self._why(seen))
            for seen in measured
            if seen.unread or self.per_minute.holds(units(seen.turn) / _minutes(seen.turn))
        ]
        return counted(matches, self.at_least)

    def _average(self, measured: list[Seen]) -> Answer:
        unread = reasons(seen.unread for seen in measured)
        if unread:
            return unknown(unread)
        if not measured:
            return NO
        sure = [_amount(seen.turn) for seen in measured if not self._why(seen)]
        least, greatest = extremes(sure, [_amount(seen.turn) for seen in measured if self._why(seen)])
        truth = self.per_minute.between(least, greatest)
        if truth is None or (truth and not sure):
            return unknown(reasons(self._why(seen) for seen in measured))
        return Answer(True, tuple(of_turn(seen.turn) for seen in measured if not self._why(seen))) if truth else NO

    def _why(self, seen: Seen) -> str:
        """Why it may not be one to measure."""
        untold = self.languages and seen.turn.language == "unknown"
        return reasons([seen.unsure, f"the language of turn {seen.turn.turn} is not known" if untold else ""])


def units(turn: Turn) -> int:
    """Ideographs, kana, hangul syllables, digits, and words of other alphabets."""
    return sum(1 for _ in _UNIT.finditer(fold(turn.text)))


def _minutes(turn: Turn) -> float:
    return sum(end - start for start, end in turn.spans) / 60


def _amount(turn: Turn) -> tuple[float, float]:
    return float(units(turn)), _minutes(turn)
