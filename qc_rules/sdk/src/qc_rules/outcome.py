"""What a rule says of a call: evidence, hits, and the outcome that the engine makes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Result = Literal["hit", "clear", "unknown", "crash"]


@dataclass(frozen=True)
class Evidence:
    """Where a hit can be heard. For something that never happened: no turn, the whole call.

    Values are checked when the evidence is made, inside the rule, so that a wrong one is that rule's crash and not
    a file that cannot be written.

    Raises:
        TypeError: a value of the wrong type, or a time that is not finite.
    """

    turn: int | None
    """The turn's number in the call, or None."""
    start: float
    """Seconds from the start of the recording."""
    end: float
    text: str
    """What matched."""
    condition: str
    """Which part of the rule matched, in a word or two."""

    def __post_init__(self) -> None:
        if type(self.start) is type(self.end) is float and math.isfinite(self.start + self.end) and self._is_typed():
            return  # as nearly all are; evidence is made by the thousand
        if not (self.turn is None or type(self.turn) is int):
            raise TypeError(f"evidence: turn is {self.turn!r}, not a turn's number or None")
        for name in ("start", "end"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise TypeError(f"evidence: {name} is {value!r}, not a number of seconds")
            object.__setattr__(self, name, float(value))
        for name in ("text", "condition"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"evidence: {name} is {getattr(self, name)!r}, not text")

    def _is_typed(self) -> bool:
        turn = self.turn is None or type(self.turn) is int
        return turn and type(self.text) is type(self.condition) is str


@dataclass(frozen=True)
class Hit:
    """The rule found what it looks for; made by `Rule.hit`."""

    message: str
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.message, str):
            raise TypeError(f"a hit's message is {self.message!r}, not text")
        for item in self.evidence:
            if not isinstance(item, Evidence):
                raise TypeError(f"evidence of a hit is {item!r}, not Evidence")


@dataclass(frozen=True)
class Outcome:
    """How one rule ended on one call. `clear` never stands for "could not tell": that is `unknown`."""

    rule: str
    rule_version: int
    result: Result
    message: str = ""
    """What was found; of several hits, all their messages."""
    evidence: tuple[Evidence, ...] = ()
    reason: str | None = None
    """Why the outcome is `unknown`, or the error of a `crash`."""
    applies: bool = True
    """False where the rule is not for calls like this one (`applies_to`): the result is then `clear`, and a scorecard
    leaves it out."""
