"""A call as rules see it: plain frozen values that pickle, and the questions that rules ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from qc_rules.errors import RoleUnknown, Unknown
from qc_rules.kleene import Truth
from qc_rules.outcome import Evidence
from qc_rules.spans import Span, merge, seconds
from qc_rules.text import count_chars
from qc_rules.vocabulary import DETECTED_EVENTS, ROLES

Fact = str | int | float | bool | date | None
"""A value of a call's metadata; times of day are `datetime`, which is a `date`."""


class Facts(Mapping[str, Fact]):
    """A mapping that cannot be written to (no rule sees what another did) and, unlike MappingProxyType, pickles."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Fact] | Iterable[tuple[str, Fact]] = ()) -> None:
        self._values: dict[str, Fact] = dict(values)

    def __getitem__(self, key: str) -> Fact:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Facts({self._values!r})"


@dataclass(frozen=True)
class Entity:
    """Something of a kind that was recognised in a turn's text; personal data is masked there."""

    kind: str
    """phone, id_card, bank_card, plate, email, number …"""
    start: int
    """Characters of the turn's text: first."""
    end: int
    """And the one after the last."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A stretch of one speaker's speech. Times are seconds from the start of the recording."""

    turn: int
    """0-based, in time order over all channels."""
    start: float
    end: float
    text: str = ""
    role: str = "unknown"
    """agent, customer or unknown."""
    emotion: str = "unknown"
    """happy, sad, angry, neutral, fearful, disgusted, surprised or unknown."""
    emotion_score: float | None = None
    language: str = "unknown"
    event_tags: tuple[str, ...] = ()
    """Event classes that the model heard in this turn."""
    channel: int = 0
    confidence: float = 1.0
    """0..1; 0 where nothing was recognised."""
    loudness: float = 0.0
    """RMS level, dBFS."""
    speaker: str = ""
    """Who speaks, whatever the role: `ch0` a channel, `ch0.s1` one of several voices on a channel."""
    role_probability: float | None = None
    """That the role is right, where it was told from what was said; None where the channels say it, or nobody knows."""
    spoken: tuple[Span, ...] = ()
    """The stretches in which words are said, finer than the turn, which holds pauses; empty where nobody measured."""
    overlap_seconds: float = 0.0
    """Of this turn, in which another channel speaks too."""
    interrupts: bool = False
    """It begins while another speaker is speaking, and goes on when that one has stopped."""
    announcement: bool = False
    """The telephone system speaks: a menu, the network's announcement."""
    entities: tuple[Entity, ...] = ()
    """Personal data recognised in the text, where it stands masked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "spoken", tuple(self.spoken))
        object.__setattr__(self, "entities", tuple(self.entities))

    @property
    def span(self) -> Span:
        """(start, end)."""
        return self.start, self.end

    @property
    def spans(self) -> tuple[Span, ...]:
        """`spoken`, or the whole turn where that is empty."""
        return self.spoken or (self.span,)

    def is_role(self, role: str) -> Truth:
        """Is this the agent's (the customer's) turn? None where nobody knows."""
        _check_role(role)
        return None if self.role == "unknown" else self.role == role

    def feels(self, emotions: Iterable[str]) -> Truth:
        """Is the speaker's emotion one of these? None where the model could not tell it."""
        return None if self.emotion == "unknown" else self.emotion in emotions

    def evidence(self, condition: str = "", text: str | None = None) -> Evidence:
        """This turn as evidence; `text` is what matched, or else all that was said."""
        return Evidence(self.turn, self.start, self.end, self.text if text is None else text, condition)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something heard that is not words: a cough, music, a telephone tone."""

    class_: str
    start: float
    end: float
    channel: int = 0
    role: str = "unknown"
    """Whose channel it was heard on: agent, customer or unknown."""
    score: float | None = None
    detector: str = ""

    @property
    def span(self) -> Span:
        """(start, end)."""
        return self.start, self.end

    def evidence(self, condition: str = "") -> Evidence:
        """This event as evidence; the condition is its class where none is given."""
        return Evidence(None, self.start, self.end, "", condition or self.class_)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: what is known of it, what was said, what else was heard."""

    call_id: str
    duration: float
    """Seconds."""
    turns: tuple[Turn, ...] = ()
    events: tuple[Event, ...] = ()
    metadata: Mapping[str, Fact] = Facts()
    """queue, direction, agent_id, started_at … and whatever else the side-car has; cannot be written to."""
    call_state: str | None = None
    """What the telephone tones say: ringback, busy, congestion, empty_number, dial, or None."""
    tone_seconds: float = 0.0
    speech_seconds: float = 0.0
    sound_seconds: float = 0.0
    """Seconds in which any channel was above its noise floor."""
    channels: int | None = None
    """Of the recording; None where it is not known. On one channel nobody is heard to speak while another does."""
    roles_from: str | None = None
    """`channels` (the recording says who is on which), `speech` (what was said says), or None: nobody knows."""
    roles_probability: float | None = None
    """That the roles are right; None where what was said says nothing."""
    channels_swapped: bool | None = None
    """Whether what was said contradicts the roles of the channels; None where it says nothing either way."""
    event_classes: frozenset[str] = DETECTED_EVENTS
    """What the installed detectors can report: the absence of any other event says nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", tuple(self.turns))
        object.__setattr__(self, "events", tuple(self.events))
        object.__setattr__(self, "metadata", Facts(self.metadata))
        object.__setattr__(self, "event_classes", frozenset(self.event_classes))

    def turns_of(self, role: str) -> tuple[Turn, ...]:
        """The agent's (the customer's) turns, in time order.

        Raises:
            RoleUnknown: the role of some turn is not known; the rule's outcome is then `unknown`.
            ValueError: no role is called so.
        """
        _check_role(role)
        if any(turn.role == "unknown" for turn in self.turns):
            raise RoleUnknown
        return tuple(turn for turn in self.turns if turn.role == role)

    def text(self, role: str | None = None) -> str:
        """All that was said (by one role), turns joined by a space.

        Raises:
            RoleUnknown: a role is given and the role of some turn is not known.
        """
        turns = self.turns if role is None else self.turns_of(role)
        return " ".join(turn.text for turn in turns if turn.text)

    def text_chars(self) -> int:
        """Letters, ideographs and digits said in the whole call."""
        return sum(count_chars(turn.text) for turn in self.turns)

    def events_of(self, *classes: str, role: str | None = None) -> tuple[Event, ...]:
        """The events of these classes (on the channels of one role), in time order.

        Raises:
            Unknown: no installed detector reports one of the classes.
            RoleUnknown: a role is given and an event of these classes is on a channel of unknown role.
        """
        found = tuple(event for event in self.events if event.class_ in classes)
        for class_ in classes:
            if not self.detects(class_):
                raise Unknown(f"no installed detector reports {class_}")
        if role is None:
            return found
        _check_role(role)
        if any(event.role == "unknown" for event in found):
            raise RoleUnknown
        return tuple(event for event in found if event.role == role)

    def detects(self, class_: str) -> bool:
        """Would an event of this class have been reported, had there been one?"""
        return class_ in self.event_classes or any(event.class_ == class_ for event in self.events)

    def heard(self) -> list[Span]:
        """The time in which there was a turn or an event, as merged spans inside the call."""
        spans = [turn.span for turn in self.turns]
        spans += [event.span for event in self.events if event.class_ != "silence"]
        return merge((max(0.0, start), min(self.duration, end)) for start, end in spans)

    def silence_seconds(self) -> float:
        """Seconds of the call without any turn or event, on any channel."""
        return max(0.0, self.duration - seconds(self.heard()))

    def silences(self) -> list[Span]:
        """The stretches without any turn or event, in time order: before the first, between two, after the last."""
        edges = [(0.0, 0.0), *self.heard(), (self.duration, self.duration)]
        gaps = [(before[1], after[0]) for before, after in pairwise(edges)]
        return [gap for gap in gaps if gap[1] > gap[0]]

    def longest_silence_seconds(self) -> float:
        """The longest of `silences`; 0 where there is none."""
        return max((end - start for start, end in self.silences()), default=0.0)

    def interruptions_of(self, role: str) -> tuple[Turn, ...]:
        """The turns with which the agent (the customer) interrupts the other.

        Raises:
            RoleUnknown: the role of some turn is not known.
            Unknown: both share one channel, where nobody is heard to speak while another does.
        """
        turns = self.turns_of(role)
        if self.channels == 1 and len({turn.role for turn in self.turns}) > 1:
            raise Unknown("both speakers share one channel")
        return tuple(turn for turn in turns if turn.interrupts)

    def responses_of(self, role: str) -> list[Span]:
        """The silences after which the agent (the customer) answers the other, in time order.

        From the other's last word to the answer's first; an answer that begins before the other has ended comes after
        no silence (start = end). Silence within one speaker's talk is none.

        Raises:
            RoleUnknown: the role of some turn is not known.
        """
        self.turns_of(role)
        return [span for answering, span in _responses(self.turns) if answering == role]


def _responses(turns: Iterable[Turn]) -> Iterator[tuple[str, Span]]:
    """Each change of role: who answers, and the silence before the answer."""
    order = sorted(turns, key=lambda turn: turn.spans[0][0])
    ended = -1.0
    for before, after in pairwise(order):
        ended = max(ended, before.spans[-1][1])
        if before.role != after.role:
            start = after.spans[0][0]
            yield after.role, (min(ended, start), start)


def lacking(turns: Iterable[Turn]) -> str:
    """Why these turns leave a rule undecided: their role or their emotion is not known. The reason for `Unknown`."""
    turns = list(turns)
    reasons = []
    if any(turn.role == "unknown" for turn in turns):
        reasons.append("the roles of the speakers are not known")
    numbers = [str(turn.turn) for turn in turns if turn.emotion == "unknown"]
    if numbers:
        shown = ", ".join(numbers[:5]) + (" …" if len(numbers) > 5 else "")
        reasons.append(f"the emotion of turn {shown} is not known")
    return "; ".join(reasons)


def _check_role(role: str) -> None:
    if role not in ROLES[:-1]:
        raise ValueError(f"no role is called {role!r}; there are agent and customer")
