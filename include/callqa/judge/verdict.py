"""Rules over one call: outcomes, findings, score and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import qc_rules
from callqa.contracts import Evidence, Finding

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

    def columns(self) -> dict[str, Any]:
        """The columns of `contracts.Call` that follow from the outcomes."""
        hit = self._rules("hit")
        return {
            "status": "invalid" if self.invalid else "analysed",
            "score": None if self.invalid else max(0.0, FULL_SCORE + sum(rule.score for rule in hit)),
            "flags": sorted({flag for rule in hit for flag in rule.flags}),
            "rules_hit": [rule.id for rule in hit],
            "rules_unknown": [rule.id for rule in self._rules("unknown")],
            "rules_crashed": [rule.id for rule in self._rules("crash")],
            "rules_clear": len(self._rules("clear")),
            "rule_packs": list(self.packs),
        }

    def findings(self, call_date: date, call_id: str, asr_model: str) -> list[Finding]:
        """A row for every outcome but `clear`, by rule id."""
        return [
            _finding(active, outcome, call_date=call_date, call_id=call_id, asr_model=asr_model)
            for active, outcome in self.judged
            if outcome.result != "clear"
        ]

    def _rules(self, result: str) -> list[qc_rules.Rule]:
        return [active.rule for active, outcome in self.judged if outcome.result == result]


def judge_call(call: qc_rules.Call, rules: Sequence[qc_rules.ActiveRule]) -> Verdict:
    """Rules that may call it invalid first; where none does, all the others too."""
    packs = tuple(sorted({f"{active.pack.name} {active.pack.version}" for active in rules}))
    first = _judge(call, [active for active in rules if INVALID in active.rule.flags])
    hit = tuple(judged for judged in first if judged[1].result == "hit")
    if hit:
        return Verdict(True, hit, packs)
    others = _judge(call, [active for active in rules if INVALID not in active.rule.flags])
    return Verdict(False, tuple(sorted((*first, *others), key=lambda judged: judged[1].rule)), packs)


def _judge(call: qc_rules.Call, rules: Sequence[qc_rules.ActiveRule]) -> list[Judged]:
    outcomes = qc_rules.judge(call, [active.rule for active in rules])
    return list(zip(rules, outcomes, strict=True))


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
