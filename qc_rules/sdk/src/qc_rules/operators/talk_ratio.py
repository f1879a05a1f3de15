"""Who talks how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import NO, Answer, reasons, unknown
from qc_rules.kleene import Truth
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.parameters import given, one_of
from qc_rules.spans import seconds

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.conditions.view import View


@dataclass(frozen=True)
class TalkRatio(Operator):
    """The role of the scope talks for such a share of the talk, or for so many seconds.

    Parameters: one of the bounds `share` and `seconds`. `share` is `of: talk` (the default): the role's seconds of
    speech over those of the role and of all others together, so that the shares of agent and customer make 1; or `of:
    call`: over the seconds of the window. Seconds of speech are those in which words are said, without pauses. What an
    announcement says is no talk of the others. Where nobody talks there is no share, and it is false.

    Unknown: where turns of unknown role could tip the answer.

    ```yaml
    lectures: {role: agent, talk_ratio: {share: {above: 0.8}}}
    ```
    """

    name: ClassVar[str] = "talk_ratio"
    shorthand: ClassVar[str] = "share"
    has_places: ClassVar[bool] = False

    share: Bound | None = None
    seconds: Bound | None = None
    of: Literal["talk", "call"] = "talk"

    def __post_init__(self) -> None:
        given(self, ("share", "seconds"))
        one_of("of", self.of, ("talk", "call"))

    def look(self, view: View) -> Answer:
        """Measure the talk that is the role's for certain, and that may be."""
        sure = _talk(view, (seen.turn for seen in view.seen if not seen.doubt))
        possible = _talk(view, (seen.turn for seen in view.seen))
        truth = self._truth(view, sure, possible)
        if truth is None:
            return unknown(reasons(seen.doubt for seen in view.seen))
        return Answer(True) if truth else NO

    def _truth(self, view: View, sure: float, possible: float) -> Truth:
        if self.seconds:
            return self.seconds.between(sure, possible)
        if not self.share:
            return None
        if self.of == "call":
            whole = view.seconds
            return self.share.between(sure / whole, possible / whole) if whole > 0 else False
        doubtful = _talk(view, (seen.turn for seen in view.seen if seen.doubt))
        others = _talk(view, _others(view))
        if possible + others <= 0:
            return False
        return self.share.between(_part(sure, others + doubtful), _part(possible, others))


def _others(view: View) -> Iterable[Turn]:
    seen = {one.turn.turn for one in view.seen}
    return (turn for turn in view.call.turns if turn.turn not in seen and not turn.announcement)


def _talk(view: View, turns: Iterable[Turn]) -> float:
    return seconds(view.clip(span for turn in turns for span in turn.spans))


def _part(ours: float, theirs: float) -> float:
    return ours / (ours + theirs) if ours + theirs > 0 else 0.0
