"""How long somebody takes to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import NO, Answer, Match, counted, reasons, unknown
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound, extremes
from qc_rules.operators.parameters import at_least, one_of
from qc_rules.operators.parties import if_in_scope, same_party
from qc_rules.outcome import Evidence

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.conditions.view import Seen, View

_OF = ("each", "first", "average")


@dataclass(frozen=True)
class _Response:
    """A turn that answers another, or may."""

    seconds: float
    match: Match
    """From the other's last word to the answer's first; the answer is its turn."""


@dataclass(frozen=True)
class ResponseLatency(Operator):
    """The role of the scope takes so long to answer: seconds from the other's last word to the first of the answer.

    Parameters: `seconds` is the bound. `of: each` (the default) looks at every answer, and holds where `at_least` of
    them (default 1) are in bounds; `first` looks at the first answer only, `average` at the mean of all. An answer that
    begins before the other has ended takes 0 seconds. An answer is a turn that follows one of the other side; silence
    within one side's talk is none. Where nobody answers anybody, it is false.

    Unknown: where answers that are some or not, depending on roles that are not known, could tip the answer.

    ```yaml
    slow: {role: agent, response_latency: {seconds: {above: 5}, at_least: 2}}
    ```
    """

    name: ClassVar[str] = "response_latency"
    shorthand: ClassVar[str] = "seconds"

    seconds: Bound
    of: Literal["each", "first", "average"] = "each"
    at_least: int = 1

    def __post_init__(self) -> None:
        one_of("of", self.of, _OF)
        at_least("at_least", self.at_least, 1)
        if self.of != "each" and self.at_least > 1:
            raise ValueError(f"at_least = {self.at_least} counts answers; of: {self.of} is about one value")

    def look(self, view: View) -> Answer:
        """Measure the answers in scope."""
        found = _responses(view)
        if self.of == "each":
            return counted((one.match for one in found if self.seconds.holds(one.seconds)), self.at_least)
        return self._first(found) if self.of == "first" else self._average(found)

    def _first(self, found: list[_Response]) -> Answer:
        """Up to the first that is certain, any may be the first."""
        place = next((at for at, one in enumerate(found) if one.match.sure), None)
        candidates = found if place is None else found[: place + 1]
        truths = {self.seconds.holds(one.seconds) for one in candidates} | ({False} if place is None else set())
        if len(truths) > 1:
            return unknown(reasons(one.match.unsure for one in candidates))
        return Answer(True, (candidates[-1].match,)) if truths == {True} else NO

    def _average(self, found: list[_Response]) -> Answer:
        if not found:
            return NO
        sure = [(one.seconds, 1.0) for one in found if one.match.sure]
        least, greatest = extremes(sure, [(one.seconds, 1.0) for one in found if not one.match.sure])
        truth = self.seconds.between(least, greatest)
        if truth is None or (truth and not sure):
            return unknown(reasons(one.match.unsure for one in found))
        return Answer(True, tuple(one.match for one in found if one.match.sure)) if truth else NO


def _responses(view: View) -> list[_Response]:
    """The answers in scope, in time order; unsure where it is not known who answers whom."""
    in_scope = {seen.turn.turn: seen for seen in view.seen}
    found: list[_Response] = []
    before: Turn | None = None
    ended = 0.0
    for turn in sorted(view.call.turns, key=lambda turn: (turn.spans[0][0], turn.turn)):
        seen = in_scope.get(turn.turn)
        same = before is None or seen is None or same_party(before, if_in_scope(turn, view))
        if seen is not None and same is not True:
            found.append(_response(seen, ended, ROLES_UNKNOWN if same is None else ""))
        ended = max(ended, turn.spans[-1][1])
        before = turn
    return found


def _response(seen: Seen, ended: float, doubt: str) -> _Response:
    start = seen.turn.spans[0][0]
    silence = (min(ended, start), start)
    seconds = silence[1] - silence[0]
    evidence = Evidence(seen.turn.turn, *silence, f"answers after {seconds:.1f} s", "")
    match = Match(*silence, (evidence,), (seen.turn.turn, seen.turn.turn), reasons([seen.doubt, doubt]))
    return _Response(seconds, match)
