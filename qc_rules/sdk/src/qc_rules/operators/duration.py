"""How long the call is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, yes_or_no
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound

if TYPE_CHECKING:
    from qc_rules.conditions.view import View


@dataclass(frozen=True)
class Duration(Operator):
    """The call, or the stretch of it that the scope names in seconds or by an anchor, lasts so long.

    Parameters: `seconds` is the bound.

    Never unknown.

    ```yaml
    short: {duration: {seconds: {below: 15}}}
    ```
    """

    name: ClassVar[str] = "duration"
    shorthand: ClassVar[str] = "seconds"
    has_places: ClassVar[bool] = False

    seconds: Bound

    def look(self, view: View) -> Answer:
        """Compare the length of the window."""
        return yes_or_no(self.seconds.holds(view.seconds))
