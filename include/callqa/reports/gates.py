"""What the data-quality gate said of each day, and who let it through."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from callqa.reports.data import Row
from callqa.reports.subject import Subject


def of(subject: Subject) -> list[Row]:
    """A row a published day: `verdict` (passed, warned, approved, unknown), checks by result, those that failed."""
    sql = """
        select "check", severity, result, sentence from gate_results
        where call_date = ? and gate_result_id = ? order by position
    """
    found = []
    for publication in subject.data.publications(subject.days):
        checks = subject.data.rows(sql, [publication.call_date, publication.gate_result_id])
        failed = [one for one in checks if one["result"] == "failed"]
        by_hand = publication.origin is None and publication.approved_by
        blocked = any(one["severity"] == "blocking" for one in failed)
        verdict = "approved" if by_hand or blocked else "warned" if failed else "passed"
        found.append(
            {
                "day": publication.call_date,
                "publication": publication,
                "verdict": verdict if checks else "unknown",
                "passed": sum(one["result"] == "passed" for one in checks),
                "no_history": sum(one["result"] == "no history" for one in checks),
                "failed": [{**one, "zh": sentences().get(one["check"], one["sentence"])} for one in failed],
            }
        )
    return found


@functools.cache
def sentences() -> Mapping[str, str]:
    """What each of the gate's checks protects, in Chinese: the table of results has it in English."""
    from callqa.gate import expectations
    from callqa.settings import GateSettings

    return {check.id: check.zh for check in expectations.checks(GateSettings(), "2026-01-05")}
