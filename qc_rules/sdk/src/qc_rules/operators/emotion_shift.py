"""A mood that turns: one emotion, and later another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turns, reasons
from qc_rules.kleene import Truth, all_of
from qc_rules.operators.base import Operator
from qc_rules.operators.moods import feels, long_enough, why_not
from qc_rules.operators.parameters import at_least, within
from qc_rules.operators.paths import Path, paths
from qc_rules.vocabulary import known_emotions

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View


@dataclass(frozen=True)
class EmotionShift(Operator):
    """The turns in scope go from one emotion to another, or along a path of several.

    Parameters: `from` and `to` are lists of emotions; or `path` is a list of such lists, to be gone through in this
    order, with any turns between. `within` is the greatest number of turns in scope from the first of the path to the
    last: 1 means the very next. `at_least` is the number of shifts, one after another (default 1). `min_chars`: turns
    with fewer characters do not count. `min_score`: an emotion told with a lower score is not known.

    A shift is found from the nearest turn that it can begin with. Its evidence are the turns of the path.

    Unknown: where turns whose emotion or role is not known could make a shift. Where no turn can have the last emotion
    after one that can have the first, it is false whoever speaks.

    ```yaml
    turned: {role: customer, emotion_shift: {from: [happy], to: [angry]}}
    swings: {role: customer, emotion_shift: {path: [[happy], [sad, neutral], [angry]], within: 6}}
    ```
    """

    name: ClassVar[str] = "emotion_shift"

    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    path: tuple[tuple[str, ...], ...] = ()
    within: int | None = None
    at_least: int = 1
    min_chars: int = 0
    min_score: float = 0.0

    def __post_init__(self) -> None:
        if bool(self.path) == bool(self.from_ or self.to):
            raise ValueError("give from and to, or a path")
        steps = self.path or (self.from_, self.to)
        if len(steps) < 2 or not all(steps):
            raise ValueError("a shift needs two emotions at least: from and to, or a path of two lists or more")
        for step in steps:
            known_emotions(step)
        at_least("within", self.within, len(steps) - 1)
        at_least("at_least", self.at_least, 1)
        at_least("min_chars", self.min_chars, 0)
        within("min_score", self.min_score, 0, 1)

    def look(self, view: View) -> Answer:
        """Count the sure paths; where there are too few, those that may be some."""
        seen = [one for one in view.seen if long_enough(one, self.min_chars) is not False]
        sure = self._paths(seen, sure=True)
        if len(sure) >= self.at_least:
            return counted((_match(seen, path) for path in sure), self.at_least)
        possible = self._paths(seen, sure=False)
        return counted((_match(seen, path, self._why(seen, path, sure)) for path in possible), self.at_least)

    def _paths(self, seen: Sequence[Seen], *, sure: bool) -> list[Path]:
        steps = self.path or (self.from_, self.to)
        wanted = (True,) if sure else (True, None)
        certain = [sure or self._belongs(one) is True for one in seen]

        def near(first: int, last: int) -> bool:
            return self.within is None or 1 + sum(certain[first + 1 : last]) <= self.within

        return paths(len(seen), len(steps), lambda place, step: self._is(seen[place], steps[step]) in wanted, near)

    def _is(self, seen: Seen, emotions: tuple[str, ...]) -> Truth:
        return all_of([self._belongs(seen), feels(seen, emotions, self.min_score)])

    def _belongs(self, seen: Seen) -> Truth:
        return all_of([None if seen.doubt else True, long_enough(seen, self.min_chars)])

    def _why(self, seen: Sequence[Seen], path: Path, sure: list[Path]) -> str:
        """Why a path may be none."""
        if path in sure:
            return ""
        between = seen[path[0] : path[-1] + 1]
        lacks = [reason for place in path for reason in (seen[place].doubt, why_not(seen[place], self.min_score))]
        return reasons(lacks) or reasons(one.unsure for one in between)


def _match(seen: Sequence[Seen], path: Path, unsure: str = "") -> Match:
    return of_turns([seen[place].turn for place in path], unsure)
