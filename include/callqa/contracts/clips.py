"""The pieces of sound that the model hears, and what it writes of each: prepare's and transcribe's files."""

from __future__ import annotations

from dataclasses import dataclass, field

SAMPLE_RATE = 16_000
"""Hz: what the model was trained on, and the rate of every clip."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A piece of one channel that the model hears at once."""

    call_id: str
    sha256: str
    """Of the recording; with `audio_version` it names the clip whatever the call is called."""
    channel: int
    clip: int
    """0-based within the recording, by start, then channel."""
    start: float
    end: float
    kind: str
    """`speech` (a voice was detected) or `sound` (louder than the noise floor, but not a voice: music, cough, tone)."""
    loudness: float
    """RMS level of the clip, dBFS of the original channel."""
    speaker: str | None = None
    """`s0`, `s1` … where diarisation told the speakers of a channel apart; None where the channel is one party's."""
    language_hint: str
    audio: str
    """Path of the file of ClipAudio rows that holds the samples."""
    audio_version: str


@dataclass(frozen=True, kw_only=True)
class ClipAudio:
    """The samples of one clip: 16 kHz, mono, little-endian int16."""

    clip: int
    pcm: bytes


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word or character with its position in the recording, seconds."""

    text: str
    start: float
    end: float
    confidence: float
    """Lowest posterior of its tokens, punctuation left out, 0..1."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """What the model wrote for one clip."""

    call_id: str
    channel: int
    clip: int
    start: float
    end: float
    kind: str
    loudness: float
    speaker: str | None = None
    """As in Clip."""
    text_raw: str
    """The model's own output, tags included: `<|zh|><|ANGRY|><|Speech|><|withitn|>我要投诉。`"""
    confidence: float
    """Mean CTC posterior over the emitted tokens, 0..1; 0 where none was emitted."""
    language_probs: dict[str, float] = field(default_factory=dict)
    emotion_probs: dict[str, float] = field(default_factory=dict)
    event_probs: dict[str, float] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    asr_model: str
    asr_digest: str
    """Digest of the model's weights, vocabulary and feature statistics."""
