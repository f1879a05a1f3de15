"""What never happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, unknown
from qc_rules.operators.base import Operator

if TYPE_CHECKING:
    from qc_rules.conditions.view import View
    from qc_rules.matching import Words


@dataclass(frozen=True)
class Absent(Operator):
    """What another operator looks for is nowhere in scope.

    Unlike `!` in `when`, which turns a whole condition round, it looks into the scope: after every hold (`which: each`)
    the thanks are absent. Where the scope has no turn at all, everything is absent; the evidence is the whole call.

    Parameters: `operator` is the other one, with its parameters; its name can stand at once under `absent`.

    Unknown: where the other is.

    ```yaml
    no_thanks: {after: {condition: hold, within: {turns: 4}}, absent: {keyword: [让您久等, thank you for waiting]}}
    ```
    """

    name: ClassVar[str] = "absent"
    shorthand: ClassVar[str] = "operator"
    has_places: ClassVar[bool] = False

    operator: Operator

    def look(self, view: View) -> Answer:
        """The opposite."""
        answer = self.operator.look(view)
        if answer.truth is None:
            return unknown(answer.reason)
        return NO if answer.truth else Answer(True)

    def words(self) -> Iterable[Words]:
        """Those of the other."""
        return self.operator.words()
