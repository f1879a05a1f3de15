"""The words and shapes that every part of callqa shares: the only place that spells a column.

Each record is a dataclass; `callqa.arrow` derives its Arrow schema from its annotations. Times of day are UTC with
zone, positions in audio are seconds from the start of the recording, levels are dBFS, shares are 0..1, enumerations
are lower case.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

SAMPLE_RATE = 16_000
"""Hz: what the model was trained on, and the rate of every clip."""

LANGUAGES = ("zh", "en", "yue", "ja", "ko", "nospeech", "unknown")
EMOTIONS = ("happy", "sad", "angry", "neutral", "fearful", "disgusted", "surprised", "unknown")
TAG_EVENTS = (
    "speech", "bgm", "applause", "laughter", "cry", "sneeze", "breath", "cough", "sing", "speech_noise", "other",
)  # fmt: skip
_TAG_MEANINGS: Mapping[str, tuple[str, str]] = types.MappingProxyType(
    {
        **{name: ("language", name) for name in LANGUAGES if name != "unknown"},
        **{name: ("emotion", name) for name in EMOTIONS if name != "unknown"},
        **{name: ("event", name) for name in TAG_EVENTS if name != "other"},
        "emo_unknown": ("emotion", "unknown"),
        "event_unk": ("event", "other"),
        "gbg": ("event", "other"),
        "withitn": ("itn", "withitn"),
        "woitn": ("itn", "woitn"),
    }
)
TONES = ("ringback", "busy", "congestion", "empty_number", "dial", "long_distance", "howler")
ANNOUNCED = ("powered_off", "suspended", "empty_number", "busy", "unreachable", "no_answer", "voicemail")
"""What the network's announcements say of a number: 关机, 停机, 空号, 正在通话中, 无法接通, 无人接听, 语音信箱."""
CALL_STATES = tuple(dict.fromkeys((*TONES, *ANNOUNCED)))
EVENT_CLASSES = (*TAG_EVENTS, *TONES, "dtmf", "hold_music", "silence")
"""Those that callqa itself reports; rule packs' detectors may report others, see `Prepared.event_classes`."""
ROLES = ("agent", "customer", "unknown")
DIRECTIONS = ("inbound", "outbound", "unknown")
LANGUAGE_HINTS = ("auto", "zh", "en", "yue", "ja", "ko")
STATUSES = ("analysed", "invalid", "rejected")
RESULTS = ("hit", "clear", "unknown", "crash")
"""All that a rule can answer of a call …"""
OUTCOMES = ("hit", "unknown", "crash")
"""… and the answers that leave a finding."""
SEVERITIES = ("info", "minor", "major", "critical")
REVIEWED = ("hit", "clear", "unknown")
VERDICTS = ("confirmed", "rejected", "appealed", "upheld", "overturned")
REJECT_REASONS = (
    "empty_file",  # zero bytes
    "not_audio",  # no decoder recognises it
    "truncated",  # the container promises more than there is
    "no_audio",  # a readable container without a single sample
    "too_long",  # longer than the settings allow
    "duplicate_id",  # another recording of the day has this call_id
    "missing_file",  # the side-car names a file that is not there
    "unreadable",  # the storage refused it
    "time_limit",  # reading it took longer than the settings allow
    "memory_limit",  # reading it took more memory than the settings allow, or ended the process that did
    "not_transcribed",  # the engine failed at one of its clips, twice
)
REDACTIONS = ("phone", "id_card", "bank_card", "plate", "email", "number")
"""Kinds of personal data that are masked; `number`: digits as many as one of the others has, but none for certain."""

Status = Literal["analysed", "invalid", "rejected"]


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


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where a finding can be heard. For something that never happened: no turn, the whole call."""

    turn: int | None
    start: float
    end: float
    text: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule's outcome on a call, where it is not `clear`."""

    call_date: date
    call_id: str
    rule: str
    rule_version: int
    pack: str
    pack_version: str
    outcome: str
    severity: str
    score: float
    evidence: list[Evidence] = field(default_factory=list)
    message: str
    reason: str | None = None
    """Why the outcome is `unknown`, or the error of a `crash`."""
    asr_model: str


@dataclass(frozen=True, kw_only=True)
class SectionScore:
    """A section of a scorecard, on one call."""

    name: str
    score: float | None
    """0..100; None where nothing of it could be scored."""
    coverage: float
    """Share, by points, of what applies that could be told."""


@dataclass(frozen=True, kw_only=True)
class CardScore:
    """One version of a scorecard, on one call."""

    card: str
    version: int
    score: float | None
    """0..100; None where nothing, or too little, could be told."""
    passed: bool | None
    """None where it cannot be told."""
    coverage: float
    """Share, by weight, of what applies that could be told."""
    sections: list[SectionScore] = field(default_factory=list)
    critical_failures: list[str] = field(default_factory=list)
    """Rules that fail the section or the card outright, and did."""
    rules_passed: list[str] = field(default_factory=list)
    rules_failed: list[str] = field(default_factory=list)
    rules_unknown: list[str] = field(default_factory=list)
    rules_not_applicable: list[str] = field(default_factory=list)
    reason: str | None = None
    """Why there is no score."""


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


INCOMPLETE = "intraday"
"""How the `origin` of a publication begins that is of a day which was still going on."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One committed publication of a day; the newest of a day is the one that readers go by."""

    call_date: date
    run_id: str
    attempt: int
    sequence: int
    """1 for a day's first publication, then up by one."""
    snapshot_calls: int
    snapshot_turns: int
    snapshot_events: int
    snapshot_findings: int
    rows_calls: int
    rows_turns: int
    rows_events: int
    rows_findings: int
    content_digest: str
    """SHA-256 over the digests of the published files: equal where two publications hold the same rows."""
    gate_result_id: str
    approved_by: str | None = None
    approval_reason: str | None = None
    origin: str | None = None
    """What made it, where that was not a run over the day's recordings: `rejudge of sequence 3: HR01, SA01`."""
    published_at: datetime


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a person says of a rule's outcome on a call; of several the newest counts.

    A review is of the outcome as it was published, so that a call in which a rule missed something can be reviewed
    too: its `outcome` is `clear`, and `rejected` says that it should have been a hit.
    """

    call_date: date
    call_id: str
    rule: str
    rule_version: int
    outcome: str = "hit"
    """What was reviewed, one of REVIEWED."""
    verdict: str
    """One of VERDICTS: `confirmed` and `upheld` say that the outcome is right, `rejected` and `overturned` that it is
    wrong, `appealed` that nobody has decided yet."""
    reviewer: str
    note: str = ""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A legal hold that is placed on a call or a whole day, or the release of one.

    Of the rows on the same call (or day) and matter the newest counts.
    """

    call_date: date
    call_id: str | None
    """None: the whole day."""
    action: str
    """One of HOLD_ACTIONS."""
    by: str
    reason: str
    matter: str
    """The case that it is for: a call is held for as long as one matter holds it."""
    at: datetime


HOLD_ACTIONS = ("hold", "release")


@dataclass(frozen=True, kw_only=True)
class Erased:
    """A call that was erased, by digests that say nothing to whoever does not know the call.

    They are salted with the id of the warehouse's table, so that those of two warehouses cannot be compared.
    """

    call_date: date
    call: str
    """SHA-256 of day and call id."""
    recording: str | None = None
    """SHA-256 of the SHA-256 of its recording; None where that was never read."""
    size_bytes: int | None = None
    """Of the recording: only files as long as that have to be read to find it again."""
    certificate: str
    """Of the erasure."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number that says what a day is like, see `callqa.profile`."""

    call_date: date
    measure: str
    part: str
    """Of a mix the language, emotion, rule or pack; empty for one number a day."""
    value: float
    count: int
    """Calls that it is measured on."""
    rule_version: int | None = None
    pack: str | None = None
    """`name version`, of hit rates and packs."""


@dataclass(frozen=True, kw_only=True)
class GateSample:
    """A row at which a check of the gate found fault; what was said is never in it."""

    call_id: str | None
    turn: int | None
    value: str | None


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What a check of the data-quality gate found; `publications.gate_result_id` names the rows of a publication."""

    call_date: date
    gate_result_id: str
    position: int
    """0-based, in the gate's order."""
    check: str
    table: str
    """Whose rows are at fault; `day` for facts about the whole day, `history` for comparisons with published days."""
    severity: str
    """`blocking` or `warning`."""
    result: str
    """One of GATE_RESULTS."""
    observed: float | None
    """The fact, or how many rows (of a comparison with history: parts) are at fault."""
    rows: int | None
    """That were looked at; None for facts."""
    low: float | None
    high: float | None
    """Between which `observed` may lie; None: no bound."""
    sentence: str
    """What the check protects."""
    note: str | None = None
    samples: list[GateSample] = field(default_factory=list)


GATE_RESULTS = ("passed", "failed", "no history", "nothing to check")


@dataclass(frozen=True, kw_only=True)
class RunCost:
    """What a run over a day's recordings took; one row a run, whatever became of it.

    What came from a cache, or was finished by an earlier attempt, is not in it a second time.
    """

    call_date: date
    run_id: str
    outcome: str
    """One of RUN_OUTCOMES, at the end of the run: a refused day may be approved later, the ledger says so."""
    started_at: datetime
    ended_at: datetime
    recordings: int
    rejected: int
    shards: int
    audio_seconds: float
    """Of the recordings, their durations."""
    heard_seconds: float
    """Of the clips that the model heard in this run …"""
    cached_seconds: float
    """… and of those that were heard before."""
    gpu_seconds: float
    """Wall time of transcription on GPUs; a task has one."""
    cpu_seconds: float
    """Of all stages, by all their processes."""
    transcribe_cpu_seconds: float
    bytes_written: int | None
    """That the stages' processes sent to disks, caches included; None where the system does not tell."""
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by stage, its shards added up."""
    devices: list[str] = field(default_factory=list)
    asr_model: str = ""
    """Name of the model; empty where nothing had to be heard."""
    version: str = ""
    """Of callqa."""


RUN_OUTCOMES = ("published", "unchanged", "refused")

TABLES: Mapping[str, type] = types.MappingProxyType(
    {"calls": Call, "turns": Turn, "events": Event, "findings": Finding}
)
"""The warehouse's day tables, each partitioned by `call_date`."""

PUBLISH_ORDER = ("turns", "events", "findings", "calls")
"""Details first, so that a plain reader between two commits never sees a call without its turns."""


def tag_meaning(tag: str) -> tuple[str, str] | None:
    """Class (`language`, `emotion`, `event` or `itn`) and our name of a SenseVoice tag, given without its brackets.

    `HAPPY` is `("emotion", "happy")`, `Event_UNK` is `("event", "other")`; None for a tag that nobody knows.
    """
    return _TAG_MEANINGS.get(tag.lower())
