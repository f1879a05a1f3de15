"""A call as rules see it, made of its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import qc_rules
from callqa.contracts import TAG_EVENTS, TONES, Call, Event, Finding, Prepared, Turn
from callqa.errors import StageError
from callqa.spoken import spans_of
from qc_rules.call import Entity

DETECTED: frozenset[str] = frozenset({*TAG_EVENTS, *TONES, "hold_music", "dtmf"}) - {"speech", "other"}
"""What the speech model and the detectors of sounds can report; no other class's absence means anything."""

_KNOWN_FACTS = (
    "call_date", "file_name", "started_at", "answered_at", "ended_at", "direction", "queue", "agent_id", "agent_name",
    "team", "customer_id", "customer_number", "language_hint", "disconnect_reason", "satisfaction", "ivr_seconds",
    "hold_seconds", "channels", "sample_rate", "codec",
)  # fmt: skip


Row = TypeVar("Row", Call, Turn, Event, Finding)


def by_call(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each call, by its id, in their order."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.call_id, []).append(row)
    return grouped


def build(recording: Prepared, turns: Sequence[Turn], events: Sequence[Event]) -> qc_rules.Call:
    """The call of a recording that was heard.

    Raises:
        StageError: the rows do not make a call: no duration, a time that is none, a turn twice.
    """
    _check(recording, turns, events)
    roles = _channel_roles(recording, turns)
    return qc_rules.Call(
        call_id=recording.call_id,
        duration=float(recording.duration or 0.0),
        turns=tuple(_turn(turn) for turn in sorted(turns, key=lambda turn: turn.turn)),
        events=tuple(_event(event, roles.get(event.channel, "unknown")) for event in _in_order(events)),
        metadata={**recording.extra, **{name: getattr(recording, name) for name in _KNOWN_FACTS}},
        call_state=recording.call_state,
        tone_seconds=recording.tone_seconds,
        speech_seconds=recording.speech_seconds,
        sound_seconds=recording.sound_seconds,
        channels=recording.channels,
        roles_from=recording.roles_from,
        roles_probability=recording.roles_probability,
        channels_swapped=recording.channels_swapped,
        event_classes=_detected(recording),
    )


def _detected(recording: Prepared) -> frozenset[str]:
    """The event classes of which there would be events, had there been any: packs' detectors add theirs, or failed."""
    heard = {class_ for class_, listened in recording.event_classes.items() if listened}
    return (DETECTED | heard) - (recording.event_classes.keys() - heard)


def _channel_roles(recording: Prepared, turns: Sequence[Turn]) -> dict[int, str]:
    """Whom each channel carries; nobody in particular where it carries two people: there only turns know their role."""
    mixed = recording.channels == 1 and len(recording.channel_roles) > 1
    heard: dict[int, set[str]] = {}
    for turn in turns:
        heard.setdefault(turn.channel, set()).add(turn.role)
    alone = {channel: next(iter(roles)) if len(roles) == 1 else "unknown" for channel, roles in heard.items()}
    return {**({} if mixed else recording.channel_roles), **alone}


def _in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.start, event.channel, event.end, event.class_, event.detector))


def _turn(turn: Turn) -> qc_rules.Turn:
    return qc_rules.Turn(
        turn=turn.turn,
        start=turn.start,
        end=turn.end,
        text=turn.text,
        role=turn.role,
        emotion=turn.emotion,
        emotion_score=turn.emotion_score,
        language=turn.language,
        event_tags=tuple(turn.event_tags),
        channel=turn.channel,
        confidence=turn.confidence,
        loudness=turn.loudness,
        speaker=turn.speaker,
        role_probability=turn.role_probability,
        spoken=tuple(spans_of(turn)),
        overlap_seconds=turn.overlap_seconds,
        interrupts=turn.interrupts,
        announcement=turn.announcement,
        entities=tuple(Entity(mask.kind, mask.start, mask.end) for mask in turn.redactions),
    )


def _event(event: Event, role: str) -> qc_rules.Event:
    return qc_rules.Event(
        class_=event.class_,
        start=event.start,
        end=event.end,
        channel=event.channel,
        role=role,
        score=event.score,
        detector=event.detector,
    )


def _check(recording: Prepared, turns: Sequence[Turn], events: Sequence[Event]) -> None:
    duration = recording.duration
    if duration is None or not math.isfinite(duration) or duration < 0:
        raise _broken(recording, f"its duration is {duration}")
    named = [(f"turn {turn.turn}", turn.start, turn.end) for turn in turns]
    named += [(f"event {event.class_}", event.start, event.end) for event in events]
    for name, start, end in named:
        if not (math.isfinite(start) and math.isfinite(end) and start <= end):
            raise _broken(recording, f"{name} lies from {start} to {end} s")
    numbers = [turn.turn for turn in turns]
    if len(set(numbers)) < len(numbers):
        raise _broken(recording, "two of its turns have one number")


def _broken(recording: Prepared, what: str) -> StageError:
    return StageError(
        f"call {recording.call_id} ({recording.file_name}) cannot be judged: {what}",
        remedy="clear the prepare and parse tasks of its shard and run them again",
    )
