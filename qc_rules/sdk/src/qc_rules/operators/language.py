"""Which language is spoken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turn, reasons, unknown, yes_or_no
from qc_rules.kleene import Truth
from qc_rules.kleene import at_least as enough
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.moods import long_enough
from qc_rules.operators.parameters import at_least, each_of
from qc_rules.operators.runs import Item, overall
from qc_rules.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class Language(Operator):
    """Turns are spoken in one of these languages, a share of the speech is, or several languages are mixed.

    Parameters: `any` are languages: zh, yue, en, ja, ko. Alone, it holds where `at_least` turns (default 1) are in one
    of them; `share` compares the share of the seconds of all turns in scope that are, with a bound. `mix: 2` holds
    where two different languages are spoken (of `any`, where that is given). `min_chars`: turns with fewer
    characters do not count: the language of "ok" is anybody's guess. Turns without speech do not count either.

    Unknown: where turns whose language or role is not known could tip the answer.

    ```yaml
    not_english: {role: agent, language: {any: [en], share: {below: 0.8}, min_chars: 4}}
    ```
    """

    name: ClassVar[str] = "language"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...] = ()
    at_least: int = 1
    share: Bound | None = None
    mix: int | None = None
    min_chars: int = 0

    def __post_init__(self) -> None:
        each_of("any", self.any, LANGUAGES, empty=self.mix is not None)
        at_least("at_least", self.at_least, 1)
        at_least("min_chars", self.min_chars, 0)
        if self.share and self.mix:
            raise ValueError("share and mix are given together: one of them")
        if self.at_least > 1 and (self.share or self.mix):
            raise ValueError(f"at_least = {self.at_least} counts turns; share and mix do not")
        most = len(set(self.any) or LANGUAGES)
        if self.mix is not None and not 2 <= self.mix <= most:
            raise ValueError(f"mix = {self.mix} is not a number of languages from 2 to {most}")

    def look(self, view: View) -> Answer:
        """Count, measure, or tell the different ones."""
        spoken = [seen for seen in view.seen if self._is_speech(seen) is not False]
        if self.mix:
            return self._mixed(spoken, self.mix)
        if self.share:
            return overall(list(self._items(spoken)), self.share)
        matches = [of_turn(seen.turn, unsure=self._why(seen)) for seen in spoken if self._is(seen) is not False]
        return counted(matches, self.at_least)

    def _items(self, spoken: Iterable[Seen]) -> Iterator[Item]:
        for seen in spoken:
            truth = self._is(seen)
            length = sum(end - start for start, end in seen.turn.spans)
            doubt = reasons([seen.doubt, seen.unread if self._is_speech(seen) is None else ""])
            lack = _untold(seen) if truth is None else ""
            yield Item(of_turn(seen.turn), length, length * (truth is True), length * (truth is not False), doubt, lack)

    def _mixed(self, spoken: list[Seen], count: int) -> Answer:
        found = [seen for seen in spoken if self._is(seen)]
        sure = {seen.turn.language for seen in found if not self._why(seen)}
        perhaps = {seen.turn.language for seen in found}
        untold = sum(self._is(seen) is None for seen in spoken)
        truth = enough(count, len(sure), min(len(perhaps) + untold, len(self.any or LANGUAGES)))
        if truth is None:
            return unknown(reasons(self._why(seen) for seen in spoken))
        return yes_or_no(truth, _first_of_each(seen for seen in found if not self._why(seen)))

    def _is_speech(self, seen: Seen) -> Truth:
        """Is there speech enough in it to tell a language?"""
        return False if seen.turn.language == "nospeech" else long_enough(seen, self.min_chars)

    def _is(self, seen: Seen) -> Truth:
        return None if _untold(seen) else seen.turn.language in (self.any or LANGUAGES)

    def _why(self, seen: Seen) -> str:
        """Why it may not be a turn in one of them."""
        return reasons([seen.unsure, _untold(seen)])


def _untold(seen: Seen) -> str:
    unknown_language = seen.turn.language == "unknown"
    return reasons([seen.unread, f"the language of turn {seen.turn.turn} is not known" if unknown_language else ""])


def _first_of_each(spoken: Iterable[Seen]) -> list[Match]:
    first: dict[str, Seen] = {}
    for seen in spoken:
        first.setdefault(seen.turn.language, seen)
    return [of_turn(seen.turn, f"{language}: {seen.turn.text}") for language, seen in first.items()]
