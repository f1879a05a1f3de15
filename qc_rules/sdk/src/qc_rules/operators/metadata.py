"""What is known of the call besides its recording."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import Answer, yes_or_no
from qc_rules.language.metadata_filter import MEMBERSHIPS, ORDERED, Comparison
from qc_rules.operators.base import Operator
from qc_rules.operators.parameters import one_of

if TYPE_CHECKING:
    from qc_rules.conditions.view import View

Value = bool | int | float | str | date
_OPS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")


@dataclass(frozen=True)
class Metadata(Operator):
    """A field of the call's metadata compares so with a value; the same comparisons as in `applies_to`.

    Parameters: `field` is the name (queue, direction, agent_id, started_at … or any other column of the side-car),
    `op` one of == (the default), !=, <, <=, >, >=, in, not in; `value` a text, number, true or false, or date, and for
    `in` and `not in` a list. Only numbers and dates can be ordered. The scope does not matter.

    Unknown: where the call does not have the field, it is empty, or its value is of another type.

    ```yaml
    unhappy: {metadata: {field: satisfaction, op: <=, value: 2}}
    ```
    """

    name: ClassVar[str] = "metadata"
    has_places: ClassVar[bool] = False

    field: str
    value: Value | tuple[Value, ...]
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"] = "=="

    def __post_init__(self) -> None:
        one_of("op", self.op, _OPS)
        if not self.field:
            raise ValueError("field is empty: name one of the call's metadata")
        if (self.op in MEMBERSHIPS) != isinstance(self.value, tuple):
            wanted = "a list of values" if self.op in MEMBERSHIPS else "one value"
            raise ValueError(f"op {self.op!r} takes {wanted}, not {self.value!r}")
        if self.op in ORDERED and isinstance(self.value, (str, bool)):
            raise ValueError(f"{self.value!r} has no order; {self.op} is for numbers and dates")

    def __eq__(self, other: object) -> bool:
        # To Python 1 is True; here they are values of different types, and equal conditions are asked only once.
        return isinstance(other, Metadata) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash((self.field, self.op, self.value))

    @functools.cached_property
    def _comparison(self) -> Comparison:
        return Comparison(self.field, self.op, self.value)

    def look(self, view: View) -> Answer:
        """Compare.

        Raises:
            Unknown: the field is missing, or of another type.
        """
        return yes_or_no(self._comparison.holds(view.call.metadata))
