"""The customer is put on hold."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from qc_rules.conditions.answer import NO, Answer, Match, in_order, of_span, reasons
from qc_rules.conditions.view import ROLES_UNKNOWN
from qc_rules.kleene import Truth, all_of
from qc_rules.matching import Words
from qc_rules.operators.base import Operator
from qc_rules.operators.bounds import Bound
from qc_rules.operators.gaps import gaps
from qc_rules.operators.parameters import at_least
from qc_rules.operators.parties import same_party
from qc_rules.spans import Span, merge

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

MUSIC = "hold_music"
FIELD = "hold_seconds"
JOINED = 2.0
"""Seconds between two stretches of music, or a phrase and its music, that are one hold: the detector of music is silent
for about half a second at either end, and music has pauses."""


@dataclass(frozen=True)
class Hold(Operator):
    """The call is on hold: so long altogether, so long at once, or so often.

    A hold is music that the detector of hold music reports; and, where `phrases` are given, a stretch of at least
    `min_seconds` (default 10) in which nobody speaks, after a turn that says one of them and before that side speaks
    again. What is 2 seconds apart or less is one hold. The seconds on hold that the telephone system reports
    (`hold_seconds` of the metadata) go before what was heard, for the whole call; where they are 0 there was none.

    Parameters: the bounds `total` (seconds of all holds), `longest` (seconds of the longest) and `count`; all that are
    given must hold; without any, there is a hold. A role of the scope is that of the phrases.

    Unknown: where neither the telephone system nor a detector of hold music says how long or how often, and holds that
    were not heard could tip the answer; where phrases were said by somebody whose role is not known.

    ```yaml
    too_long: {hold: {longest: {above: 60}, phrases: [$hold_request]}}
    ```
    """

    name: ClassVar[str] = "hold"

    total: Bound | None = None
    longest: Bound | None = None
    count: Bound | None = None
    phrases: tuple[str, ...] = ()
    min_seconds: float = 10.0

    def __post_init__(self) -> None:
        at_least("min_seconds", self.min_seconds, 0)
        _ = self._words  # refuses empty words

    @functools.cached_property
    def _words(self) -> Words:
        return Words(self.phrases)

    def words(self) -> Iterable[Words]:
        """The phrases."""
        return (self._words,) if self.phrases else ()

    def look(self, view: View) -> Answer:
        """Compare what is known and what was heard."""
        sure = _joined(view, self._stretches(view, sure=True))
        possible = _joined(view, stretches := self._stretches(view, sure=False))
        deaf = "" if view.call.detects(MUSIC) else f"no installed detector reports {MUSIC}"
        reported = _reported(view)
        truth = self._truth(_measured(sure, possible, reported, bool(deaf), view.seconds, len(stretches)))
        if truth is False:
            return NO
        silent = f"{FIELD} says only how long in all" if reported and not possible else ""
        doubts = [seen.unsure for seen in view.seen if self._may_say(seen, view)]
        why = "" if truth else reasons([deaf, silent, *doubts]) or ROLES_UNKNOWN
        holds = sure if truth else possible
        return Answer(truth, in_order(_match(span, "" if span in sure else why) for span in holds), why)

    def _truth(self, measured: _Measured) -> Truth:
        count = self.count if self.count or self.total or self.longest else Bound(at_least=1)
        pairs = (self.total, measured.total), (self.longest, measured.longest), (count, measured.holds)
        return all_of(bound.between(*extent) for bound, extent in pairs if bound is not None)

    def _stretches(self, view: View, *, sure: bool) -> list[Span]:
        """The stretches on hold, not joined: those that are certain, or all that may be."""
        music = [event.span for event in view.call.events if event.class_ == MUSIC]
        phrases = [seen for seen in view.seen if self._may_say(seen, view) and not (sure and seen.unsure)]
        waits = [span for seen in phrases for span in self._waits(seen, view, sure)]
        return [*music, *waits]

    def _may_say(self, seen: Seen, view: View) -> bool:
        return bool(self.phrases) and bool(seen.unread or view.said(seen, self._words))

    def _waits(self, seen: Seen, view: View, sure: bool) -> Iterator[Span]:
        """Where nobody speaks after the phrase, until its side speaks again."""
        said = seen.turn.spans[-1][1]
        its_own = (True, None) if sure else (True,)
        later = [turn for turn in view.call.turns if turn.turn > seen.turn.turn]
        back = min((turn.start for turn in later if same_party(seen.turn, turn) in its_own), default=math.inf)
        for gap in gaps(view.call):
            if said <= gap.span[0] < back and gap.seconds >= self.min_seconds:
                yield gap.span


class _Measured(NamedTuple):
    """The least and the greatest that each may be."""

    total: Span
    longest: Span
    holds: Span


def _measured(
    sure: list[Span], possible: list[Span], reported: float | None, deaf: bool, window: float, stretches: int
) -> _Measured:
    """What the telephone system reports and what was heard, put together.

    A stretch that may be none may also join two that are.
    """
    if reported == 0:
        return _Measured((0, 0), (0, 0), (0, 0))
    unheard = deaf or (reported is not None and not possible)
    fewest, most = (len(sure), len(sure)) if sure == possible else (min(1, len(sure)), stretches)
    least = _longest(sure)
    ceiling = window if reported is None else max(reported, least)
    return _Measured(
        (reported, reported) if reported else (_total(sure), window if deaf else _total(possible)),
        (least, ceiling if unheard else _longest(possible)),
        (max(fewest, 1 if reported else 0), math.inf if unheard else most),
    )


def _joined(view: View, stretches: list[Span]) -> list[Span]:
    """The part in the window, in order, with what is near to one another as one."""
    near = merge((start, end + JOINED) for start, end in view.clip(stretches))
    return [(start, end - JOINED) for start, end in near]


def _reported(view: View) -> float | None:
    """Seconds on hold that the telephone system reports, of the whole call; None where it does not."""
    value = view.call.metadata.get(FIELD)
    whole = view.window == (0.0, view.call.duration)
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return float(value) if whole and known and isinstance(value, (int, float)) else None


def _total(spans: list[Span]) -> float:
    return sum(end - start for start, end in spans)


def _longest(spans: list[Span]) -> float:
    return max((end - start for start, end in spans), default=0.0)


def _match(span: Span, unsure: str) -> Match:
    return of_span(span, f"{span[1] - span[0]:.1f} s on hold", unsure)
