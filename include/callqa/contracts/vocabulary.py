"""The values that columns of fixed words may have, and what SenseVoice's tags mean in them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Literal

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


def tag_meaning(tag: str) -> tuple[str, str] | None:
    """Class (`language`, `emotion`, `event` or `itn`) and our name of a SenseVoice tag, given without its brackets.

    `HAPPY` is `("emotion", "happy")`, `Event_UNK` is `("event", "other")`; None for a tag that nobody knows.
    """
    return _TAG_MEANINGS.get(tag.lower())
