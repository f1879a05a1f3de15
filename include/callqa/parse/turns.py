"""Segments → turns and events of one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callqa.contracts import Event, Prepared, Segment, Turn
from callqa.parse.tags import Parsed

DETECTOR = "sensevoice"
DIGEST_SHOWN = 12
"""Characters of a model's digest that name the version of what it detected."""

ParsedSegment = tuple[Segment, Parsed]


def turns_of(recording: Prepared, segments: Iterable[ParsedSegment]) -> list[Turn]:
    """The turns of a call, in time order over all channels (ties: by channel, then clip), numbered from 0."""
    spoken = [(segment, parsed) for segment, parsed in segments if is_turn(segment, parsed)]
    spoken.sort(key=lambda item: (item[0].start, item[0].channel, item[0].clip))
    return [_turn(recording, number, segment, parsed) for number, (segment, parsed) in enumerate(spoken)]


def events_of(recording: Prepared, segments: Iterable[ParsedSegment]) -> list[Event]:
    """An event for every event tag but Speech and Event_UNK, where its clip is."""
    return [
        Event(
            call_date=recording.call_date,
            call_id=recording.call_id,
            channel=segment.channel,
            start=segment.start,
            end=segment.end,
            class_=event,
            score=segment.event_probs.get(event),
            detector=DETECTOR,
            version=f"{segment.asr_model} {segment.asr_digest[:DIGEST_SHOWN]}",
        )
        for segment, parsed in segments
        for event in parsed.events
    ]


def is_turn(segment: Segment, parsed: Parsed) -> bool:
    """Whether somebody spoke: there are words, or a voice was detected and the model does not deny it."""
    return parsed.has_words or (segment.kind == "speech" and parsed.language != "nospeech")


def role_of(recording: Prepared, channel: int) -> str:
    """Who is on a channel; `unknown` where nobody said, or where both sides were mixed into one channel."""
    mixed = recording.channels == 1 and len(recording.channel_roles) > 1
    return "unknown" if mixed else recording.channel_roles.get(channel, "unknown")


def sorted_events(events: Sequence[Event]) -> list[Event]:
    """By call, then time, channel and class: the same rows in the same order whatever order they came in."""
    return sorted(events, key=lambda e: (e.call_id, e.start, e.channel, e.class_, e.end))


def _speaker(segment: Segment) -> str:
    """`ch0`, or `ch0.s1` where the speakers of a channel were told apart."""
    return f"ch{segment.channel}" if segment.speaker is None else f"ch{segment.channel}.{segment.speaker}"


def _turn(recording: Prepared, number: int, segment: Segment, parsed: Parsed) -> Turn:
    return Turn(
        call_date=recording.call_date,
        call_id=recording.call_id,
        turn=number,
        channel=segment.channel,
        role=role_of(recording, segment.channel),
        speaker=_speaker(segment),
        start=segment.start,
        end=segment.end,
        text=parsed.text,
        text_match=parsed.text,
        text_raw=segment.text_raw,
        language=parsed.language,
        emotion=parsed.emotion,
        emotion_score=segment.emotion_probs.get(parsed.emotion),
        language_probs=segment.language_probs,
        emotion_probs=segment.emotion_probs,
        event_probs=segment.event_probs,
        event_tags=parsed.events,
        confidence=segment.confidence,
        loudness=segment.loudness,
        words=segment.words,
    )
