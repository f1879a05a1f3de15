"""The published outcomes of the rules that are not run again, as the engine would have given them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import qc_rules
from callqa.contracts import Call, Finding
from callqa.judge.verdict import Judged
from callqa.rejudge.archive import Archived, packs_named
from callqa.rejudge.choice import Choice
from qc_rules.outcome import Result


def as_published(archived: Archived, rules: Sequence[qc_rules.ActiveRule], choice: Choice) -> list[Judged]:
    """What the rules that are not chosen said of a call.

    A published finding is an outcome; so is, of an analysed call, that an installed rule of a pack that judged it has
    none: the rule was clear, or not for calls like this one.
    """
    installed = {active.rule.id: active for active in rules}
    found = {f.rule: f for f in archived.findings if not choice.covers(f.rule, f.pack)}
    of_nobody = _flags_of_nobody(archived.row, installed)
    kept = [_of_finding(finding, installed.get(finding.rule), of_nobody) for finding in found.values()]
    if archived.row.status != "analysed":
        return kept
    judged_then = judging_packs(archived.row)
    silent = [
        active
        for active in rules
        if active.rule.id not in found
        and active.pack.name in judged_then
        and not choice.covers(active.rule.id, active.pack.name)
    ]
    return kept + [(active, _without_finding(active.rule, archived.row)) for active in silent]


def judging_packs(row: Call) -> set[str]:
    """Names of the packs whose rules judged a published call."""
    return set(packs_named(row.rule_packs))


def _without_finding(rule: qc_rules.Rule, row: Call) -> qc_rules.Outcome:
    return qc_rules.Outcome(rule.id, rule.version, "clear", applies=rule.id not in row.rules_not_applicable)


def _flags_of_nobody(row: Call, installed: Mapping[str, qc_rules.ActiveRule]) -> tuple[str, ...]:
    """The call's flags that no installed rule raised: those of rules that are no longer there."""
    explained = {flag for rule in row.rules_hit if rule in installed for flag in installed[rule].rule.flags}
    return tuple(flag for flag in row.flags if flag not in explained)


def _of_finding(finding: Finding, installed: qc_rules.ActiveRule | None, of_nobody: Sequence[str]) -> Judged:
    distribution = installed.pack.distribution if installed else finding.pack
    pack = qc_rules.Pack(finding.pack, distribution, finding.pack_version)
    outcome = qc_rules.Outcome(
        finding.rule,
        finding.rule_version,
        cast(Result, finding.outcome),
        message=finding.message,
        evidence=tuple(qc_rules.Evidence(**vars(piece)) for piece in finding.evidence),
        reason=finding.reason,
    )
    flags = installed.rule.flags if installed else of_nobody
    return qc_rules.ActiveRule(_published_rule(finding, flags), pack), outcome


def _published_rule(finding: Finding, flags: Sequence[str]) -> qc_rules.Rule:
    """A rule that says of itself what its finding says: its version, severity and score of then."""
    declared = {
        "__doc__": "A rule as it was when its finding was published.",
        "id": finding.rule,
        "version": finding.rule_version,
        "severity": finding.severity,
        "score": finding.score,
        "flags": tuple(flags),
    }
    return cast(qc_rules.Rule, type("PublishedRule", (qc_rules.Rule,), declared)())
