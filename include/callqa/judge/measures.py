"""What a call's row says of how it was spoken: shares, seconds and counts. Seconds and shares to 6 decimals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import qc_rules
from callqa.contracts import ROLES
from qc_rules.spans import merge, seconds

NO_LANGUAGE = ("nospeech", "unknown")


def measures(call: qc_rules.Call) -> dict[str, Any]:
    """The columns of `contracts.Call` that follow from a call's turns and events."""
    languages = shares((turn.language, turn.end - turn.start) for turn in call.turns)
    known = [turn.emotion for turn in call.turns if turn.emotion != "unknown"]
    return {
        "language": main_language(languages),
        "language_shares": languages,
        "emotion_start": known[0] if known else "unknown",
        "emotion_end": known[-1] if known else "unknown",
        **{f"emotion_shares_{role}": emotion_shares(call.turns, role) for role in ROLES},
        "talk_seconds": talk_seconds(call.turns),
        "silence_seconds": _rounded(call.silence_seconds()),
        "longest_silence_seconds": _rounded(call.longest_silence_seconds()),
        "overlap_seconds": overlap_seconds(call.turns),
        "interruptions": interruptions(call),
        "response_seconds": response_seconds(call),
        "event_counts": dict(sorted(Counter(event.class_ for event in call.events).items())),
        "turn_count": len(call.turns),
        "text_chars": call.text_chars(),
        "mean_confidence": mean_confidence(call.turns),
    }


def shares(weights: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The share of each label in the sum of weights; none where the sum is 0."""
    sums: dict[str, float] = {}
    for label, weight in weights:
        sums[label] = sums.get(label, 0.0) + weight
    total = sum(sums.values())
    return {label: _rounded(sums[label] / total) for label in sorted(sums)} if total > 0 else {}


def main_language(languages: dict[str, float]) -> str:
    """The language of most seconds; of equal ones the first by name."""
    spoken = {language: share for language, share in languages.items() if language not in NO_LANGUAGE}
    return max(sorted(spoken), key=spoken.__getitem__) if spoken else "unknown"


def emotion_shares(turns: Sequence[qc_rules.Turn], role: str) -> dict[str, float]:
    """The share of each emotion in a role's seconds of speech."""
    return shares((turn.emotion, turn.end - turn.start) for turn in turns if turn.role == role)


def talk_seconds(turns: Sequence[qc_rules.Turn]) -> dict[str, float]:
    """Seconds in which each role speaks; a role that never does is left out."""
    return {
        role: _rounded(seconds(turn.span for turn in turns if turn.role == role))
        for role in sorted({turn.role for turn in turns})
    }


def overlap_seconds(turns: Sequence[qc_rules.Turn]) -> float:
    """Seconds in which words are said on two channels or more at once."""
    channels = {turn.channel for turn in turns}
    spoken = [
        span
        for channel in sorted(channels)
        for span in merge(span for turn in turns if turn.channel == channel for span in turn.spans)
    ]
    steps = sorted([(start, 1) for start, _ in spoken] + [(end, -1) for _, end in spoken])
    total, speaking, since = 0.0, 0, 0.0
    for at, change in steps:
        if speaking > 1:
            total += at - since
        speaking, since = speaking + change, at
    return _rounded(total)


def interruptions(call: qc_rules.Call) -> dict[str, int]:
    """How often each role interrupts the other; empty where it cannot be heard (one channel, a role unknown)."""
    try:
        return {role: len(call.interruptions_of(role)) for role in _speaking(call)}
    except qc_rules.Unknown:
        return {}


def response_seconds(call: qc_rules.Call) -> dict[str, float]:
    """Mean silence before a role answers the other, by the role that answers; empty where a role is unknown.

    A role that never answers is left out.
    """
    try:
        answers = {role: call.responses_of(role) for role in _speaking(call)}
    except qc_rules.Unknown:
        return {}
    return {
        role: _rounded(sum(end - start for start, end in gaps) / len(gaps)) for role, gaps in answers.items() if gaps
    }


def _speaking(call: qc_rules.Call) -> list[str]:
    """The roles that rules can ask for and that speak in the call; every role where one is unknown, so asking fails."""
    roles = {turn.role for turn in call.turns}
    return [role for role in ROLES if role != "unknown" and (role in roles or "unknown" in roles)]


def mean_confidence(turns: Sequence[qc_rules.Turn]) -> float | None:
    """Mean over the turns with text, weighted by their seconds; None where nothing was recognised."""
    said = [turn for turn in turns if turn.text]
    weight = sum(turn.end - turn.start for turn in said)
    if weight > 0:
        return _rounded(sum(turn.confidence * (turn.end - turn.start) for turn in said) / weight)
    return _rounded(sum(turn.confidence for turn in said) / len(said)) if said else None


def _rounded(value: float) -> float:
    return round(value, 6)
