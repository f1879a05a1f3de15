"""Calls written by hand: as short lines, as mappings, or both.

A turn begins one second after the one before it ends and lasts two seconds, unless its times are given; an event
without an end lasts half a second; the call ends with its last turn or event, unless its duration is given. The agent
speaks on channel 0, the customer on channel 1.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qc_rules.call import Call, Entity, Event, Turn
from qc_rules.testing.errors import CaseError
from qc_rules.testing.lines import event_of_line, turn_of_head, turn_of_line
from qc_rules.vocabulary import DETECTED_EVENTS, EMOTIONS, ROLES, did_you_mean

PAUSE, TURN_SECONDS, EVENT_SECONDS = 1.0, 2.0, 0.5
_CHANNELS = {"agent": 0, "customer": 1, "unknown": 0}
_TURN_KEYS = tuple(field.name for field in dataclasses.fields(Turn))
_EVENT_KEYS = tuple(field.name for field in dataclasses.fields(Event) if field.name != "class_")
_MADE_KEYS = ("turns", "events", "event_classes")
FACT_KEYS = tuple(field.name for field in dataclasses.fields(Call) if field.name not in _MADE_KEYS)
CALL_KEYS = ("events", "detects", "lacks", *FACT_KEYS)
"""What can be said of a call beside its turns. `detects`: event classes that an installed detector reports besides the
usual ones; `lacks`: usual ones that none reports."""
_NUMBERS = ("start", "end", "loudness", "confidence", "overlap_seconds", "emotion_score", "role_probability", "score",
            "duration", "tone_seconds", "speech_seconds", "sound_seconds", "roles_probability")  # fmt: skip
_COUNTS = ("turn", "channel", "channels")
_SWITCHES = ("announcement", "interrupts", "channels_swapped")
_TEXTS = ("text", "role", "emotion", "language", "speaker", "class", "detector", "call_id", "call_state", "roles_from")


def call(*lines: str | Mapping[str, Any], events: Iterable[str | Mapping[str, Any]] = (), **known: Any) -> Call:
    """A call of these turns: `call("agent: 您好", "customer angry: 我要投诉", metadata={"queue": "claims"})`.

    Raises:
        CaseError: a line is no turn, an event none, or a name of `known` is nothing that a call has.
    """
    return parse_call({"call": list(lines), "events": list(events), **known})


def parse_call(document: Any, place: str = "call") -> Call:
    """A call of a list of turns, or of a mapping with `call` (or `turns`) and CALL_KEYS, as YAML and JSON have it.

    Raises:
        CaseError: it does not make a call; `place` and the number of the turn say where.
    """
    if isinstance(document, list):
        document = {"call": document}
    if not isinstance(document, Mapping):
        raise CaseError(f"{place}: {document!r} is no call", remedy="give a list of turns, or a mapping with `call`")
    refuse_unknown(document, ("call", "turns", *CALL_KEYS), place)
    if "call" in document and "turns" in document:
        raise CaseError(f"{place}: it has both `call` and `turns`", remedy="write its turns under one of the two")
    said = _listed(document.get("call", document.get("turns")), f"{place}: call")
    turns = _turns(said, place)
    events = _events(_listed(document.get("events"), f"{place}: events"), place)
    facts = {key: _value(key, document[key], place) for key in FACT_KEYS if key in document}
    ends = [turn.end for turn in turns] + [event.end for event in events]
    facts.setdefault("duration", max(ends, default=0.0))
    return Call(
        **{"call_id": "case", "channels": 2, **facts},
        turns=turns,
        events=events,
        event_classes=_classes(document, place),
    )


def refuse_unknown(found: Iterable[Any], known: Sequence[str], place: str) -> None:
    """Every key must be one of the known.

    Raises:
        CaseError: one is not; with the nearest that is.
    """
    for key in found:
        if key not in known:
            raise CaseError(
                f"{place}: unknown key {key!r}{did_you_mean(str(key), known)}", remedy="correct the key or leave it out"
            )


def _listed(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise CaseError(f"{place}: {value!r} is not a list", remedy="write one line for each, after `- `")
    return list(value)


def _classes(document: Mapping[str, Any], place: str) -> frozenset[str]:
    more = _listed(document.get("detects"), f"{place}: detects")
    less = _listed(document.get("lacks"), f"{place}: lacks")
    for class_ in less:
        if class_ not in DETECTED_EVENTS:
            known = did_you_mean(str(class_), DETECTED_EVENTS)
            raise CaseError(f"{place}: lacks: {class_!r} is never detected{known}", remedy="leave it out")
    return (DETECTED_EVENTS | {str(class_) for class_ in more}) - {str(class_) for class_ in less}


def _turns(said: list[Any], place: str) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for number, item in enumerate(said):
        turns.append(_turn(number, item, turns[-1] if turns else None, f"{place}: turn {number}"))
    numbers = [turn.turn for turn in turns]
    if len(set(numbers)) < len(numbers):
        raise CaseError(f"{place}: two turns have one number", remedy="leave `turn` out: turns are counted from 0")
    return tuple(turns)


def _turn(number: int, item: Any, before: Turn | None, place: str) -> Turn:
    fields = _turn_fields(item, place)
    start = fields.setdefault("start", before.end + PAUSE if before else 0.0)
    fields.setdefault("end", start + TURN_SECONDS)
    _check_times(fields, place)
    if before and start < before.start:
        raise CaseError(
            f"{place}: it begins at {start:g} s, before the turn above it ({before.start:g} s)",
            remedy="write turns in the order in which they begin",
        )
    fields.setdefault("channel", _CHANNELS[fields.get("role", "unknown")])
    return Turn(**{"turn": number, **fields})


def _turn_fields(item: Any, place: str) -> dict[str, Any]:
    if isinstance(item, str):
        fields = turn_of_line(item, place)
    elif isinstance(item, Mapping):
        fields = _of_mapping(item, place)
    else:
        raise CaseError(f"{place}: {item!r} is no turn", remedy="write `agent: 您好`")
    fields = {key: _value(key, value, place) for key, value in fields.items()}
    if fields.get("role", "unknown") not in ROLES:
        raise CaseError(f"{place}: role {fields['role']!r}{did_you_mean(fields['role'], ROLES)}", remedy="correct it")
    if fields.get("emotion", "unknown") not in EMOTIONS:
        known = did_you_mean(fields["emotion"], EMOTIONS)
        raise CaseError(f"{place}: emotion {fields['emotion']!r}{known}", remedy="correct it")
    return fields


def _of_mapping(item: Mapping[Any, Any], place: str) -> dict[str, Any]:
    """`{customer angry: 我要投诉, confidence: 0.2}`, or `{role: customer, text: 我要投诉, …}`."""
    heads = [key for key in item if key not in _TURN_KEYS]
    fields = {key: value for key, value in item.items() if key in _TURN_KEYS}
    if not heads:
        return fields
    if len(heads) > 1 or not isinstance(heads[0], str) or "text" in fields:
        unknown = next((key for key in heads if str(key).partition(" ")[0].partition("@")[0] not in ROLES), heads[-1])
        raise CaseError(
            f"{place}: unknown key {unknown!r}{did_you_mean(str(unknown), _TURN_KEYS)}",
            remedy="one key is who speaks; the others say what else is known of the turn",
        )
    text = item[heads[0]]
    return {**turn_of_head(heads[0], place), "text": "" if text is None else text, **fields}


def _events(items: list[Any], place: str) -> tuple[Event, ...]:
    return tuple(
        sorted((_event(item, f"{place}: event {number}") for number, item in enumerate(items)), key=lambda e: e.start)
    )


def _event(item: Any, place: str) -> Event:
    fields = dict(item) if isinstance(item, Mapping) else event_of_line(str(item), place)
    refuse_unknown(fields, ("class", *_EVENT_KEYS), place)
    fields = {key: _value(key, value, place) for key, value in fields.items()}
    if "class" not in fields or "start" not in fields:
        raise CaseError(f"{place}: it needs a class and a start", remedy="write `bgm@10-40`")
    fields.setdefault("end", fields["start"] + EVENT_SECONDS)
    _check_times(fields, place)
    if fields.get("role", "unknown") not in ROLES:
        raise CaseError(f"{place}: role {fields['role']!r}{did_you_mean(fields['role'], ROLES)}", remedy="correct it")
    fields.setdefault("channel", _CHANNELS[fields.get("role", "unknown")])
    return Event(class_=fields.pop("class"), **fields)


def _check_times(fields: Mapping[str, Any], place: str) -> None:
    if fields["end"] < fields["start"]:
        raise CaseError(
            f"{place}: it ends at {fields['end']:g} s, before it begins ({fields['start']:g} s)",
            remedy="give both in seconds from the start of the call",
        )


def _value(key: str, value: Any, place: str) -> Any:
    """A field's value, of the type that it must have: YAML makes numbers and booleans of what was meant as words."""
    if key in _NUMBERS:
        return _number(key, value, place)
    if key in _COUNTS:
        return _kept(value, value is None or (type(value) is int and value >= 0), key, "a number from 0", place)
    if key in _SWITCHES:
        return _kept(value, value is None or isinstance(value, bool), key, "true or false", place)
    if key in _TEXTS:
        return _kept(value, value is None or isinstance(value, str), key, "text: put it in quotes", place)
    if key == "metadata":
        return _kept(value, isinstance(value, Mapping), key, "a mapping", place)
    items = _listed(value, f"{place}: {key}")
    if key == "event_tags":
        return tuple(_kept(item, isinstance(item, str), key, "a list of event classes", place) for item in items)
    return tuple(_entity(item, place) if key == "entities" else _span(item, place) for item in items)


def _number(key: str, value: Any, place: str) -> float | None:
    if value is None and key not in ("start", "end", "duration"):
        return None
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(_kept(value, fits and (value >= 0 or key == "loudness"), key, "a number from 0", place))


def _kept(value: Any, fits: bool, key: str, what: str, place: str) -> Any:
    if not fits:
        raise CaseError(f"{place}: {key} = {value!r} is not {what}", remedy="correct the value")
    return value


def _span(item: Any, place: str) -> tuple[float, float]:
    fits = isinstance(item, (list, tuple)) and len(item) == 2
    _kept(item, fits, "spoken", "a list of [start, end] in seconds", place)
    return float(_number("start", item[0], place) or 0), float(_number("end", item[1], place) or 0)


def _entity(item: Any, place: str) -> Entity:
    _kept(
        item, isinstance(item, Mapping) and set(item) == {"kind", "start", "end"}, "entities", "kind, start, end", place
    )
    for key in ("start", "end"):
        _kept(item[key], type(item[key]) is int and item[key] >= 0, key, "a character's number from 0", place)
    return Entity(str(item["kind"]), item["start"], item["end"])
