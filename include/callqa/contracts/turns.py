"""What was said and heard in a call: the tables `turns` and `events`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from callqa.contracts.clips import Word


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """A span of a turn's text that was masked: characters [start, end) of the masked text."""

    kind: str
    """One of REDACTIONS."""
    start: int
    end: int
    audio_start: float
    """Seconds of the recording in which it is said: silenced in what people listen to."""
    audio_end: float


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A stretch of one speaker's speech."""

    call_date: date
    call_id: str
    turn: int
    """0-based, in time order over all channels."""
    channel: int
    role: str
    role_probability: float | None = None
    """That the role is right, where it was told from what was said."""
    speaker: str
    """`ch0`, `ch1` … by channel; `ch0.s0`, `ch0.s1` … where diarisation told the speakers of a channel apart."""
    start: float
    end: float
    text: str
    """What was said, personal data masked."""
    text_match: str
    """The same for matching: half-width, lower case, simplified characters, one space at most between words."""
    text_raw: str
    """The model's own output with its tags, personal data masked."""
    language: str
    emotion: str
    emotion_score: float | None = None
    language_probs: dict[str, float] = field(default_factory=dict)
    emotion_probs: dict[str, float] = field(default_factory=dict)
    event_probs: dict[str, float] = field(default_factory=dict)
    overlap_seconds: float = 0.0
    """Of this turn, in which another channel or speaker speaks too."""
    interrupts: bool = False
    """It begins while another speaker is speaking, and goes on when that one has stopped."""
    announcement: bool = False
    """The telephone system speaks, for certain: a menu, a greeting before the agent, the network's announcement."""
    event_tags: list[str] = field(default_factory=list)
    confidence: float
    loudness: float
    words: list[Word] = field(default_factory=list)
    redactions: list[Redaction] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something heard that is not words: an event tag of the model, a telephone tone, a silence."""

    call_date: date
    call_id: str
    channel: int
    start: float
    end: float
    class_: str
    """One of EVENT_CLASSES, or of a rule pack's detector; the column is called `class`."""
    score: float | None = None
    detector: str
    version: str
