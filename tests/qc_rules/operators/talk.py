"""Calls in a line or two, and what a condition answers on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qc_rules import Call, Event, Turn
from qc_rules.conditions import Answer, Condition, Scope
from qc_rules.conditions.condition import WHOLE_CALL
from qc_rules.matching import Scanner
from qc_rules.operators import Operator

ROLES = {"a": "agent", "c": "customer", "?": "unknown"}
CHANNELS = {"a": 0, "c": 1, "?": 0}
SPEAKERS = {"a": "ch0", "c": "ch1", "?": ""}
VERDICTS = {True: "hit", False: "clear", None: "unknown"}


def turn(who: str, start: float, end: float, text: str = "some words", /, **values: Any) -> Turn:
    """A turn of the agent (a), the customer (c) or nobody knows whom (?)."""
    given = {"emotion": "neutral", "language": "zh", "loudness": -25.0, "speaker": SPEAKERS[who], **values}
    return Turn(turn=0, start=start, end=end, text=text, role=ROLES[who], **{"channel": CHANNELS[who], **given})


def event(class_: str, start: float, end: float, who: str = "a", **values: Any) -> Event:
    return Event(class_=class_, start=start, end=end, role=ROLES[who], **{"channel": CHANNELS[who], **values})


def call(*parts: Turn | Event, duration: float = 60.0, **values: Any) -> Call:
    """Turns, numbered in the order given, and events."""
    turns = [part for part in parts if isinstance(part, Turn)]
    numbered = tuple(replace(one, turn=number) for number, one in enumerate(turns))
    events = tuple(part for part in parts if isinstance(part, Event))
    return Call(call_id="c", duration=duration, turns=numbered, events=events, **values)


def moods(text: str, **values: Any) -> Call:
    """`a:happy c:angry a:?`: turns of two seconds, one a second after the other, with these emotions."""
    parts = [piece.split(":") for piece in text.split()]
    turns = [
        turn(who, 3 * at, 3 * at + 2, emotion={"?": "unknown"}.get(mood, mood)) for at, (who, mood) in enumerate(parts)
    ]
    return call(*turns, **values)


def answer(operator: Operator, on: Call, scope: Scope = WHOLE_CALL) -> Answer:
    """What a condition of this operator says, after checking that an answer is one."""
    words = Scanner(operator.words()).scan(on)
    found = Condition("c", operator, scope).answer(on, words, lambda name: Answer(False))
    assert bool(found.reason) == (found.truth is None), found
    assert found.matches == tuple(sorted(found.matches, key=lambda match: match.start)), found
    if found.truth is False:
        return found
    needs = operator.needs()
    assert needs is None or found.truth is None or any(words.any(one) for one in needs), found
    return found


def verdict(operator: Operator, on: Call, scope: Scope = WHOLE_CALL) -> str:
    """hit, clear or unknown."""
    return VERDICTS[answer(operator, on, scope).truth]


AGENT = Scope(role="agent")
CUSTOMER = Scope(role="customer")
READABLE = Scope(min_confidence=0.5)
