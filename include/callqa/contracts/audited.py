"""What the data-quality gate measured of a day and what its checks found: history and the table `gate_results`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number that says what a day is like, see `callqa.profile`."""

    call_date: date
    measure: str
    part: str
    """Of a mix the language, emotion, rule or pack; empty for one number a day."""
    value: float
    count: int
    """Calls that it is measured on."""
    rule_version: int | None = None
    pack: str | None = None
    """`name version`, of hit rates and packs."""


@dataclass(frozen=True, kw_only=True)
class GateSample:
    """A row at which a check of the gate found fault; what was said is never in it."""

    call_id: str | None
    turn: int | None
    value: str | None


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What a check of the data-quality gate found; `publications.gate_result_id` names the rows of a publication."""

    call_date: date
    gate_result_id: str
    position: int
    """0-based, in the gate's order."""
    check: str
    table: str
    """Whose rows are at fault; `day` for facts about the whole day, `history` for comparisons with published days."""
    severity: str
    """`blocking` or `warning`."""
    result: str
    """One of GATE_RESULTS."""
    observed: float | None
    """The fact, or how many rows (of a comparison with history: parts) are at fault."""
    rows: int | None
    """That were looked at; None for facts."""
    low: float | None
    high: float | None
    """Between which `observed` may lie; None: no bound."""
    sentence: str
    """What the check protects."""
    note: str | None = None
    samples: list[GateSample] = field(default_factory=list)


GATE_RESULTS = ("passed", "failed", "no history", "nothing to check")
