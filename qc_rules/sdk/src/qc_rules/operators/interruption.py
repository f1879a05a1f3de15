"""Talking over somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, Match, counted, of_turn, reasons
from qc_rules.errors import Unknown
from qc_rules.operators.base import Operator
from qc_rules.operators.moods import long_enough
from qc_rules.operators.parameters import at_least
from qc_rules.operators.parties import same_party

if TYPE_CHECKING:
    from qc_rules.call import Call
    from qc_rules.conditions.view import View


@dataclass(frozen=True)
class Interruption(Operator):
    """The role of the scope begins to speak while the other speaks, and goes on when that one has stopped.

    Parameters: `at_least` is the number of interrupting turns (default 1); `seconds` the least time for which both
    speak during such a turn, `min_chars` the least number of characters said in it ("mm-hm" interrupts nobody).

    Unknown: where both speakers share one channel, on which nobody is heard to speak while another does; where the role
    of an interrupting turn is not known and could tip the answer.

    ```yaml
    cuts_in: {role: agent, interruption: {seconds: 0.5, min_chars: 4, at_least: 2}}
    ```
    """

    name: ClassVar[str] = "interruption"
    shorthand: ClassVar[str] = "at_least"

    at_least: int = 1
    seconds: float = 0.0
    min_chars: int = 0

    def __post_init__(self) -> None:
        at_least("at_least", self.at_least, 1)
        at_least("seconds", self.seconds, 0)
        at_least("min_chars", self.min_chars, 0)

    def look(self, view: View) -> Answer:
        """Count the turns that interrupt.

        Raises:
            Unknown: several people share one channel.
        """
        if view.seen and _share_a_channel(view.call):
            raise Unknown("both speakers share one channel")
        return counted(self._matches(view), self.at_least)

    def _matches(self, view: View) -> Iterator[Match]:
        for seen in view.seen:
            long = long_enough(seen, self.min_chars)
            if seen.turn.interrupts and seen.turn.overlap_seconds >= self.seconds and long is not False:
                yield of_turn(seen.turn, unsure=reasons([seen.doubt, seen.unread if long is None else ""]))


def _share_a_channel(call: Call) -> bool:
    """Are there, or may there be, two sides on the call's only channel?"""
    one = call.channels == 1 or (call.channels is None and len({turn.channel for turn in call.turns}) == 1)
    return one and any(same_party(call.turns[0], turn) is not True for turn in call.turns)
