"""What is heard besides words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, counted, of_turn
from qc_rules.operators.hearing import Hearing
from qc_rules.operators.parameters import at_least, within
from qc_rules.operators.runs import Item, runs
from qc_rules.operators.stretches import Stretch, classes_of, covered, heard, undetected
from qc_rules.spans import Span, intersect, seconds

if TYPE_CHECKING:
    from qc_rules.conditions.view import View


@dataclass(frozen=True)
class Event(Hearing):
    """Something that is no speech is heard: so often, for so many seconds, or for such a share of the time.

    Parameters: `any` are event classes (laughter, applause, cough, sneeze, breath, cry, bgm, sing …, or what another
    detector reports); `music` stands for bgm and hold_music, `tones` for all telephone tones. It holds where `at_least`
    are heard (default 1). `share` instead compares the share of the window's seconds that they cover with a bound,
    `seconds` these seconds; what several cover counts once. With `in_a_row: 3`, `share` is that of the time of three
    segments in a row: turns, and events during which nobody on that channel speaks. `min_score` leaves out events that
    their detector is less sure of. A turn that the model tagged counts like an event where no event says the same.

    Unknown: where no installed detector reports one of the classes and more of it could tip the answer; where the scope
    names a role and it is not known on whose channel it was; where `min_score` is asked of an event that has none.

    ```yaml
    coughs: {role: agent, event: {any: [cough], at_least: 3}}
    music: {event: {any: [bgm], share: {at_least: 0.6}, in_a_row: 3}}
    ```
    """

    name: ClassVar[str] = "event"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...] = ()
    min_score: float = 0.0
    in_a_row: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.any or not all(self.any):
            raise ValueError(f"any = {list(self.any)}: name the classes of events")
        within("min_score", self.min_score, 0, 1)
        at_least("in_a_row", self.in_a_row, 1)
        if self.in_a_row is not None and not self.share:
            raise ValueError(f"in_a_row = {self.in_a_row} needs a share")

    def look(self, view: View) -> Answer:
        """Count, measure, or go through the segments."""
        classes = classes_of(self.any)
        lack = undetected(view, classes)
        found = heard(view, classes, self.min_score)
        if self.in_a_row and self.share:
            return counted(runs(_segments(view, found, lack), self.in_a_row, self.share))
        matches = [stretch.match for stretch in found]
        if self.share or self.seconds:
            return self.measured(matches, covered(view, found), view.seconds, lack)
        return self.counted(matches, lack)


def _segments(view: View, found: list[Stretch], lack: str) -> list[Item]:
    """The turns in scope, and the events during which nobody on that channel speaks, in time order."""
    items = [
        Item(of_turn(seen.turn), *_covered(seen.turn.span, seen.turn.channel, found, lack), seen.doubt, lack)
        for seen in view.seen
    ]
    for stretch in found:
        spoken = [turn.span for turn in view.call.turns if turn.channel == stretch.channel]
        if stretch.match.turns is None and not intersect([stretch.span], spoken):
            length = stretch.span[1] - stretch.span[0]
            items.append(Item(stretch.match, length, length, length, stretch.match.unsure))
    return sorted(items, key=lambda item: (item.match.start, item.match.end))


def _covered(span: Span, channel: int, found: list[Stretch], lack: str) -> tuple[float, float, float]:
    """Length of a turn, and the seconds of it that are covered on its channel: for certain and perhaps."""
    length = span[1] - span[0]
    there = [stretch for stretch in found if stretch.channel == channel]
    sure = seconds(intersect([span], [stretch.span for stretch in there if stretch.match.sure]))
    perhaps = seconds(intersect([span], [stretch.span for stretch in there]))
    return length, sure, length if lack else perhaps
