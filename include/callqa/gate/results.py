"""The gate's result as rows of `contracts.GateResult`, for the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from callqa.contracts import GateResult, GateSample


def rows(result: Mapping[str, Any]) -> Iterator[GateResult]:
    """One row a check, in the result's order."""
    for position, check in enumerate(result["checks"]):
        observed, counted = check["observed"], isinstance(check["observed"], dict)
        threshold = {"min_value": 0, "max_value": 0} if counted else check["threshold"]
        yield GateResult(
            call_date=date.fromisoformat(result["day"]),
            gate_result_id=result["id"],
            position=position,
            check=check["id"],
            table=check["table"],
            severity=check["severity"],
            result=check["result"],
            observed=_number(observed["wrong"] if counted else observed),
            rows=observed["rows"] if counted else None,
            low=_number(threshold.get("min_value")),
            high=_number(threshold.get("max_value")),
            sentence=check["sentence"],
            note=check.get("note"),
            samples=[GateSample(**{**sample, "value": _text(sample["value"])}) for sample in check["samples"]],
        )


def _number(value: Any) -> float | None:
    """None also for what is not a number: the result says `failed` of it."""
    return float(value) if isinstance(value, (int, float)) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
