"""What scorecards give a call: the column `scorecards` of `calls`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SectionScore:
    """A section of a scorecard, on one call."""

    name: str
    score: float | None
    """0..100; None where nothing of it could be scored."""
    coverage: float
    """Share, by points, of what applies that could be told."""


@dataclass(frozen=True, kw_only=True)
class CardScore:
    """One version of a scorecard, on one call."""

    card: str
    version: int
    score: float | None
    """0..100; None where nothing, or too little, could be told."""
    passed: bool | None
    """None where it cannot be told."""
    coverage: float
    """Share, by weight, of what applies that could be told."""
    sections: list[SectionScore] = field(default_factory=list)
    critical_failures: list[str] = field(default_factory=list)
    """Rules that fail the section or the card outright, and did."""
    rules_passed: list[str] = field(default_factory=list)
    rules_failed: list[str] = field(default_factory=list)
    rules_unknown: list[str] = field(default_factory=list)
    rules_not_applicable: list[str] = field(default_factory=list)
    reason: str | None = None
    """Why there is no score."""
