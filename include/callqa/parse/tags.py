"""SenseVoice's output read: `<|zh|><|ANGRY|><|Speech|><|withitn|>我要投诉。`, also several such groups in one text.

A tag is `<|`, letters, digits, `_` or `-`, and `|>`; everything else is text, a lone `<|` too. A language tag begins a
new group where the group before it has a language or text; an emotion tag does where it follows text and another
emotion; event tags belong to the group that they stand in. Tags may be missing, be in another order, or stand in the
middle of the text. A tag that nobody knows is counted and left out of the text; it stays in `text_raw`.

No character outside tags is ever lost. The text is stripped and in Unicode's form NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from callqa.contracts import tag_meaning
from callqa.parse.emoji import emoji_of

__all__ = ["Group", "Parsed", "emoji_of", "join", "parse", "reportable"]

TAG = re.compile(r"<\|([A-Za-z0-9_-]{1,40})\|>")
SPACELESS = re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U00020000-\U0003ffff]")
"""Characters of scripts that put no space between words (Chinese, Japanese and their punctuation; not Hangul)."""
WORD = re.compile(rf"{SPACELESS.pattern}(?<=\w)|(?:(?!{SPACELESS.pattern})\w)+")
"""A character of those scripts, or a run of letters and digits of the others."""
UNKNOWN = "unknown"
NO_EVENT = ("speech", "other")
"""What an event tag says when there is nothing to report: `Speech` and `Event_UNK`."""


@dataclass
class Group:
    """A stretch of text and the tags that hold for it; None where the tag is missing."""

    language: str | None = None
    emotion: str | None = None
    events: list[str] = field(default_factory=list)
    itn: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A text with its tags read."""

    text: str
    language: str
    """Of most of the text; `unknown` where no tag says."""
    emotion: str
    """Of most of the text; `unknown` where no tag says, or the tag is EMO_UNKNOWN."""
    events: list[str]
    """Every event heard, each once, in order; `speech` and `other` are none."""
    groups: list[Group]
    unknown: Counter[str]
    """Tags that nobody knows, by their name without brackets."""

    @property
    def has_words(self) -> bool:
        """Whether there is a letter or a digit: a model that hears only music often writes a lone full stop."""
        return any(character.isalnum() for character in self.text)


def parse(text_raw: str) -> Parsed:
    """The text, language, emotion and events of a model's output. It never fails, whatever the text."""
    groups, unknown = _split(text_raw)
    return Parsed(
        text=unicodedata.normalize("NFC", join([group.text for group in groups])).strip(),
        language=_majority((group.language, group.text) for group in groups),
        emotion=_majority((group.emotion, group.text) for group in groups),
        events=reportable(event for group in groups for event in group.events),
        groups=groups,
        unknown=unknown,
    )


def reportable(events: Iterable[str]) -> list[str]:
    """The events that are one, each once, in order."""
    return [event for event in dict.fromkeys(events) if event not in NO_EVENT]


def join(texts: Sequence[str]) -> str:
    """Texts one after the other; a space between two where both sides are of scripts that separate words by spaces."""
    joined = ""
    for text in texts:
        joined += _separator(joined, text) + text
    return joined


def _separator(left: str, right: str) -> str:
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return ""
    return "" if SPACELESS.match(left[-1]) or SPACELESS.match(right[0]) else " "


def _split(text_raw: str) -> tuple[list[Group], Counter[str]]:
    groups, unknown = [Group()], Counter[str]()
    for index, piece in enumerate(TAG.split(text_raw)):
        if index % 2 == 0:  # re.split: text and tag names alternate
            groups[-1].text += piece
        elif (meaning := tag_meaning(piece)) is None:
            unknown[piece] += 1
        else:
            _apply(groups, *meaning)
    return groups, unknown


def _apply(groups: list[Group], kind: str, name: str) -> None:
    if _begins_group(groups[-1], kind):
        groups.append(Group(language=groups[-1].language))
    group = groups[-1]
    if kind == "event":
        group.events.append(name)
    elif kind == "language":
        group.language = name
    elif kind == "emotion":
        group.emotion = name
    else:
        group.itn = name


def _begins_group(group: Group, kind: str) -> bool:
    has_text = bool(group.text.strip())
    if kind == "language":
        return has_text or group.language is not None
    return kind == "emotion" and has_text and group.emotion is not None


def _majority(votes: Iterable[tuple[str | None, str]]) -> str:
    """The name with most words of text; without any text the first; `unknown` where there is no name."""
    weights: dict[str, int] = {}
    for name, text in votes:
        if name is not None:
            weights[name] = weights.get(name, 0) + len(WORD.findall(text))
    return max(weights, key=lambda name: weights[name]) if weights else UNKNOWN
