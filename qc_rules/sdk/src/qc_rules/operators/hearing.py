"""How often, how long or for what share of the time something was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qc_rules.conditions.answer import NO, Answer, in_order, reasons
from qc_rules.kleene import at_least
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.parameters import at_least as from_

if TYPE_CHECKING:
    from qc_rules.conditions.answer import Match


@dataclass(frozen=True)
class Hearing(Operator):
    """What `event` and `tone` have in common: a count, or a share of the window, or seconds of it."""

    at_least: int = 1
    share: Bound | None = None
    seconds: Bound | None = None

    def __post_init__(self) -> None:
        from_("at_least", self.at_least, 1)
        if self.share and self.seconds:
            raise ValueError("share and seconds are given together: one of them")
        if (self.share or self.seconds) and self.at_least > 1:
            raise ValueError(f"at_least = {self.at_least} counts; a share and seconds do not")

    def counted(self, matches: Iterable[Match], lack: str) -> Answer:
        """Enough of them? Where something `lack`s, there may be any number more."""
        found = in_order(matches)
        sure = sum(match.sure for match in found)
        truth = at_least(self.at_least, sure, self.at_least if lack else len(found))
        why = reasons([lack, *(match.unsure for match in found)]) if truth is None else ""
        return Answer(truth, found, why) if truth is not False else NO

    def measured(self, matches: Iterable[Match], covered: tuple[float, float], window: float, lack: str) -> Answer:
        """Is the time within bounds that these cover, of so many seconds: for certain and perhaps?"""
        least, greatest = covered[0], window if lack else covered[1]
        if self.share:
            whole = window or 1.0  # in no time at all nothing is heard
            truth = self.share.between(least / whole, greatest / whole)
        else:
            truth = self.seconds.between(least, greatest) if self.seconds else None
        if truth is False:
            return NO
        found = in_order(matches)
        why = reasons([lack, *(match.unsure for match in found)]) if truth is None else ""
        return Answer(truth, found, why)
