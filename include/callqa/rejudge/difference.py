"""What judging again changes: by rule and by call, as counts and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callqa.contracts import Call, Finding

LISTED = 1_000
"""Changed calls that a day's difference shows; the counts are of all."""
KINDS = (
    "new_hits",
    "gone_hits",
    "changed_evidence",
    "new_unknown",
    "gone_unknown",
    "new_crash",
    "gone_crash",
)
"""What can become of a rule's outcome on a call. `changed_evidence`: a hit before and after, with other evidence or
another message. One call may count twice for a rule: a hit that becomes unknown is gone and new."""
COLUMNS = ("status", "score", "flags", "scorecards")
"""The columns of a call whose change is reported one by one."""

_NOUNS = {"hit": "hits", "unknown": "unknown", "crash": "crash"}

Findings = Mapping[str, Finding]


def of_call(before: Call, old: Sequence[Finding], after: Call, new: Sequence[Finding]) -> dict[str, Any] | None:
    """What changes for one call; None where its row and its findings stay exactly as they are."""
    if before == after and list(old) == list(new):
        return None
    was, now = {f.rule: f for f in old}, {f.rule: f for f in new}
    rules = {rule: kinds for rule in sorted({*was, *now}) if (kinds := _kinds(rule, was, now))}
    columns = {
        name: {"before": _value(before, name), "after": _value(after, name)}
        for name in COLUMNS
        if getattr(before, name) != getattr(after, name)
    }
    return {
        "call_id": after.call_id,
        "rules": rules,
        "columns": columns,
        "findings": {rule: {"before": _shown(was.get(rule)), "after": _shown(now.get(rule))} for rule in rules},
    }


def _value(row: Call, name: str) -> Any:
    """Of the scorecards the scores, by card and version."""
    value = getattr(row, name)
    return {f"{card.card} {card.version}": card.score for card in value} if name == "scorecards" else value


def _kinds(rule: str, was: Findings, now: Findings) -> list[str]:
    before, after = was.get(rule), now.get(rule)
    old = before.outcome if before else "clear"
    new = after.outcome if after else "clear"
    if old == new == "hit" and before and after:
        same = before.evidence == after.evidence and before.message == after.message
        return [] if same else ["changed_evidence"]
    if old == new:
        return []
    gone = [f"gone_{_NOUNS[old]}"] if old in _NOUNS else []
    return gone + ([f"new_{_NOUNS[new]}"] if new in _NOUNS else [])


def _shown(finding: Finding | None) -> dict[str, Any] | None:
    """A finding for a reader of the difference: what and where, not the whole row."""
    if finding is None:
        return None
    evidence = [vars(piece) for piece in finding.evidence]
    return {
        "outcome": finding.outcome,
        "version": finding.rule_version,
        "message": finding.message,
        "reason": finding.reason,
        "evidence": evidence,
    }


def of_shard(calls: int, changes: Iterable[dict[str, Any] | None]) -> dict[str, Any]:
    """The changes of so many calls together; None stands for a call that did not change."""
    changed = [change for change in changes if change]
    rules: dict[str, dict[str, int]] = {}
    for change in changed:
        for rule, kinds in change["rules"].items():
            counts = rules.setdefault(rule, dict.fromkeys(KINDS, 0))
            for kind in kinds:
                counts[kind] += 1
    shown = [change for change in changed if change["rules"] or change["columns"]]
    return {
        "calls": calls,
        "changed_calls": len(shown),
        "rewritten_calls": len(changed) - len(shown),
        "columns": {name: sum(name in change["columns"] for change in changed) for name in COLUMNS},
        "rules": dict(sorted(rules.items())),
        "listed": shown[:LISTED],
    }


def together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The differences of shards, or of days, as one."""
    rules: dict[str, dict[str, int]] = {}
    for part in parts:
        for rule, counts in part["rules"].items():
            sums = rules.setdefault(rule, dict.fromkeys(KINDS, 0))
            for kind, count in counts.items():
                sums[kind] += count
    return {
        **{name: sum(part[name] for part in parts) for name in ("calls", "changed_calls", "rewritten_calls")},
        "columns": {name: sum(part["columns"][name] for part in parts) for name in COLUMNS},
        "rules": dict(sorted(rules.items())),
        "listed": [change for part in parts for change in part.get("listed", ())][:LISTED],
    }


def nothing(difference: Mapping[str, Any]) -> bool:
    """Whether no row would change."""
    return not (difference["changed_calls"] or difference["rewritten_calls"])
