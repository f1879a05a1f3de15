"""A day in numbers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from callqa import storage


def summary(
    run: dict[str, Any], exported: dict[str, Any], gated: dict[str, Any], outcome: dict[str, Any]
) -> dict[str, Any]:
    """A day in numbers: recordings by status, rejections with reasons, calls hit by rule, gate and publication.

    `gate` is `passed`, `refused`, or `approved`: refused, and published all the same because a person said so.
    """
    calls = storage.read_table(exported["calls"], ["call_id", "file_name", "status", "reject_reason", "reject_detail"])
    hits = _hits(exported["findings"])
    statuses = calls["status"].to_pylist()
    by_status = {status: statuses.count(status) for status in ("analysed", "invalid", "rejected")}
    return {
        "day": run["day"],
        "recordings": calls.num_rows,
        **by_status,
        "findings": {rule: len(ids) for rule, ids in sorted(hits.items())},
        "gate": "passed" if gated["passed"] else "approved" if outcome["published"] else "refused",
        "published": bool(outcome["published"]),
        "rejections": [
            {
                "file": call["file_name"],
                "call_id": call["call_id"],
                "reason": call["reject_reason"],
                "detail": call["reject_detail"],
            }
            for call in calls.filter(pc.equal(calls["status"], pa.scalar("rejected"))).to_pylist()
        ],
        "hits": {rule: sorted(ids) for rule, ids in sorted(hits.items())},
        "gate_failures": {"blocking": gated["blocking"], "warnings": gated["warnings"]},
        "outcome": outcome,
        "run_id": run["run_id"],
        "run_dir": run["run_dir"],
    }


def _hits(findings: str) -> dict[str, set[str]]:
    """Calls hit, by rule. Column by column: whole rows of a day of a hundred thousand calls take gigabytes."""
    table = storage.read_table(findings, ["outcome", "rule", "call_id"])
    hit = table.filter(pc.equal(table["outcome"], pa.scalar("hit")))
    found: dict[str, set[str]] = {}
    for rule, call_id in zip(hit["rule"].to_pylist(), hit["call_id"].to_pylist(), strict=True):
        found.setdefault(str(rule), set()).add(str(call_id))
    return found
