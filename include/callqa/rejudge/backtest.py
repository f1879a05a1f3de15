"""What is tried on the archive: a rule's versions, their answers against the reviewers', all of it as plain values.

For the commands (`callqa rules backtest`, `diff`) and for the console's comparison alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import qc_rules
from callqa import rules, warehouse
from callqa.errors import UsageError
from callqa.rejudge import reviewed, trial
from callqa.rules import Installed
from callqa.settings import LakeSettings


def configured(kind: type[qc_rules.Rule], values: Mapping[str, Any]) -> qc_rules.Rule:
    """The rule with these values of its options.

    Raises:
        UsageError: an option is none of its, or has no value that it takes.
        RulePackError: the rule cannot be made.
    """
    from qc_rules.options import configure

    try:
        with rules.pack_errors():
            return configure(kind, values)
    except (ValueError, TypeError) as error:
        raise UsageError(f"rule {kind.id}: {error}", remedy=f"`callqa rules explain {kind.id}` lists them") from error


def packs_of(lake: LakeSettings, there: Installed, rule: str, first: dt.date, last: dt.date) -> frozenset[str]:
    """The packs that a rule comes from, now and where it was published."""
    sql = "select distinct pack from findings where rule = ? and call_date between ? and ?"
    names = {str(pack) for (pack,) in warehouse.query(lake, sql, [rule, first, last])[1]}
    installed = {there.rules[rule].pack.name} if rule in there.rules else set()
    return frozenset(names | installed)


def figures(comparison: trial.Comparison, reviews: list[reviewed.Reviewed]) -> list[dict[str, Any]]:
    """Precision and recall of the old version and of the new one; `comparison` was asked for the reviewed calls."""
    return [
        reviewed.figures(
            reviews,
            {key: pair[side] for key, pair in comparison.answers.items()},
            comparison.counts(side).get("hit", 0),
        )
        for side in (0, 1)
    ]


def plain(comparison: trial.Comparison) -> dict[str, Any]:
    """All of a comparison as JSON has it."""
    return {
        "rule": comparison.rule,
        "old": _side(comparison.old, comparison.calls),
        "new": _side(comparison.new, comparison.calls),
        "calls": comparison.calls,
        "days": [str(day) for day in comparison.days],
        "skipped": {str(day): reason for day, reason in sorted(comparison.skipped.items())},
        "outcomes": [
            {"old": old, "new": new, "calls": count} for (old, new), count in sorted(comparison.outcomes.items())
        ],
        "other_evidence": comparison.other_evidence,
        "changed": comparison.changed,
    }


def _side(side: trial.Side, calls: int) -> dict[str, Any]:
    per_second = calls / side.seconds if side.seconds else None
    return {"name": side.name, "version": side.version, "seconds": side.seconds, "calls_per_second": per_second}
