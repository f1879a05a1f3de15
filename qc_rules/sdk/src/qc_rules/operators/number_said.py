"""`number_said`: a number, however it is written or spoken."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.errors import Unknown
from qc_rules.matching.digits import numbers_in
from qc_rules.operators.base import TurnOperator

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

MASKED_DIGITS = 7
"""From so many digits on, a number may stand masked: those of telephones, cards and papers."""
MASKED_KINDS = frozenset({"phone", "id_card", "bank_card", "number"})


@dataclass(frozen=True)
class NumberSaid(TurnOperator):
    """Turns that say a number digit by digit: 12378, 1 2 3 7 8, 幺二三七八, one two three seven eight, 일이삼칠팔.

    It counts as a whole, never as a piece of a longer number; whether the recogniser writes numbers in digits (inverse
    text normalisation) or in words makes no difference. A single digit counts only where it is written as one.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly,
    or has a masked number that may be this one.

    ```yaml
    hotline: {role: customer, number_said: "12378"}
    ```
    """

    name: ClassVar[str] = "number_said"
    shorthand: ClassVar[str] = "numbers"

    numbers: tuple[str, ...] = ()
    """Digits; spaces and hyphens between them do not matter. Any of them will do."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.numbers:
            raise ValueError("number_said has no numbers; write some, in quotes where they begin with 0")
        for number in self.numbers:
            if not re.fullmatch(r"[0-9]([\s-]?[0-9])*", number):
                raise ValueError(f"{number!r} is not a number of digits, such as 12378")

    @functools.cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset("".join(filter(str.isdigit, number)) for number in self.numbers)

    def hears(self, seen: Seen, view: View) -> str | None:  # noqa: ARG002 - the text says it all
        """The numbers as they were said.

        Raises:
            Unknown: a number that may be the one stands masked.
        """
        text = seen.turn.text
        found = [
            one for one in numbers_in(text) if one.digits in self._wanted and (len(one.digits) > 1 or not one.spoken)
        ]
        if found:
            return ", ".join(dict.fromkeys(text[one.start : one.end] for one in found))
        hidden = {entity.kind for entity in seen.turn.entities} & MASKED_KINDS
        if hidden and any(len(number) >= MASKED_DIGITS for number in self._wanted):
            raise Unknown(f"in turn {seen.turn.turn} a number stands masked")
        return None
