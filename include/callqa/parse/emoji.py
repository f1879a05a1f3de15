"""Emoji for emotions and events: how a person is shown what the model heard. Never parsed, see `old_results`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

EMOTIONS: Mapping[str, str] = MappingProxyType(
    {"happy": "😊", "sad": "😔", "angry": "😡", "fearful": "😰", "disgusted": "🤢", "surprised": "😮"}
)
EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "bgm": "🎼", "applause": "👏", "laughter": "😀", "cry": "😭", "cough": "🤧", "sneeze": "🤧",
        "breath": "💨", "sing": "🎤",
    }
)  # fmt: skip
"""FunASR's signs; it has none for breath and sing."""


def emoji_of(name: str) -> str:
    """The sign of an emotion or event by our name for it; empty where there is none (neutral, speech, tones)."""
    return EMOTIONS.get(name) or EVENTS.get(name, "")


def decorate(text: str, emotion: str, events: Iterable[str]) -> str:
    """A text as FunASR shows it: events before it, each sign once, and the emotion after it."""
    signs = dict.fromkeys(emoji_of(event) for event in events)
    return f"{''.join(signs)}{text}{emoji_of(emotion)}"
