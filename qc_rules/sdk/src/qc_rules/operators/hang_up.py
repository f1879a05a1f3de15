"""How the call ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.call import Turn
from qc_rules.conditions.answer import NO, Answer, of_turn, unknown
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.kleene import Truth, all_of
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.parameters import one_of

if TYPE_CHECKING:
    from qc_rules.conditions.view import View

LINE_DOWN = ("busy", "congestion", "howler", "dial")
"""Tones that say that the line is down already, while the recording goes on."""


@dataclass(frozen=True)
class HangUp(Operator):
    """Who speaks last, and how long the line stays open after that.

    Parameters: `last_speaker` is agent or customer; `gap` a bound for the seconds from the last word to the end of the
    call: of the recording, or the first busy, congestion, howler or dial tone after that word, which says that the line
    was down. Where both are given, both must hold. The scope does not matter: a call has one end. Announcements and
    turns in which no words were recognised are left out; where nobody speaks, it is false.

    Unknown: where the role of the last speaker is not known, and asked for.

    ```yaml
    cut_off: {hang_up: {last_speaker: customer, gap: {below: 1}}}
    ```
    """

    name: ClassVar[str] = "hang_up"
    shorthand: ClassVar[str] = "last_speaker"

    last_speaker: Literal["agent", "customer"] | None = None
    gap: Bound | None = None

    def __post_init__(self) -> None:
        if self.last_speaker is None and self.gap is None:
            raise ValueError("one of last_speaker and gap is needed")
        if self.last_speaker is not None:
            one_of("last_speaker", self.last_speaker, ("agent", "customer"))

    def look(self, view: View) -> Answer:
        """Look at the last turn with words."""
        spoken = [turn for turn in view.call.turns if turn.text.strip() and not turn.announcement]
        if not spoken:
            return NO
        last = max(spoken, key=lambda turn: (turn.spans[-1][1], turn.turn))
        truth = all_of([self._is_last(last), self._is_gap(last, view)])
        if truth is None:
            return unknown(ROLES_UNKNOWN)
        return Answer(True, (of_turn(last),)) if truth else NO

    def _is_last(self, last: Turn) -> Truth:
        return True if self.last_speaker is None else last.is_role(self.last_speaker)

    def _is_gap(self, last: Turn, view: View) -> Truth:
        said = last.spans[-1][1]
        tones = [event.start for event in view.call.events if event.class_ in LINE_DOWN and event.start >= said]
        end = min([view.call.duration, *tones])
        return True if self.gap is None else self.gap.holds(max(0.0, end - said))
