"""The words and shapes that every part of callqa shares: the only place that spells a column.

Each record is a dataclass; its Arrow schema is derived from its annotations (`schema_of`), so that the two cannot
drift apart. Times of day are UTC with zone, positions in audio are seconds from the start of the recording, levels
are dBFS, shares are 0..1, enumerations are lower case.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeVar

import pyarrow as pa

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
TONES = ("ringback", "busy", "congestion", "empty_number", "dial")
EVENT_CLASSES = (*TAG_EVENTS, *TONES, "dtmf", "hold_music", "silence")
ROLES = ("agent", "customer", "unknown")
DIRECTIONS = ("inbound", "outbound", "unknown")
LANGUAGE_HINTS = ("auto", "zh", "en", "yue", "ja", "ko")
STATUSES = ("analysed", "invalid", "rejected")
OUTCOMES = ("hit", "unknown", "crash")
SEVERITIES = ("info", "minor", "major", "critical")
REJECT_REASONS = (
    "empty_file",  # zero bytes
    "not_audio",  # no decoder recognises it
    "truncated",  # the container promises more than there is
    "no_audio",  # a readable container without a single sample
    "too_long",  # longer than the settings allow
    "duplicate_id",  # another recording of the day has this call_id
    "missing_file",  # the side-car names a file that is not there
    "unreadable",  # the storage refused it
)

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
class Prepared(Recording):
    """A recording once its bytes were read. Where `reject_reason` is set, the audio's facts may be missing."""

    sha256: str | None = None
    duration: float | None = None
    channels: int | None = None
    sample_rate: int | None = None
    codec: str | None = None
    call_state: str | None = None
    """What the telephone tones say: one of TONES, or None where no tone dominates."""
    tone_seconds: float = 0.0
    """Seconds covered by telephone tones, in any channel."""
    speech_seconds: float = 0.0
    """Seconds in which the voice activity detector heard speech, in any channel."""
    sound_seconds: float = 0.0
    """Seconds in which any channel was above its noise floor (speech, music, tones, coughs)."""
    audio_version: str = ""
    """Version and parameters of the stage that made this."""


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
    """A span of a turn's text that was masked: characters [start, end)."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A stretch of one speaker's speech."""

    call_date: date
    call_id: str
    turn: int
    """0-based, in time order over all channels."""
    channel: int
    role: str
    speaker: str
    start: float
    end: float
    text: str
    text_raw: str
    language: str
    emotion: str
    emotion_score: float | None = None
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
    """One of EVENT_CLASSES; the column is called `class`."""
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
    overlap_seconds: float = 0.0
    event_counts: dict[str, int] = field(default_factory=dict)
    turn_count: int = 0
    text_chars: int = 0
    mean_confidence: float | None = None
    score: float | None = None
    """Points on the scorecard (100 minus what the hits cost, not below 0); None where the call is not scored."""
    flags: list[str] = field(default_factory=list)
    rules_hit: list[str] = field(default_factory=list)
    rules_unknown: list[str] = field(default_factory=list)
    rules_crashed: list[str] = field(default_factory=list)
    rules_clear: int = 0
    asr_model: str = ""
    asr_digest: str = ""
    rule_packs: list[str] = field(default_factory=list)
    """`name version` of every pack with a rule that is switched on."""


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
    published_at: datetime


TABLES: Mapping[str, type] = types.MappingProxyType(
    {"calls": Call, "turns": Turn, "events": Event, "findings": Finding}
)
"""The warehouse's day tables, each partitioned by `call_date`."""

PUBLISH_ORDER = ("turns", "events", "findings", "calls")
"""Details first, so that a plain reader between two commits never sees a call without its turns."""

_SCALARS: Mapping[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    date: pa.date32(),
    datetime: pa.timestamp("us", tz="UTC"),
}

Record = TypeVar("Record")


def tag_meaning(tag: str) -> tuple[str, str] | None:
    """Class (`language`, `emotion`, `event` or `itn`) and our name of a SenseVoice tag, given without its brackets.

    `HAPPY` is `("emotion", "happy")`, `Event_UNK` is `("event", "other")`; None for a tag that nobody knows.
    """
    return _TAG_MEANINGS.get(tag.lower())


@functools.cache
def schema_of(record: Any) -> pa.Schema:
    """The Arrow schema of a record class; what may be None is nullable, nothing else is."""
    return pa.schema(_fields(record))


def to_table(record: type[Record], rows: Iterable[Record]) -> pa.Table:
    """Rows as an Arrow table of exactly `schema_of(record)`, also where there are none."""
    plain = [_plain(row) for row in rows]
    return pa.Table.from_pylist(plain, schema=schema_of(typing.cast(typing.Hashable, record)))


def from_table(record: type[Record], table: pa.Table) -> list[Record]:
    """The rows of a table written from `record`; columns that the class does not know are left out."""
    readers = {column_name(name): (name, _reader(hint)) for name, hint in _hints(record).items()}
    known = table.select([column for column in table.column_names if column in readers])
    plans = [readers[column] for column in known.column_names]
    columns = [known.column(index).to_pylist() for index in range(known.num_columns)]
    return [
        record(**{name: read(value) for (name, read), value in zip(plans, row, strict=True)})
        for row in zip(*columns, strict=True)
    ]


def column_name(field_name: str) -> str:
    """The column of a field: `class_` is `class`, all others are called as the field is."""
    return field_name.removesuffix("_")


def widen(record: type[Record], row: object, **more: Any) -> Record:
    """A record of a wider class made of a narrower one and the fields that are new or changed."""
    names = {f.name for f in dataclasses.fields(record)}  # type: ignore[arg-type]
    known = {f.name: getattr(row, f.name) for f in dataclasses.fields(row) if f.name in names}  # type: ignore[arg-type]
    return record(**{**known, **more})


def _hints(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _fields(record: type) -> list[pa.Field[Any]]:
    return [_field(f.name, _hints(record)[f.name]) for f in dataclasses.fields(record)]


def _field(name: str, hint: Any) -> pa.Field[Any]:
    inner = _without_none(hint)
    return pa.field(column_name(name), _arrow_type(inner), nullable=inner is not hint)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        return rest[0]
    return hint


def _arrow_type(hint: Any) -> Any:
    if hint in _SCALARS:
        return _SCALARS[hint]
    args = typing.get_args(hint)
    if typing.get_origin(hint) is list:
        return pa.list_(pa.field("element", _arrow_type(args[0]), nullable=False))
    if typing.get_origin(hint) is dict:
        # The stubs know map_ of types only; the library also takes a field, which is how values become required.
        return typing.cast(Any, pa).map_(_arrow_type(args[0]), pa.field("value", _arrow_type(args[1]), nullable=False))
    if dataclasses.is_dataclass(hint):
        return pa.struct(_fields(typing.cast(type, hint)))
    raise TypeError(f"no Arrow type for {hint!r}")


def _plain(value: Any) -> Any:
    """A record as the dicts and lists that Arrow reads; unlike `dataclasses.asdict` it copies no bytes."""
    if dataclasses.is_dataclass(value):
        return {column_name(f.name): _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(v) for v in value]
    return value


def _reader(hint: Any) -> Any:
    inner = _without_none(hint)
    args = typing.get_args(inner)
    if typing.get_origin(inner) is dict:
        return lambda v: None if v is None else dict(v)
    if typing.get_origin(inner) is list and dataclasses.is_dataclass(args[0]):
        kind = typing.cast(Any, args[0])
        return lambda v: [kind(**item) for item in v]
    return lambda v: v
