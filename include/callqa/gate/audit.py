"""The checks run by Great Expectations, and its answers as plain JSON. The only module that imports it."""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from callqa import storage
from callqa.gate import frames as gate_frames
from callqa.gate.expectations import FINITE, Check, checks
from callqa.settings import GateSettings

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.datasource.fluent.interfaces import Batch

SAMPLES = 10
"""Offending rows that a check's result shows."""


def result(
    exported: Mapping[str, Any], manifest: str, digests: Mapping[str, str], settings: GateSettings
) -> dict[str, Any]:
    """Run every check over export's files; the JSON that `gate.run` describes."""
    frames = gate_frames.load({table: exported[table] for table in digests}, manifest, exported["outcomes"])
    with _quiet():
        batches = _batches(frames)
        answers = [
            _run(check, batches[check.table], frames[check.table]) for check in checks(settings, exported["day"])
        ]
    body = {
        "day": exported["day"],
        "passed": all(answer["success"] for answer in answers if answer["severity"] == "blocking"),
        "files": dict(digests),
        "counts": {name: len(frame) for name, frame in frames.items() if name != "day"},
        "outcomes": dict(exported["outcomes"]),
        "checks": answers,
    }
    return {"id": storage.digest_of(body), **body}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations imports modules that Python deprecates and logs every metric; neither is the operator's."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


def _batches(frames: Mapping[str, pd.DataFrame]) -> dict[str, Batch]:
    """The frames as Great Expectations sees them, in a context that keeps no files and tells nobody."""
    import great_expectations

    context = great_expectations.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("day")
    whole = {name: source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all") for name in frames}
    return {name: whole[name].get_batch({"dataframe": frame}) for name, frame in frames.items()}


def _run(check: Check, batch: Batch, frame: pd.DataFrame) -> dict[str, Any]:
    answer = {
        "id": check.id,
        "table": check.table,
        "severity": check.severity,
        "sentence": check.sentence,
        "threshold": _threshold(check),
    }
    try:
        validated = _validate(check, batch)
    except Exception as error:  # noqa: BLE001 - a check that cannot be run must refuse the day, whatever the reason
        return {**answer, **_failed(f"{type(error).__name__}: {error}")}
    raised = _exception(validated.exception_info)
    return {**answer, **(_failed(raised) if raised else _observed(check, validated, frame))}


def _validate(check: Check, batch: Batch) -> Any:
    import great_expectations.expectations as library

    expectation = getattr(library, check.expectation)(**check.arguments)
    keys = gate_frames.SAMPLE_KEYS[check.table]
    return batch.validate(
        expectation,
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": SAMPLES,
            **({"unexpected_index_column_names": keys} if keys else {}),
        },
    )


def _threshold(check: Check) -> dict[str, Any]:
    """What the expectation asks for, without the bound that only keeps out what is not a number."""
    return {k: v for k, v in check.arguments.items() if k not in ("column", "column_list") and v != FINITE}


def _exception(info: Any) -> str:
    """The first error in an expectation's answer: one record, or one a metric."""
    for record in (info, *info.values()) if isinstance(info, dict) else ():
        if isinstance(record, dict) and record.get("raised_exception"):
            return str(record.get("exception_message") or "an error without a message")
    return ""


def _failed(message: str) -> dict[str, Any]:
    return {
        "severity": "blocking",
        "success": False,
        "observed": None,
        "samples": [],
        "note": f"the check itself failed: {message}",
    }


def _observed(check: Check, validated: Any, frame: pd.DataFrame) -> dict[str, Any]:
    """Of the day's facts the number, of rows how many of how many are wrong."""
    found = validated.result
    rows = int(found["element_count"]) - int(found.get("missing_count") or 0)
    if check.table == "day":
        observed: Any = plain(frame[check.arguments["column"]].iloc[0])
    else:
        observed = {"wrong": int(found["unexpected_count"]), "rows": rows}
    samples = found.get("partial_unexpected_index_list") or [] if check.table != "day" else []
    return {
        "success": bool(validated.success),
        "observed": observed if rows else None,
        "samples": [plain(sample) for sample in samples[:SAMPLES]],
        **({} if rows else {"note": "nothing to check on this day"}),
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: numpy's scalars as Python's, and no NaN or infinity."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number"
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
