"""A process that is followed, step by step."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from qc_rules.conditions.answer import NO, Answer, Match, reasons
from qc_rules.kleene import all_of
from qc_rules.operators.base import Operator
from qc_rules.operators.nested import Looked, ask, operator_of
from qc_rules.operators.parameters import at_least, one_of
from qc_rules.operators.paths import paths

if TYPE_CHECKING:
    from qc_rules.conditions.view import View
    from qc_rules.matching import Words


class _Place(NamedTuple):
    """Where a step is taken."""

    step: int
    match: Match
    first: int
    """The turn that has begun last by its start; -1: none has."""
    last: int
    """And by its end."""
    sure: bool


@dataclass(frozen=True)
class Sequence(Operator):
    """Steps are taken, in this order or in any.

    Parameters: `steps` are operators, or lists of words of which one is said. `order: strict` (the default) wants each
    step to begin after the one before it, or in the same turn; `loose` wants all of them, whatever the order. `within`
    is the greatest number of turns, whoever speaks, from the first step to the last: 0 means in one turn. The role of
    the scope is that of all steps; for steps of both roles, anchor one condition to another.

    Unknown: where steps that may be taken, depending on what is not known, could complete the process.

    ```yaml
    identified: {role: agent, sequence: {steps: [[请问您贵姓, your name], [核实, verify], [谢谢, thank]], within: 10}}
    ```
    """

    name: ClassVar[str] = "sequence"
    shorthand: ClassVar[str] = "steps"

    steps: tuple[Looked, ...]
    order: Literal["strict", "loose"] = "strict"
    within: int | None = None

    def __post_init__(self) -> None:
        if len(self.steps) < 2:
            raise ValueError(f"{len(self.steps)} steps make no sequence: two or more")
        one_of("order", self.order, ("strict", "loose"))
        at_least("within", self.within, 0)
        _ = self._operators  # refuses empty words

    @functools.cached_property
    def _operators(self) -> tuple[Operator, ...]:
        return tuple(operator_of(f"step {number}", step) for number, step in enumerate(self.steps, 1))

    def words(self) -> Iterable[Words]:
        """Those of all steps."""
        return [words for operator in self._operators for words in operator.words()]

    def needs(self) -> Iterable[Words] | None:
        """Each step is needed: without the words of any one that needs some, there is no sequence."""
        for operator in self._operators:
            needed = operator.needs()
            if needed is not None:
                return needed
        return None

    def look(self, view: View) -> Answer:
        """Find where each step may be taken, and the ways through them."""
        answers = [ask(operator, view) for operator in self._operators]
        if all_of(answer.truth for answer in answers) is False:
            return NO
        found_at = (place for step, answer in enumerate(answers) for place in _places(step, answer, view))
        places = sorted(found_at, key=_order)
        nowhere = [step for step, answer in enumerate(answers) if not answer.matches]
        if not nowhere:
            sure = [place for place in places if place.sure]
            found = [_joined(run) for run in self._runs(sure, range(len(answers)))]
            if found:
                return Answer(True, tuple(found))
        steps = [step for step in range(len(answers)) if step not in nowhere]
        possible = [_joined(run) for run in self._runs(places, steps)] if steps else []
        return _perhaps(possible, answers) if possible or not steps else NO

    def _runs(self, places: Seq[_Place], steps: Seq[int]) -> list[list[_Place]]:
        """The ways through these steps, one after another."""
        if self.order == "loose":
            return list(_anyhow(places, steps, self.within))

        def fits(place: int, step: int) -> bool:
            return places[place].step == steps[step]

        def near(first: int, last: int) -> bool:
            return self.within is None or places[last].last - places[first].first <= self.within

        return [[places[place] for place in path] for path in paths(len(places), len(steps), fits, near)]


def _anyhow(places: Seq[_Place], steps: Seq[int], within: int | None) -> Iterator[list[_Place]]:
    """Places that together take each step once, near enough; the earliest first, none used twice."""
    at = 0
    while at < len(places):
        near = [place for place in places[at:] if within is None or place.last - places[at].first <= within]
        found = [next((place for place in near if place.step == step), None) for step in steps]
        run = sorted((place for place in found if place is not None), key=_order)
        if len(run) == len(steps):
            yield run
            at = places.index(run[-1])
        at += 1


def _places(step: int, answer: Answer, view: View) -> Iterator[_Place]:
    turns = view.call.turns
    for match in answer.matches:
        first, last = match.turns or (
            max((turn.turn for turn in turns if turn.start <= match.start), default=-1),
            max((turn.turn for turn in turns if turn.start <= match.end), default=-1),
        )
        yield _Place(step, match, first, last, bool(answer.truth) and match.sure)


def _order(place: _Place) -> tuple[float, int, int]:
    """By time; in one turn, the steps in their order."""
    return place.match.start, place.first, place.step


def _joined(run: Seq[_Place]) -> Match:
    matches = [place.match for place in run]
    numbers = [number for match in matches for number in match.turns or ()]
    evidence = tuple(dict.fromkeys(piece for match in matches for piece in match.evidence))
    span = min(match.start for match in matches), max(match.end for match in matches)
    turns = (min(numbers), max(numbers)) if numbers else None
    return Match(*span, evidence, turns, reasons(match.unsure for match in matches))


def _perhaps(possible: list[Match], answers: list[Answer]) -> Answer:
    why = reasons([*(answer.reason for answer in answers), *(match.unsure for match in possible)])
    return Answer(None, tuple(replace(match, unsure=match.unsure or why) for match in possible), why)
