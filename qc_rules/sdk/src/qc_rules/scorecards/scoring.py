"""A call on a scorecard: which items passed and failed, what could not be told, and what that makes of 100."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from qc_rules.call import Call
from qc_rules.kleene import Truth
from qc_rules.outcome import Outcome
from qc_rules.scorecards.card import FULL, Item, Scorecard, Section

ItemOutcome = Literal["passed", "failed", "unknown", "not_applicable"]
DECIMALS = 4
"""Of scores and shares: more would show how floats add."""


@dataclass(frozen=True)
class SectionResult:
    """A section's score on a call."""

    name: str
    """In English where the card has that, else in its first language."""
    score: float | None
    """0..100; None where nothing of it could be scored."""
    coverage: float
    """Share, by points, of the items that apply that could be told; 0 where none applies."""


@dataclass(frozen=True)
class CardResult:
    """A call's score on one version of a card."""

    card: str
    version: int
    score: float | None
    """0..100; None where nothing could be scored, or less than the card's `min_coverage`."""
    passed: Truth
    """Is the score at least the card's mark, and nothing critical failed? None without a score, and where a critical
    item that is left out as unknown decides it."""
    coverage: float
    """Share, by weight, of the items that apply whose outcome is known, whatever an unknown one counts as; 0 where
    none applies."""
    sections: tuple[SectionResult, ...] = ()
    critical_failures: tuple[str, ...] = ()
    """Rules of critical items that failed for certain."""
    rules_passed: tuple[str, ...] = ()
    rules_failed: tuple[str, ...] = ()
    rules_unknown: tuple[str, ...] = ()
    """Also those that an unknown outcome's policy counted as passed or failed."""
    rules_not_applicable: tuple[str, ...] = ()
    """Not for calls like this one, or switched off."""
    reason: str | None = None
    """Why there is no score; None where there is one."""


@dataclass(frozen=True)
class _Judged:
    """An item with what became of it."""

    item: Item
    outcome: ItemOutcome

    @property
    def applies(self) -> bool:
        return self.outcome != "not_applicable"

    @property
    def known(self) -> bool:
        return self.outcome in ("passed", "failed")

    @property
    def share(self) -> float | None:
        """Of the item's points that it gets; None where it is left out."""
        if self.known:
            return float(self.outcome == "passed")
        if not self.applies or self.item.unknown == "exclude":
            return None
        return float(self.item.unknown == "pass")

    def fails(self, how: str) -> bool:
        """Did it fail for certain, with this consequence?"""
        return self.outcome == "failed" and self.item.critical == how


def score_call(card: Scorecard, outcomes: Iterable[Outcome], call: Call) -> CardResult | None:
    """A call's score; None where the card is not for calls like this one.

    A rule without an outcome (switched off, or not for this call) is left out, and the other weights are scaled up to
    fill its place: those of a section's items among themselves, and a section's where it has no item left.
    """
    applies, reason = card.applies(call)
    if applies is False:
        return None
    if applies is None:
        return CardResult(card.id, card.version, None, None, 0.0, reason=reason)
    by_rule = {outcome.rule: outcome for outcome in outcomes}
    return _scored(card, [(section, _judged(section, by_rule)) for section in card.sections])


def _judged(section: Section, outcomes: Mapping[str, Outcome]) -> list[_Judged]:
    return [_Judged(item, _item_outcome(item, outcomes.get(item.rule))) for item in section.items]


def _item_outcome(item: Item, outcome: Outcome | None) -> ItemOutcome:
    if outcome is None or not outcome.applies:
        return "not_applicable"
    if outcome.result in ("unknown", "crash"):
        return "unknown"
    return "passed" if outcome.result == item.passes_on else "failed"


def _scored(card: Scorecard, judged: list[tuple[Section, list[_Judged]]]) -> CardResult:
    sections = [_section(section, items) for section, items in judged]
    every = [one for _, items in judged for one in items]
    coverage = _coverage(judged)
    score = _mean((s.weight, result.score) for (s, _), result in zip(judged, sections, strict=True))
    failed = any(one.fails("fail") for one in every)
    lack = "" if failed else _lack(card, coverage, every)
    if failed or lack:
        score = 0.0 if failed else None
    return CardResult(
        card=card.id,
        version=card.version,
        score=_rounded(score),
        passed=False if failed else _passed(card, score, every),
        coverage=round(coverage, DECIMALS),
        sections=tuple(sections),
        critical_failures=tuple(one.item.rule for one in every if one.outcome == "failed" and one.item.critical),
        rules_passed=_rules(every, "passed"),
        rules_failed=_rules(every, "failed"),
        rules_unknown=_rules(every, "unknown"),
        rules_not_applicable=_rules(every, "not_applicable"),
        reason=lack or None,
    )


def _lack(card: Scorecard, coverage: float, items: list[_Judged]) -> str:
    """Why the call has no score; empty where it has one."""
    if not any(one.applies and one.item.points for one in items):
        return "no rule with points on it is for this call"
    if coverage == 0:
        return "nothing of it could be told"
    if coverage < card.min_coverage:
        return f"{coverage:.0%} of it could be told, less than {card.min_coverage:.0%}"
    return ""


def _section(section: Section, items: list[_Judged]) -> SectionResult:
    score = _mean((one.item.points, None if one.share is None else FULL * one.share) for one in items)
    if any(one.fails("fail") or one.fails("fail_section") for one in items):
        score = 0.0
    return SectionResult(section.title(), _rounded(score), round(_told(items) or 0.0, DECIMALS))


def _told(items: list[_Judged]) -> float | None:
    """The share of the points that apply whose outcome is known; None where none applies."""
    return _mean((one.item.points, float(one.known) if one.applies else None) for one in items)


def _coverage(judged: list[tuple[Section, list[_Judged]]]) -> float:
    return _mean((section.weight, _told(items)) for section, items in judged) or 0.0


def _passed(card: Scorecard, score: float | None, items: list[_Judged]) -> Truth:
    if score is None:
        return None
    if round(score, DECIMALS) < card.pass_mark:
        return False
    open_ = {one.item.unknown for one in items if one.item.critical == "fail" and one.outcome == "unknown"}
    if "fail" in open_:
        return False
    return None if "exclude" in open_ else True


def _mean(weighed: Iterable[tuple[float, float | None]]) -> float | None:
    """Of the values that there are, by weight; None where their weights sum to 0."""
    there = [(weight, value) for weight, value in weighed if value is not None]
    total = sum(weight for weight, _ in there)
    return sum(weight * value for weight, value in there) / total if total else None


def _rules(items: list[_Judged], outcome: ItemOutcome) -> tuple[str, ...]:
    return tuple(one.item.rule for one in items if one.outcome == outcome)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, DECIMALS)
