"""The gate's checks as OpenLineage has them: what was found, in numbers, and never a row at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openlineage.client.facet_v2 import data_quality_assertions_dataset, test_run

from callqa import arrow, contracts, storage
from callqa_airflow.lineage.datasets import made

SEVERITIES = {"blocking": "error", "warning": "warn"}
"""The gate's words → OpenLineage's."""
STATUSES = {"passed": "pass", "failed": "fail", "no history": "skip", "nothing to check": "skip"}


def of(gated: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All checks of the gate's result."""
    return list(storage.read_json(gated["result"])["checks"])


def tests(checks: Sequence[Mapping[str, Any]]) -> test_run.TestRunFacet:
    """All checks as a facet of the run."""
    return made(
        test_run.TestRunFacet,
        tests=[
            test_run.TestExecution(
                name=check["id"],
                status=STATUSES[check["result"]],
                severity=SEVERITIES[check["severity"]],
                type=check["id"].partition(".")[2],
                description=check["sentence"],
                **_numbers(check),
            )
            for check in checks
        ],
    )


def assertions(table: str, checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Those checks that are about a table's rows and had something to look at, as a facet of the table."""
    columns = arrow.schema_of(contracts.TABLES[table]).names
    found = [
        data_quality_assertions_dataset.Assertion(
            assertion=(name := check["id"].partition(".")[2]),
            success=check["success"],
            column=name if name in columns else None,
            severity=SEVERITIES[check["severity"]],
            name=check["id"],
            description=check["sentence"],
            **_numbers(check),
        )
        for check in checks
        if check["table"] == table and STATUSES[check["result"]] != "skip"
    ]
    facet = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet
    return {"dataQualityAssertions": made(facet, assertions=found)}


def _numbers(check: Mapping[str, Any]) -> dict[str, Any]:
    """What was found and what is asked for, where these are numbers."""
    observed = check["observed"]
    if isinstance(observed, dict):
        return {"actual": str(observed["wrong"]), "expected": "0"}
    low, high = (check["threshold"].get(name) for name in ("min_value", "max_value"))
    bounds = [f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    actual = f"{observed:.6g}" if isinstance(observed, int | float) else None
    return {"actual": actual, "expected": ", ".join(bounds) or None}
