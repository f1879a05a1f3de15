"""Rules over one call: outcomes, findings, scores and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import qc_rules
from callqa.contracts import RESULTS, CardScore, Evidence, Finding
from callqa.judge.scores import scored
from qc_rules.engine import LIMIT_SECONDS
from qc_rules.scorecards import Scorecard

INVALID = "invalid"
"""The flag of the rules that judge first: a call that one of them hits is judged by no other and not scored."""
FULL_SCORE = 100.0

Judged = tuple[qc_rules.ActiveRule, qc_rules.Outcome]


@dataclass(frozen=True)
class Verdict:
    """How a call was judged. Of an invalid call: by the rules that say so only."""

    invalid: bool
    judged: tuple[Judged, ...]
    """By rule id."""
    packs: tuple[str, ...]
    """Of all active rules, also of those that an invalid call spared: the gate wants one set in a day."""
    scorecards: tuple[CardScore, ...] = ()
    """By card id; see `on_cards`."""

    def on_cards(self, call: qc_rules.Call, cards: Sequence[Scorecard]) -> Verdict:
        """The same with the call's scores on the cards that are for it; an invalid call has none."""
        if self.invalid:
            return replace(self, scorecards=())
        return replace(self, scorecards=scored(call, [outcome for _, outcome in self.judged], cards))

    def columns(self) -> dict[str, Any]:
        """The columns of `contracts.Call` that follow from the outcomes."""
        hit = self._rules("hit")
        return {
            "status": "invalid" if self.invalid else "analysed",
            "score": None if self.invalid else max(0.0, FULL_SCORE + sum(rule.score for rule in hit)),
            "scorecards": list(self.scorecards),
            "flags": sorted({flag for rule in hit for flag in rule.flags}),
            "rules_hit": [rule.id for rule in hit],
            "rules_unknown": [rule.id for rule in self._rules("unknown")],
            "rules_crashed": [rule.id for rule in self._rules("crash")],
            "rules_clear": len(self._rules("clear")),
            "rules_not_applicable": [active.rule.id for active, outcome in self.judged if not outcome.applies],
            "rule_packs": list(self.packs),
        }

    def counts(self) -> dict[str, int]:
        """Number of hit, clear, unknown and crash; a rule that is not for the call counts as none of them."""
        return {result: len(self._rules(result)) for result in RESULTS}

    def findings(self, call_date: date, call_id: str, asr_model: str) -> list[Finding]:
        """A row for every outcome but `clear`, by rule id."""
        return [
            _finding(active, outcome, call_date=call_date, call_id=call_id, asr_model=asr_model)
            for active, outcome in self.judged
            if outcome.result != "clear"
        ]

    def _rules(self, result: str) -> list[qc_rules.Rule]:
        return [active.rule for active, outcome in self.judged if outcome.result == result and outcome.applies]


class Panel:
    """The rules and scorecards that judge calls, made ready once for all of them."""

    def __init__(
        self,
        rules: Sequence[qc_rules.ActiveRule],
        cards: Sequence[Scorecard] = (),
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self._first = Bench([active for active in rules if INVALID in active.rule.flags], limit_seconds)
        self._others = Bench([active for active in rules if INVALID not in active.rule.flags], limit_seconds)
        self._cards = tuple(cards)
        self._packs = tuple(sorted({f"{active.pack.name} {active.pack.version}" for active in rules}))

    def judge(self, call: qc_rules.Call) -> Verdict:
        """Rules that may call it invalid first; where none does, all the others too, and the scorecards."""
        first = self._first.judge(call)
        hit = tuple(judged for judged in first if judged[1].result == "hit")
        if hit:
            return Verdict(True, hit, self._packs)
        judged = sorted((*first, *self._others.judge(call)), key=lambda one: one[1].rule)
        return Verdict(False, tuple(judged), self._packs).on_cards(call, self._cards)


class Bench:
    """Rules that judge together, with what each comes from."""

    def __init__(self, rules: Sequence[qc_rules.ActiveRule], limit_seconds: float) -> None:
        self._rules = tuple(rules)
        self._ready = qc_rules.RuleSet(self._rules, limit_seconds)

    def judge(self, call: qc_rules.Call) -> tuple[Judged, ...]:
        """The outcome of every rule, in their order."""
        return tuple(zip(self._rules, self._ready.judge(call), strict=True))


def _finding(active: qc_rules.ActiveRule, outcome: qc_rules.Outcome, **call: Any) -> Finding:
    return Finding(
        **call,
        rule=outcome.rule,
        rule_version=outcome.rule_version,
        pack=active.pack.name,
        pack_version=active.pack.version,
        outcome=outcome.result,
        severity=active.rule.severity,
        score=float(active.rule.score) if outcome.result == "hit" else 0.0,
        evidence=[Evidence(**vars(piece)) for piece in outcome.evidence],
        message=outcome.message or active.rule.title(),
        reason=outcome.reason,
    )
