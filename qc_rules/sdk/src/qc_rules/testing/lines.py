"""Turns and events as short lines: `customer@12-15 angry: 我要投诉`, `bgm@10-40`.

A turn's head is who speaks, then, in any order: when (`@12-15`, `@12`), an emotion, a language, event tags
(`+laughter`), `announcement`, `interrupts`. An event is its class, when, and whose channel it is heard on:
`cough@12-12.5 agent`.
"""

from __future__ import annotations

import re
from typing import Any

from qc_rules.testing.errors import CaseError
from qc_rules.vocabulary import EMOTIONS, ROLES, did_you_mean

LANGUAGES = ("zh", "yue", "en", "ja", "ko")
SWITCHES = ("announcement", "interrupts")
_TIME = r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?"
_TURN_REMEDY = "write `agent: 您好` or `customer@12-15 angry: 我要投诉`"
_EVENT_REMEDY = "write `bgm@10-40`, or `cough@12-12.5 agent` for the agent's channel"


def turn_of_line(line: str, place: str) -> dict[str, Any]:
    """A turn's fields of `agent happy: 您好`; a full-width colon will do.

    Raises:
        CaseError: it is no such line; `place` says where it stands.
    """
    head, *said = re.split("[:：]", line, maxsplit=1)
    if not said:
        raise CaseError(f"{place}: {line!r} does not say who speaks", remedy=_TURN_REMEDY)
    return {**turn_of_head(head.strip(), place), "text": said[0].strip()}


def turn_of_head(head: str, place: str) -> dict[str, Any]:
    """A turn's fields of what stands before the colon.

    Raises:
        CaseError: a word of it means nothing.
    """
    words = head.replace("+", " +").split()
    if not words:
        raise CaseError(f"{place}: nobody is named before the colon", remedy=_TURN_REMEDY)
    role, at, time = words[0].partition("@")
    if role not in ROLES:
        raise CaseError(f"{place}: nobody is called {role!r}{did_you_mean(role, ROLES)}", remedy=_TURN_REMEDY)
    fields: dict[str, Any] = {"role": role, **(_times(time, place, _TURN_REMEDY) if at else {})}
    for word in words[1:]:
        _add(fields, word, place)
    return fields


def event_of_line(line: str, place: str) -> dict[str, Any]:
    """An event's fields of `cough@12-12.5 agent`.

    Raises:
        CaseError: it is no such line.
    """
    words = line.split()
    class_, at, time = words[0].partition("@") if words else ("", "", "")
    if not class_ or not at or len(words) > 2:
        raise CaseError(f"{place}: {line!r} is no event", remedy=_EVENT_REMEDY)
    if words[1:] and words[1] not in ROLES:
        raise CaseError(
            f"{place}: {words[1]!r} is nobody's channel{did_you_mean(words[1], ROLES)}", remedy=_EVENT_REMEDY
        )
    return {"class": class_, **_times(time, place, _EVENT_REMEDY), **({"role": words[1]} if words[1:] else {})}


def _add(fields: dict[str, Any], word: str, place: str) -> None:
    if word.startswith("+"):
        fields["event_tags"] = [*fields.get("event_tags", []), word[1:]]
        return
    if word.startswith("@"):
        fields.update(_times(word[1:], place, _TURN_REMEDY))
        return
    for key, known in (("emotion", EMOTIONS), ("language", LANGUAGES)):
        if word in known:
            if key in fields:
                raise CaseError(f"{place}: {fields[key]} and {word} are two of one kind", remedy=_TURN_REMEDY)
            fields[key] = word
            return
    if word not in SWITCHES:
        near = did_you_mean(word, (*EMOTIONS, *LANGUAGES, *SWITCHES))
        raise CaseError(f"{place}: {word!r} says nothing of a turn{near}", remedy=_TURN_REMEDY)
    fields[word] = True


def _times(text: str, place: str, remedy: str) -> dict[str, float]:
    found = re.fullmatch(_TIME, text)
    if not found:
        raise CaseError(f"{place}: @{text} is no time: seconds from the start of the call", remedy=remedy)
    start, end = found.groups()
    return {"start": float(start), **({"end": float(end)} if end else {})}
