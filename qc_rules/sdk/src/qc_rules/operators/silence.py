"""Dead air."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from qc_rules.conditions.answer import Answer, Match, counted, of_span, reasons
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.kleene import Truth
from qc_rules.matching import Words
from qc_rules.operators.base import Operator
from qc_rules.operators.gaps import Gap, gaps
from qc_rules.operators.parameters import at_least, one_of
from qc_rules.operators.parties import has_role, same_party

if TYPE_CHECKING:
    from qc_rules.conditions.view import View

_BETWEEN = ("any", "same", "different")


@dataclass(frozen=True)
class Silence(Operator):
    """Nobody speaks and nothing else is heard, on any channel, for so many seconds.

    Parameters: `seconds` is the least length of one silence within the window; it holds where there are `at_least` such
    silences (default 1). `between` says between whose words: `any` (the default), `same` (one side goes on, pauses
    within a turn are such) or `different` (the other side answers). `edges: true` also counts the silence before the
    first word and after the last. `except_after` are words of which one, said in one of the last `except_within` turns
    before it (default 2), excuses a silence: "one moment please". With a role in scope, the silences that follow a
    turn of that role; with the first or last turns in scope, those beside one of them.

    Unknown: where silences that count or do not, depending on roles that are not known or on words that may have been
    misheard, could tip the answer.

    ```yaml
    dead_air: {silence: {seconds: 10, between: any, except_after: [请稍等, one moment]}}
    ```
    """

    name: ClassVar[str] = "silence"
    shorthand: ClassVar[str] = "seconds"

    seconds: float
    at_least: int = 1
    between: Literal["any", "same", "different"] = "any"
    edges: bool = False
    except_after: tuple[str, ...] = ()
    except_within: int = 2

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"seconds = {self.seconds} is no length of a silence")
        at_least("at_least", self.at_least, 1)
        at_least("except_within", self.except_within, 1)
        one_of("between", self.between, _BETWEEN)
        _ = self._excuse  # refuses empty words

    @functools.cached_property
    def _excuse(self) -> Words:
        return Words(self.except_after)

    def words(self) -> Iterable[Words]:
        """The excuses."""
        return (self._excuse,) if self.except_after else ()

    def look(self, view: View) -> Answer:
        """Count the silences."""
        return counted(self._matches(view), self.at_least)

    def _matches(self, view: View) -> Iterator[Match]:
        sounds = [event.span for event in view.call.events if event.class_ != "silence"]
        for gap in gaps(view.call, sounds):
            span = next(iter(view.clip([gap.span])), None)
            if span is None or span[1] - span[0] < self.seconds or not _beside(gap, view):
                continue
            truth, why = self._counts(gap, view)
            if truth is not False:
                yield of_span(span, f"{span[1] - span[0]:.1f} s of silence", why)

    def _counts(self, gap: Gap, view: View) -> tuple[Truth, str]:
        """Does the silence count, and if that cannot be told, why?"""
        if not self.edges and (gap.before is None or gap.after is None):
            return False, ""
        sides = [self._is_between(gap), has_role(gap.before, view) if gap.before else view.role == "any"]
        excused, why = self._excused(gap, view)
        if excused or False in sides:
            return False, ""
        lacks = reasons([ROLES_UNKNOWN if None in sides else "", why])
        return (None, lacks) if lacks else (True, "")

    def _is_between(self, gap: Gap) -> Truth:
        if self.between == "any":
            return True
        if gap.before is None or gap.after is None:
            return False
        same = same_party(gap.before, gap.after)
        return None if same is None else same == (self.between == "same")

    def _excused(self, gap: Gap, view: View) -> tuple[bool, str]:
        """Was an excuse said before it, or may one have been, and why?"""
        if not self.except_after:
            return False, ""
        before = [turn for turn in view.call.turns if turn.start < gap.span[0]][-self.except_within :]
        if any(view.words.said(turn, self._excuse) for turn in before):
            return True, ""
        numbers = {turn.turn for turn in before}
        return False, reasons(seen.unread for seen in view.seen if seen.turn.turn in numbers)


def _beside(gap: Gap, view: View) -> bool:
    """Is a turn of the scope next to it? A window in time says itself what is in scope."""
    if view.window != (0.0, view.call.duration) or len(view.seen) == len(view.call.turns):
        return True
    numbers = {seen.turn.turn for seen in view.seen}
    return any(turn is not None and turn.turn in numbers for turn in (gap.before, gap.after))
