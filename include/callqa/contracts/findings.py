"""What rules found in a call: the table `findings`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where a finding can be heard. For something that never happened: no turn, the whole call."""

    turn: int | None
    start: float
    end: float
    text: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule's outcome on a call, where it is not `clear`."""

    call_date: date
    call_id: str
    rule: str
    rule_version: int
    pack: str
    pack_version: str
    outcome: str
    severity: str
    score: float
    evidence: list[Evidence] = field(default_factory=list)
    message: str
    reason: str | None = None
    """Why the outcome is `unknown`, or the error of a `crash`."""
    asr_model: str
