"""What a turn sounds like, as far as that can be told."""

from __future__ import annotations

from collections.abc import Collection

from qc_rules.conditions.answer import reasons
from qc_rules.conditions.view import Seen
from qc_rules.kleene import Truth
from qc_rules.text import count_chars


def feels(seen: Seen, emotions: Collection[str], min_score: float = 0.0) -> Truth:
    """Is the speaker's emotion one of these? None where it is not known, or known with a lower score than wanted."""
    if seen.unread or not tells(seen, min_score):
        return None
    return seen.turn.emotion in emotions


def tells(seen: Seen, min_score: float) -> bool:
    """Could the model tell an emotion, and surely enough?"""
    score = seen.turn.emotion_score
    return seen.turn.emotion != "unknown" and (min_score <= 0 or (score is not None and score >= min_score))


def why_not(seen: Seen, min_score: float = 0.0) -> str:
    """Why `feels` says None; empty where it does not."""
    known = "" if tells(seen, min_score) else f"the emotion of turn {seen.turn.turn} is not known"
    return reasons([seen.unread, known])


def long_enough(seen: Seen, min_chars: int) -> Truth:
    """Are so many characters said in the turn? None where what was recognised proves nothing."""
    if min_chars <= 0:
        return True
    return None if seen.unread else count_chars(seen.turn.text) >= min_chars
