"""Personal data, amounts and dates that are said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.errors import Unknown
from qc_rules.operators.base import TurnOperator
from qc_rules.operators.entities import KINDS, found
from qc_rules.operators.parameters import each_of

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

_NUMBERED = frozenset({"phone", "id_card", "bank_card"})
"""What a masked number that is none for certain may have been."""


@dataclass(frozen=True)
class Entity(TurnOperator):
    """Turns say something of these kinds.

    Parameters: `any` are the kinds: phone, id_card, bank_card, plate, email (recognised where they are masked, and also
    where they can be read), number (masked digits that prove to be none of these), money and date. `at_least` is the
    number of turns (default 1). Money is an amount with its currency (300元, 三百块, $20, 2만 원); a date has a day
    and a month (5月12号, 2026-01-05, May 12th), "tomorrow" is none. For what is not said, use `absent`.

    Unknown: where a turn that decides it has a masked number that may be the one asked for.

    ```yaml
    gives_number: {role: customer, entity: [phone, id_card]}
    ```
    """

    name: ClassVar[str] = "entity"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        each_of("any", self.any, KINDS)

    def hears(self, seen: Seen, view: View) -> str | None:  # noqa: ARG002 - a turn says it alone
        """What is said of these kinds.

        Raises:
            Unknown: a number that may be one is masked.
        """
        turn = seen.turn
        masked = [entity for entity in turn.entities if entity.kind in self.any]
        spans = [(entity.start, entity.end) for entity in masked] + found(turn.text, self.any)
        if spans:
            return ", ".join(dict.fromkeys(turn.text[start:end] for start, end in sorted(spans))) or turn.text
        if _NUMBERED & set(self.any) and any(entity.kind == "number" for entity in turn.entities):
            raise Unknown(f"in turn {turn.turn} a masked number may be one")
        return None
