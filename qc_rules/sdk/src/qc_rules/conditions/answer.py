"""What a condition says of a call: whether it holds, where, and, where that cannot be told, why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qc_rules.call import Event, Turn
from qc_rules.kleene import Truth, at_least
from qc_rules.outcome import Evidence
from qc_rules.spans import Span

_SHOWN_REASONS = 3


@dataclass(frozen=True)
class Match:
    """One place where a condition holds: a turn, several in a row, an event, a stretch of time."""

    start: float
    """Seconds from the start of the recording."""
    end: float
    evidence: tuple[Evidence, ...] = ()
    turns: tuple[int, int] | None = None
    """Numbers of the first and the last turn of it; None where it is made of no turn."""
    unsure: str = ""
    """Why it may be none: the role or the emotion of a turn is not known …; empty where it is one."""

    @property
    def sure(self) -> bool:
        """Does it hold here for certain?"""
        return not self.unsure


@dataclass(frozen=True)
class Answer:
    """Whether a condition holds. `matches` are what says so (or, unsure ones, what might): evidence, and anchors."""

    truth: Truth
    matches: tuple[Match, ...] = ()
    """In time order."""
    reason: str = ""
    """Why `truth` is None."""

    def sure(self) -> tuple[Match, ...]:
        """The matches that are certain."""
        return tuple(match for match in self.matches if match.sure)


NO = Answer(False)


def unknown(reason: str) -> Answer:
    """It cannot be told."""
    return Answer(None, reason=reason)


def yes_or_no(truth: bool, matches: Iterable[Match] = ()) -> Answer:
    """It holds, by these matches, or it does not (and has none)."""
    return Answer(True, in_order(matches)) if truth else NO


def counted(matches: Iterable[Match], count: int = 1) -> Answer:
    """Are there at least `count` matches? Unknown where only the unsure ones would make it so many."""
    found = in_order(matches)
    sure = sum(match.sure for match in found)
    truth = at_least(count, sure, len(found))
    if truth is None:
        return Answer(None, found, reasons(match.unsure for match in found))
    return Answer(truth, found)


def in_order(matches: Iterable[Match]) -> tuple[Match, ...]:
    """By time."""
    return tuple(sorted(matches, key=lambda match: (match.start, match.end, match.turns or (-1, -1))))


def reasons(texts: Iterable[str]) -> str:
    """Different reasons, each once; the first few."""
    different = list(dict.fromkeys(filter(None, texts)))
    if not different:
        return ""
    shown = "; ".join(different[:_SHOWN_REASONS])
    return f"{shown}; …" if len(different) > _SHOWN_REASONS else shown


def of_turn(turn: Turn, text: str | None = None, unsure: str = "") -> Match:
    """A match that is one turn; `text` is what matched, else all that was said."""
    return Match(turn.start, turn.end, (turn.evidence(text=text),), (turn.turn, turn.turn), unsure)


def of_turns(turns: Sequence[Turn], unsure: str = "") -> Match:
    """A match that is several turns together, in time order.

    Raises:
        IndexError: there are none.
    """
    evidence = tuple(turn.evidence() for turn in turns)
    end = max(turn.end for turn in turns)
    return Match(turns[0].start, end, evidence, (turns[0].turn, turns[-1].turn), unsure)


def of_event(event: Event, unsure: str = "") -> Match:
    """A match that is an event: its evidence names the event's class."""
    return Match(event.start, event.end, (event.evidence(),), None, unsure)


def of_span(span: Span, text: str = "", unsure: str = "") -> Match:
    """A match that is a stretch of time; `text` says what is there."""
    return Match(*span, (Evidence(None, *span, text, ""),), None, unsure)


def named(answer: Answer, condition: str) -> Answer:
    """The same with the condition's name in all its evidence."""
    if not answer.matches:
        return answer
    return replace(answer, matches=tuple(_named(match, condition) for match in answer.matches))


def _named(match: Match, condition: str) -> Match:
    found = tuple(Evidence(one.turn, one.start, one.end, one.text, condition) for one in match.evidence)
    return Match(match.start, match.end, found, match.turns, match.unsure)
