"""What the line says before anybody talks: the network's tones and announcements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, unknown, yes_or_no
from qc_rules.operators.base import Operator
from qc_rules.operators.parameters import each_of
from qc_rules.operators.stretches import undetected
from qc_rules.vocabulary import CALL_STATES, TONES

if TYPE_CHECKING:
    from qc_rules.conditions.view import View


@dataclass(frozen=True)
class CallState(Operator):
    """The call's state, which telephone tones or the network's announcement say, is one of these.

    Parameters: `any` are the states: ringback, busy, congestion, empty_number, dial, long_distance, howler,
    powered_off, suspended, unreachable, no_answer, voicemail. The scope does not matter: the whole call has one state.

    Unknown: where the call has no state and a tone among these is one that no installed detector reports.

    ```yaml
    dead: {call_state: [empty_number, powered_off, suspended]}
    ```
    """

    name: ClassVar[str] = "call_state"
    shorthand: ClassVar[str] = "any"
    has_places: ClassVar[bool] = False

    any: tuple[str, ...]

    def __post_init__(self) -> None:
        each_of("any", self.any, CALL_STATES)

    def look(self, view: View) -> Answer:
        """Compare the state; none is none of them."""
        if view.call.call_state is not None:
            return yes_or_no(view.call.call_state in self.any)
        lack = undetected(view, [state for state in self.any if state in TONES])
        return unknown(lack) if lack else NO
