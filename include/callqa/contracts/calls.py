"""A call from the manifest to its row in the warehouse: `Recording`, once read `Prepared`, then `Call`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from callqa.contracts.scores import CardScore


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One row of the manifest: a recording of the day and what is known of its call before it is read."""

    call_date: date
    call_id: str
    uri: str
    file_name: str
    size_bytes: int
    etag: str
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    direction: str = "unknown"
    queue: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    """Masked or keyed-hashed by fetch; the number as dialled is never stored."""
    channel_roles: dict[int, str] = field(default_factory=dict)
    """Role by 0-based channel. Empty: the source's default for stereo, nobody knows for mono."""
    language_hint: str = "auto"
    disconnect_reason: str | None = None
    satisfaction: float | None = None
    ivr_seconds: float | None = None
    hold_seconds: float | None = None
    extra: dict[str, str] = field(default_factory=dict)
    """Whatever else the side-car has."""
    reject_reason: str | None = None
    """Set by fetch where the recording is refused before it is read (a duplicate id, a missing file)."""
    reject_detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelQuality:
    """What a channel of a recording is like, measured on the original audio."""

    channel: int
    speech_dbfs: float | None
    """RMS level of the frames with speech; None where there is none."""
    noise_dbfs: float
    """RMS level of the frames without speech, tones and other sounds (the quietest tenth where there are none)."""
    snr_db: float | None
    """`speech_dbfs` (its noise subtracted) over `noise_dbfs`; None without speech."""
    peak_dbfs: float
    clipped_share: float
    """Of the samples: those in runs at full scale or at a flat top below it."""
    dc_offset: float
    """Mean of the samples, of full scale (-1..1)."""
    bandwidth_hz: float
    """Below it lie 99 % of the long-term speech spectrum's energy above the noise (of all sound where nobody speaks, 0
    in silence)."""
    denoised: bool = False
    """Whether the clips of this channel went through the denoiser."""


@dataclass(frozen=True, kw_only=True)
class Prepared(Recording):
    """A recording once its bytes were read. Where `reject_reason` is set, the audio's facts may be missing."""

    sha256: str | None = None
    duration: float | None = None
    channels: int | None = None
    sample_rate: int | None = None
    codec: str | None = None
    call_state: str | None = None
    """One of CALL_STATES: what telephone tones or announcements say; None where they say nothing."""
    call_state_source: str | None = None
    """`tones` or `announcement`."""
    tone_seconds: float = 0.0
    """Seconds covered by telephone tones, in any channel."""
    speech_seconds: float = 0.0
    """Seconds in which the voice activity detector heard speech, in any channel."""
    sound_seconds: float = 0.0
    """Seconds in which any channel was above its noise floor (speech, music, tones, coughs)."""
    quality: list[ChannelQuality] = field(default_factory=list)
    """One a channel."""
    roles_from: str | None = None
    """How the roles were told: `channels` (the side-car or the source says), `speech` (what was said says; mono),
    or None where they are unknown."""
    roles_probability: float | None = None
    """That the roles are right; for roles from channels, what was said is the evidence, None where it says nothing."""
    channels_swapped: bool | None = None
    """Stereo: whether what was said contradicts the map of channels (the turns keep the map's roles); None where it
    says nothing either way."""
    event_classes: dict[str, bool] = field(default_factory=dict)
    """Event classes that rule packs' detectors listen for, and whether they could, on every channel: where not, that
    there is no such event says nothing."""
    audio_version: str = ""
    """Version and parameters of the stage that made this; after a `+`, how a file without a header was read."""


@dataclass(frozen=True, kw_only=True)
class Call(Prepared):
    """One row a call, whatever happened to it: metadata, audio facts, what was heard, how it was judged."""

    status: str
    language: str = "unknown"
    """The language of most seconds of speech."""
    language_shares: dict[str, float] = field(default_factory=dict)
    emotion_start: str = "unknown"
    emotion_end: str = "unknown"
    emotion_shares_agent: dict[str, float] = field(default_factory=dict)
    emotion_shares_customer: dict[str, float] = field(default_factory=dict)
    emotion_shares_unknown: dict[str, float] = field(default_factory=dict)
    """Of the turns whose role is unknown."""
    talk_seconds: dict[str, float] = field(default_factory=dict)
    """By role."""
    silence_seconds: float = 0.0
    longest_silence_seconds: float = 0.0
    overlap_seconds: float = 0.0
    interruptions: dict[str, int] = field(default_factory=dict)
    """Number of turns by the role that interrupts."""
    response_seconds: dict[str, float] = field(default_factory=dict)
    """Mean silence before a role answers another one, by the role that answers."""
    event_counts: dict[str, int] = field(default_factory=dict)
    turn_count: int = 0
    text_chars: int = 0
    mean_confidence: float | None = None
    score: float | None = None
    """100 minus what the hits cost, not below 0; None where the call is not scored."""
    scorecards: list[CardScore] = field(default_factory=list)
    """The installed scorecards that are for calls like this one, by id; none of a call that is not scored."""
    flags: list[str] = field(default_factory=list)
    rules_hit: list[str] = field(default_factory=list)
    rules_unknown: list[str] = field(default_factory=list)
    rules_crashed: list[str] = field(default_factory=list)
    rules_clear: int = 0
    rules_not_applicable: list[str] = field(default_factory=list)
    """Rules that are not for calls like this one: neither hit nor clear."""
    asr_model: str = ""
    asr_digest: str = ""
    rule_packs: list[str] = field(default_factory=list)
    """`name version` of every pack with a rule that is switched on."""
