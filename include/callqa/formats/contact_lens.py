"""Contact-Lens-compatible JSON: a declared subset of what AWS Contact Lens writes for an analysed call.

The format is that of AWS's documented example output (`Version` 1.1.0, post-call analysis of a voice contact, redacted
form). docs/exports.md says field by field what is filled and from what, what is left out and why. Nothing is made up: a
field of which callqa knows nothing is not there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callqa.contracts import Call, Finding, Turn
from callqa.formats import documents
from callqa.formats.day import Day, Heard
from callqa.formats.options import Options, Written

VERSION = "1.1.0"
NON_TALK_SECONDS = 3.0
"""Contact Lens counts silence as non-talk time from here on (AWS: "hold time plus silence longer than 3 seconds")."""
SENTIMENTS: Mapping[str, str] = {
    "happy": "POSITIVE",
    "neutral": "NEUTRAL",
    "sad": "NEGATIVE",
    "angry": "NEGATIVE",
    "fearful": "NEGATIVE",
    "disgusted": "NEGATIVE",
}
"""Of an emotion that was heard; of `surprised`, which is neither good nor bad, and of `unknown` there is none."""

Span = tuple[float, float]


def write(day: Day, folder: Path, options: Options) -> Written:
    """`calls.contact-lens.jsonl`, or `<call id>.contact-lens.json` each."""
    return documents.write(day, folder, options, "contact-lens", document)


def document(heard: Heard) -> dict[str, Any]:
    """A call as Contact Lens has it."""
    call, turns = heard.call, heard.turns
    return {
        "Version": VERSION,
        "Channel": "VOICE",
        "ContentMetadata": {"Output": "Redacted", "RedactionTypes": ["PII"]},
        "JobStatus": "COMPLETED",
        **_language(call),
        "CustomerMetadata": _metadata(call),
        "Participants": _participants(turns),
        "Categories": _categories(heard.findings),
        "ConversationCharacteristics": _characteristics(call, turns),
        "Transcript": [_turn(call, turn) for turn in turns],
    }


def _language(call: Call) -> dict[str, str]:
    return {} if call.language in ("unknown", "nospeech") else {"LanguageCode": call.language}


def _metadata(call: Call) -> dict[str, str]:
    return {"ContactId": call.call_id, **({"InputS3Uri": call.uri} if call.uri.startswith("s3://") else {})}


def participant(turn: Turn) -> str:
    """AGENT, CUSTOMER or SYSTEM; of a turn whose role is unknown the speaker's id, such as `ch0`."""
    if turn.announcement:
        return "SYSTEM"
    return turn.speaker if turn.role == "unknown" else turn.role.upper()


def _participants(turns: Sequence[Turn]) -> list[dict[str, str]]:
    roles = {participant(turn): turn.announcement or turn.role != "unknown" for turn in turns}
    return [
        {"ParticipantId": who, **({"ParticipantRole": who} if known else {})} for who, known in sorted(roles.items())
    ]


def _categories(findings: Sequence[Finding]) -> dict[str, Any]:
    hits = [finding for finding in findings if finding.outcome == "hit"]
    details = {
        hit.rule: {"PointsOfInterest": [_offsets(piece.start, piece.end) for piece in hit.evidence]} for hit in hits
    }
    return {"MatchedCategories": sorted(details), "MatchedDetails": {rule: details[rule] for rule in sorted(details)}}


def _characteristics(call: Call, turns: Sequence[Turn]) -> dict[str, Any]:
    if call.duration is None or not math.isfinite(call.duration):
        return {"Interruptions": _interruptions(turns), "TalkTime": _talk_time(turns)}
    return {
        "TotalConversationDurationMillis": _millis(call.duration),
        "Interruptions": _interruptions(turns),
        "NonTalkTime": _non_talk_time(turns, call.duration),
        "TalkTime": _talk_time(turns),
    }


def _interruptions(turns: Sequence[Turn]) -> dict[str, Any]:
    by: dict[str, list[dict[str, int]]] = {}
    for turn in turns:
        if turn.interrupts:
            span = turn.start, _over(turn, turns)
            by.setdefault(participant(turn), []).append(_with_duration(span))
    spans = [span for several in by.values() for span in several]
    return {
        "InterruptionsByInterrupter": {who: by[who] for who in sorted(by)},
        "TotalCount": len(spans),
        "TotalTimeMillis": sum(span["DurationMillis"] for span in spans),
    }


def _over(turn: Turn, turns: Sequence[Turn]) -> float:
    """When the last of those who were speaking as the turn began stopped, at the latest when it ended."""
    spoken = [other.end for other in turns if other.speaker != turn.speaker and other.start <= turn.start < other.end]
    return min([turn.end, max(spoken, default=turn.start)])


def _non_talk_time(turns: Sequence[Turn], duration: float) -> dict[str, Any]:
    """The pauses in which nobody speaks, from NON_TALK_SECONDS on, before the first and after the last turn too."""
    pauses: list[Span] = []
    until = 0.0
    for start, end in [*sorted((turn.start, turn.end) for turn in turns), (duration, duration)]:
        if start - until > NON_TALK_SECONDS:
            pauses.append((until, start))
        until = max(until, end)
    instances = [_with_duration(pause) for pause in pauses]
    return {"TotalTimeMillis": sum(one["DurationMillis"] for one in instances), "Instances": instances}


def _talk_time(turns: Sequence[Turn]) -> dict[str, Any]:
    who = sorted({participant(turn) for turn in turns})
    spoken = {one: _together([(t.start, t.end) for t in turns if participant(t) == one]) for one in who}
    return {
        "TotalTimeMillis": sum(spoken.values()),
        "DetailsByParticipant": {one: {"TotalTimeMillis": spoken[one]} for one in who},
    }


def _together(spans: Sequence[Span]) -> int:
    """Milliseconds that the spans cover, each once."""
    total, until = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return _millis(total)


def _turn(call: Call, turn: Turn) -> dict[str, Any]:
    said = {
        "Id": f"{call.call_id}-{turn.turn}",
        "ParticipantId": participant(turn),
        "Content": turn.text,
        **_offsets(turn.start, turn.end),
    }
    if turn.emotion in SENTIMENTS:
        said["Sentiment"] = SENTIMENTS[turn.emotion]
    if turn.redactions:
        said["Redaction"] = {"RedactedTimestamps": [_offsets(r.audio_start, r.audio_end) for r in turn.redactions]}
    return said


def _offsets(start: float, end: float) -> dict[str, int]:
    return {"BeginOffsetMillis": _millis(start), "EndOffsetMillis": _millis(end)}


def _with_duration(span: Span) -> dict[str, int]:
    offsets = _offsets(*span)
    return {**offsets, "DurationMillis": offsets["EndOffsetMillis"] - offsets["BeginOffsetMillis"]}


def _millis(seconds: float) -> int:
    return round(1000 * seconds)
