"""Time in which nobody talks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, in_order, of_span, unknown
from qc_rules.kleene import Truth
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.parameters import given
from qc_rules.operators.stretches import classes_of, undetected
from qc_rules.spans import Span, merge, seconds

if TYPE_CHECKING:
    from qc_rules.conditions.view import View

SILENCE = "silence"


@dataclass(frozen=True)
class NonTalk(Operator):
    """Nobody talks for so long: all such time together, the longest stretch of it, or its share of the window.

    Parameters: one of the bounds `total` (seconds), `longest` (seconds), `share` (0 to 1). Without `of`, it is all time
    outside of turns' words. `of` names what of it counts: `silence` (no turn and no event on any channel), `music` (bgm
    and hold_music), `tones` (telephone tones) or any class of events; what several cover counts once, and music under
    speech counts too. The role of the scope does not matter.

    In a window of no length (an empty recording) all is silence: its share is 1.

    Unknown: where `of` names what no installed detector reports, and more of it could tip the answer.

    ```yaml
    idle: {non_talk: {share: {above: 0.5}}}
    nobody: {non_talk: {of: [silence, music, tones], share: {above: 0.9}}}
    ```
    """

    name: ClassVar[str] = "non_talk"

    total: Bound | None = None
    longest: Bound | None = None
    share: Bound | None = None
    of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given(self, ("total", "longest", "share"))

    def look(self, view: View) -> Answer:
        """Measure what is sure, and what could be."""
        spans = self._spans(view)
        classes = classes_of(name for name in self.of if name != SILENCE)
        lack = undetected(view, classes)
        truth = self._truth(view, spans, bool(lack))
        if truth is None:
            return unknown(lack)
        return Answer(True, in_order(of_span(span, "nobody talks") for span in spans)) if truth else NO

    def _truth(self, view: View, spans: list[Span], more: bool) -> Truth:
        if self.total:
            return self.total.between(seconds(spans), view.seconds if more else seconds(spans))
        if self.longest:
            longest = max((end - start for start, end in spans), default=0.0)
            return self.longest.between(longest, view.seconds if more else longest)
        share = self._share(view, spans)
        return self.share.between(share, 1.0 if more else share) if self.share else None

    def _share(self, view: View, spans: list[Span]) -> float:
        if view.seconds > 0:
            return seconds(spans) / view.seconds
        return 1.0 if not self.of or SILENCE in self.of else 0.0

    def _spans(self, view: View) -> list[Span]:
        call = view.call
        if not self.of:
            spoken = merge(span for turn in call.turns for span in turn.spans)
            return view.clip(_outside(spoken, call.duration))
        classes = classes_of(self.of)
        spans = [event.span for event in call.events if event.class_ in classes and event.class_ != SILENCE]
        spans += [turn.span for turn in call.turns if set(classes) & set(turn.event_tags)]
        return view.clip([*spans, *(call.silences() if SILENCE in self.of else [])])


def _outside(spans: list[Span], duration: float) -> list[Span]:
    edges = [(0.0, 0.0), *spans, (duration, duration)]
    return [(before[1], after[0]) for before, after in pairwise(edges) if after[0] > before[1]]
