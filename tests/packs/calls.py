"""Calls made by hand: `turns("agent happy 您好", ...)`, two seconds each, one after the other."""

from __future__ import annotations

from qc_rules import Call, Event, Outcome, Rule, Turn, judge

CHANNELS = {"agent": 0, "customer": 1, "unknown": 0}


def turns(*lines: str) -> tuple[Turn, ...]:
    """Each line is `<role> <emotion>[+<event>] <text>`; turn n lies from 3n to 3n + 2 seconds."""
    return tuple(_turn(number, *line.split(" ", 2)) for number, line in enumerate(lines))


def _turn(number: int, role: str, feeling: str, text: str = "") -> Turn:
    emotion, _, tag = feeling.partition("+")
    return Turn(
        turn=number, start=3.0 * number, end=3.0 * number + 2, text=text, role=role, emotion=emotion,
        event_tags=(tag,) if tag else (), channel=CHANNELS[role],
    )  # fmt: skip


def call(*lines: str, events: tuple[Event, ...] = (), duration: float | None = None, **more: object) -> Call:
    said = turns(*lines)
    return Call(call_id="c", duration=duration or 3.0 * len(said), turns=said, events=events, **more)


def outcome(rule: Rule, subject: Call) -> Outcome:
    [only] = judge(subject, [rule])
    return only
