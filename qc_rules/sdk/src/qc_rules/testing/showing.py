"""A call and an outcome as a person reads them, for failing cases and the command line."""

from __future__ import annotations

from collections.abc import Iterator

from qc_rules.call import Call, Event, Turn
from qc_rules.outcome import Evidence, Outcome


def shown_call(call: Call) -> list[str]:
    """What was said and heard, one line each, with turn numbers."""
    return list(_call_lines(call))


def shown_outcome(outcome: Outcome) -> list[str]:
    """The outcome with its reason or message, and its evidence, one line each."""
    result = outcome.result if outcome.applies else "not_applicable"
    why = outcome.reason or outcome.message
    first = f"  outcome: {result}: {why}" if why else f"  outcome: {result}"
    return [first, *(f"    {_piece(piece)}" for piece in outcome.evidence)]


def _call_lines(call: Call) -> Iterator[str]:
    yield f"  said, in {call.duration:g} s:" if call.turns else f"  nothing is said in {call.duration:g} s"
    for turn in call.turns:
        yield f"    {turn.turn}: {_turn(turn)}"
    if call.events:
        yield f"  heard: {', '.join(_event(event) for event in call.events)}"
    if call.metadata:
        yield f"  known: {', '.join(f'{name} = {value!r}' for name, value in call.metadata.items())}"


def _turn(turn: Turn) -> str:
    """As it is written in a case."""
    words = [f"{turn.role}@{turn.start:g}-{turn.end:g}"]
    words += [value for value in (turn.emotion, turn.language) if value != "unknown"]
    words += [f"+{tag}" for tag in turn.event_tags]
    words += [name for name in ("announcement", "interrupts") if getattr(turn, name)]
    confidence = "" if turn.confidence == 1 else f"  (confidence {turn.confidence:g})"
    return f"{' '.join(words)}: {turn.text}{confidence}"


def _event(event: Event) -> str:
    role = "" if event.role == "unknown" else f" {event.role}"
    return f"{event.class_}@{event.start:g}-{event.end:g}{role}"


def _piece(piece: Evidence) -> str:
    where = "call" if piece.turn is None else f"turn {piece.turn}"
    text = f" {piece.text!r}" if piece.text else ""
    condition = f" ({piece.condition})" if piece.condition else ""
    return f"{where}, {piece.start:g}-{piece.end:g} s:{text}{condition}"
