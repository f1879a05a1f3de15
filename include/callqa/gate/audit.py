"""What was measured, judged by Great Expectations, and its answers as plain JSON. The only module that imports it."""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callqa import arrow, profile, storage
from callqa.contracts import Measure
from callqa.gate import drift, measuring
from callqa.gate.check import Check, LikeHistory, NoRow, Within
from callqa.gate.drift import Compared
from callqa.gate.expectations import checks
from callqa.gate.measuring import Measured
from callqa.settings import GateSettings

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.datasource.fluent.interfaces import Batch

FINITE = 1e300
"""Where a fact has no upper bound: what is not a number is infinite here, and exceeds this."""

NOTHING = "nothing to check on this day"


def result(
    exported: Mapping[str, Any],
    manifest: str,
    digests: Mapping[str, str],
    settings: GateSettings,
    history: str | None = None,
    folder: str | Path = ".",
) -> dict[str, Any]:
    """Run every check over export's files; the JSON that `gate.run` describes."""
    day = date.fromisoformat(exported["day"])
    listed = checks(settings, exported["day"])
    with measuring.opened({t: exported[t] for t in digests}, manifest, exported["outcomes"], folder) as connection:
        measured = measuring.measure(connection, listed)
        today = profile.measure(day, lambda sql: connection.sql(sql).to_arrow_table())
        counts = {t: _rows(connection, t) for t in ("recordings", *digests)}
    compared = _compared(listed, day, _measures(today, history), settings)
    answers = judge(listed, [(measured, compared)])[0]
    body = {
        "day": exported["day"],
        "passed": all(answer["success"] for answer in answers if answer["severity"] == "blocking"),
        "files": dict(digests),
        "counts": counts,
        "outcomes": dict(exported["outcomes"]),
        "checks": answers,
    }
    return {"id": storage.digest_of(body), **body}


def _rows(connection: Any, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _measures(today: Any, history: str | None) -> list[Measure]:
    """The day's own numbers and those of the days before it."""
    own = arrow.from_table(Measure, today)
    before = storage.read_rows(history, Measure) if history else []
    return [*(row for row in before if row.call_date < own[0].call_date), *own] if own else []


def _compared(
    listed: Sequence[Check], day: date, rows: Sequence[Measure], settings: GateSettings
) -> dict[str, Compared | None]:
    return {c.id: drift.compare(c.expects, day, rows, settings) for c in listed if isinstance(c.expects, LikeHistory)}


Findings = tuple[Mapping[str, Measured], Mapping[str, Compared | None]]
"""What was measured on a day, and how it compares with history, by check."""


def judge(listed: Sequence[Check], days: Sequence[Findings]) -> list[list[dict[str, Any]]]:
    """The answers of all checks, of each of the days: their numbers are the columns of a frame with a row a day."""
    import pandas as pd

    frame = pd.DataFrame([{c.id: _number(c, *found) for c in listed} for found in days], dtype="float64")
    with _quiet():
        batch = _batch(frame)
        wrong = _wrong(listed, batch, len(frame))
    return [[_answer(c, *found, wrong[c.id], row) for c in listed] for row, found in enumerate(days)]


def _number(check: Check, measured: Mapping[str, Measured], compared: Mapping[str, Compared | None]) -> float | None:
    """What Great Expectations judges; what is missing passes, so a number that is none becomes infinity here."""
    if isinstance(check.expects, LikeHistory):
        found = compared[check.id]
        return float(sum(part.drifted for part in found.parts)) if found and found.parts else None
    number = measured[check.id].number
    return None if number is None else math.inf if math.isnan(number) else float(number)


def _expectation(check: Check) -> Any:
    import great_expectations.expectations

    library: Any = great_expectations.expectations
    low, high = (check.expects.low, check.expects.high) if isinstance(check.expects, Within) else (0, 0)
    return library.ExpectColumnValuesToBeBetween(
        column=check.id,
        min_value=low,
        max_value=FINITE if high is None else high,
        meta={"id": check.id, "severity": check.severity, "protects": check.sentence},
    )


def _wrong(listed: Sequence[Check], batch: Batch, days: int) -> dict[str, set[int] | str]:
    """By check: the rows of the frame that Great Expectations finds outside, or why it could not say.

    All checks at once, and of a single day only whether they hold: one by one with all details took four times as long.
    """
    import great_expectations

    detail = "BOOLEAN_ONLY" if days == 1 else "COMPLETE"
    try:
        suite = great_expectations.ExpectationSuite("gate", expectations=[_expectation(check) for check in listed])
        validated = batch.validate(suite, result_format={"result_format": detail})
        answers: Any = validated.results  # which check each is of, its own expectation says
        found = {one.expectation_config.meta["id"]: _rows_outside(one) for one in answers}
    except Exception as error:  # noqa: BLE001 - a check that cannot be run must refuse the day, whatever the reason
        return dict.fromkeys((check.id for check in listed), f"{type(error).__name__}: {error}")
    return {check.id: found.get(check.id, "no answer") for check in listed}


def _rows_outside(validated: Any) -> set[int] | str:
    """Of one check; where only whether it holds was asked, there is one row."""
    raised = _exception(validated.exception_info)
    if raised or validated.success:
        return raised or set()
    return {int(row) for row in validated.result.get("unexpected_index_list") or (0,)}


def _exception(info: Any) -> str:
    """The first error in an expectation's answer: one record, or one a metric."""
    for record in (info, *info.values()) if isinstance(info, dict) else ():
        if isinstance(record, dict) and record.get("raised_exception"):
            return str(record.get("exception_message") or "an error without a message")
    return ""


def load() -> None:
    """Import Great Expectations ahead of time: it takes seconds."""
    with _quiet():
        import great_expectations.expectations  # noqa: F401


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


def _batch(frame: pd.DataFrame) -> Batch:
    """The frame as Great Expectations sees it, in a context that keeps no files and tells nobody."""
    import great_expectations

    context = great_expectations.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("gate").add_dataframe_asset("measured")
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})


def _answer(
    check: Check,
    measured: Mapping[str, Measured],
    compared: Mapping[str, Compared | None],
    wrong: set[int] | str,
    row: int,
) -> dict[str, Any]:
    known = {
        "id": check.id,
        "table": check.table,
        "severity": check.severity,
        "sentence": check.sentence,
        "sentence_zh": check.zh,
        "threshold": _threshold(check),
    }
    error = wrong if isinstance(wrong, str) else measured[check.id].error if check.id in measured else ""
    if error:
        return {**known, **_failed(error)}
    success = row not in wrong
    if isinstance(check.expects, LikeHistory):
        return {**known, **_history(compared[check.id], success)}
    found = measured[check.id]
    observed: Any = plain(found.number)
    if isinstance(check.expects, NoRow) and found.number is not None:
        observed = {"wrong": found.number, "rows": found.rows}
    return {**known, **_said(success, observed, [plain(sample) for sample in found.samples])}


def _threshold(check: Check) -> dict[str, Any]:
    if isinstance(check.expects, Within):
        return {"min_value": check.expects.low, "max_value": check.expects.high}
    return check.expects.wanted if isinstance(check.expects, NoRow) else {}


def _said(success: bool, observed: Any, samples: Sequence[Any]) -> dict[str, Any]:
    nothing = observed is None
    return {
        "success": success,
        "result": "nothing to check" if nothing else "passed" if success else "failed",
        "observed": observed,
        "samples": list(samples),
        **({"note": NOTHING} if nothing else {}),
    }


def _history(found: Compared | None, success: bool) -> dict[str, Any]:
    if found is None:
        return {**_said(True, None, []), "parts": []}
    observed = {"wrong": sum(part.drifted for part in found.parts), "rows": len(found.parts)} if found.parts else None
    drifted = [p for p in found.parts if p.drifted]
    return {
        "success": success,
        "result": "no history" if not found.parts else "passed" if success else "failed",
        "observed": observed,
        "samples": [{"call_id": None, "turn": None, "value": told(part)} for part in drifted[: measuring.SAMPLES]],
        "parts": [_part(part) for part in found.parts],
        **({"note": found.note} if found.note else {}),
    }


def _part(part: drift.Part) -> dict[str, Any]:
    numbers = {name: plain(getattr(part, name)) for name in ("part", "value", "usual", "low", "high", "drifted")}
    return {**numbers, "past": [[day.isoformat(), value] for day, value in part.past]}


def told(part: drift.Part) -> str:
    """A part that drifted, in a line."""
    name = f"{part.part}: " if part.part else ""
    return f"{name}{part.value:.4g}, usually {part.usual:.4g} ({part.low:.4g} to {part.high:.4g})"


def _failed(message: str) -> dict[str, Any]:
    return {
        "severity": "blocking",
        "success": False,
        "result": "failed",
        "observed": None,
        "samples": [],
        "note": f"the check itself failed: {message}",
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: no NaN or infinity, and nothing that JSON has no word for."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number"
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
