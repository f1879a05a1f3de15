"""What a condition may look at: the part of the call that its scope leaves, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from qc_rules.call import Call, Event, Turn
from qc_rules.conditions.answer import reasons
from qc_rules.errors import Unknown
from qc_rules.matching import CallWords, Said, Words
from qc_rules.spans import Span, intersect

ROLES_UNKNOWN = "the roles of the speakers are not known"


@dataclass(frozen=True)
class Seen:
    """A turn in scope."""

    turn: Turn
    doubt: str = ""
    """Why it may not belong to the scope: its role is not known …; empty where it does."""
    unread: str = ""
    """Why what it says and sounds like proves nothing: it was recognised with too little confidence; else empty."""

    @property
    def unsure(self) -> str:
        """Why a match in it may be none; empty where it would be one."""
        return reasons([self.doubt, self.unread])


@dataclass(frozen=True)
class Heard:
    """An event in scope."""

    event: Event
    unsure: str = ""
    """Why it may not belong to the scope."""


@dataclass(frozen=True)
class View:
    """The part of a call that one condition looks at."""

    call: Call
    seen: tuple[Seen, ...]
    """The turns that are, or may be, in scope, in time order."""
    window: Span
    """The stretch of the call in scope, seconds: the whole call where the scope names none."""
    words: CallWords
    """What of the rules' word lists was said in which turn: looked up once a call for all rules."""
    role: str = "any"
    """Whose: agent, customer or any."""
    blur: str = ""
    """Why the window's ends are not known: it reaches to a turn that may not be in scope; empty where they are."""

    def said(self, seen: Seen, words: Words) -> tuple[Said, ...]:
        """Where in the turn's text one of these words is said, in order."""
        return self.words.said(seen.turn, words)

    def events(self, classes: Iterable[str]) -> tuple[Heard, ...]:
        """The events of these classes that lie, wholly or in part, in the window, in time order.

        Raises:
            Unknown: no installed detector reports one of the classes, or the window's ends are not known.
        """
        self._refuse_blur()
        wanted = frozenset(classes)
        for class_ in sorted(wanted):
            if not self.call.detects(class_):
                raise Unknown(f"no installed detector reports {class_}")
        return tuple(self._heard(event) for event in self.call.events if event.class_ in wanted and self._in(event))

    def clip(self, spans: Iterable[Span]) -> list[Span]:
        """The part of these stretches that lies in the window, merged and in order.

        Raises:
            Unknown: the window's ends are not known.
        """
        self._refuse_blur()
        return intersect(spans, [self.window])

    @property
    def seconds(self) -> float:
        """Length of the window.

        Raises:
            Unknown: its ends are not known.
        """
        self._refuse_blur()
        return max(0.0, self.window[1] - self.window[0])

    def narrowed(self, seen: tuple[Seen, ...], window: Span) -> View:
        """The same view of fewer turns and a shorter stretch."""
        return replace(self, seen=seen, window=window)

    def _refuse_blur(self) -> None:
        if self.blur:
            raise Unknown(self.blur)

    def _in(self, event: Event) -> bool:
        if self.role != "any" and event.role not in (self.role, "unknown"):
            return False
        start, end = self.window
        return (event.start < end and event.end > start) or start <= event.start == event.end <= end

    def _heard(self, event: Event) -> Heard:
        return Heard(event, ROLES_UNKNOWN if self.role != "any" and event.role == "unknown" else "")
