"""The words that calls are described in; the same as callqa's, which this package does not import."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ROLES = ("agent", "customer", "unknown")
SEVERITIES = ("info", "minor", "major", "critical")
EMOTIONS = ("happy", "sad", "angry", "neutral", "fearful", "disgusted", "surprised", "unknown")
TONES = ("ringback", "busy", "congestion", "empty_number", "dial", "long_distance", "howler")
CALL_STATES = (*TONES, "powered_off", "suspended", "unreachable", "no_answer", "voicemail")
"""What telephone tones and the network's announcements say of a call."""
LANGUAGES = ("zh", "en", "yue", "ja", "ko")
"""Languages that the model tells; a turn may also be `nospeech` or `unknown`."""
DETECTED_EVENTS = frozenset(
    {
        *("bgm", "applause", "laughter", "cry", "sneeze", "breath", "cough", "sing", "speech_noise"),
        *("hold_music", "dtmf"),
        *TONES,
    }
)
"""Event classes that what ships can report: SenseVoice's tags, music on hold, pressed keys and the telephone tones."""


def known_emotions(labels: Iterable[str]) -> None:
    """Refuse emotion labels that no turn can have: a misspelt one would quietly never match.

    Raises:
        ValueError: a label is not one of EMOTIONS, or is `unknown` (which is no emotion but the lack of one).
    """
    for label in labels:
        if label not in EMOTIONS[:-1]:
            raise ValueError(f"{label!r} is not an emotion{did_you_mean(label, EMOTIONS[:-1])}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or the known words where none is near, to be put after a message."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(known)}" if known else "; there are none"
