"""What became of the days of a range: published, refused, empty, failed; hours, rejected recordings, cost, the gate."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from callqa import publish, storage, warehouse
from callqa.archive.outcomes import Outcome, left
from callqa.archive.span import Span
from callqa.contracts import Publication
from callqa.errors import StageError
from callqa.publish import Quarantined
from callqa.settings import Settings
from callqa.warehouse import ledger

STATES = ("published", "waiting", "rejected", "empty", "failed", "nothing")
"""`waiting`: refused by the gate, nobody has decided; `rejected`: refused, and somebody said no; `empty`: no
recordings; `failed`: the run ended before the gate; `nothing`: no run of the day left anything."""
REPORTS = "archive/reports"
"""Folder of written reports, in the lake."""

Ask = Callable[[str, Sequence[Any]], list[dict[str, Any]]]
"""Asks the published days one SELECT; rows as dicts."""

NUMBERS = """
    select call_date as day, count(*) as calls, count(*) filter (where status = 'rejected') as rejected,
        count(*) filter (where status = 'invalid') as invalid, coalesce(sum(duration), 0) as seconds
    from calls where call_date between ? and ? group by call_date
"""
REASONS = """
    select reject_reason as reason, count(*) as calls from calls
    where call_date between ? and ? and status = 'rejected' group by all order by calls desc, reason
"""
COSTS = """
    select count(*) as runs, sum(gpu_seconds) as gpu_seconds, sum(cpu_seconds) as cpu_seconds,
        sum(heard_seconds) as heard_seconds, sum(cached_seconds) as cached_seconds
    from runs where call_date between ? and ?
"""
CHECKS = """
    with newest as (
        select call_date, arg_max(gate_result_id, sequence) as gate_result_id from publications
        where call_date between ? and ? group by call_date
    )
    select "check", severity, count(*) as days, min(call_date) as first, max(call_date) as last
    from gate_results join newest using (call_date, gate_result_id) where result = 'failed'
    group by all order by days desc, "check"
"""


def report(
    settings: Settings,
    span: Span,
    ask: Ask | None = None,
    newest: Mapping[dt.date, Publication] | None = None,
) -> dict[str, Any]:
    """The whole range in numbers, and each of its days.

    `ask` asks an open state of the warehouse instead of a new one, and `newest` has its newest publications by day.

    Raises:
        StageError: the warehouse cannot be read.
    """
    ask = ask or _asking(settings)
    between = [span.first, span.last]
    numbers = {row["day"]: row for row in ask(NUMBERS, between)}
    if newest is None:
        newest = {row.call_date: row for row in ledger.newest(warehouse.publications(settings.lake))}
    refused = _newest_refused(settings.lake.root, span)
    outcomes = left(settings.lake.root, span)
    days = [_day(day, newest.get(day), numbers.get(day), refused.get(day), outcomes.get(day)) for day in span.days]
    return {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "states": {state: sum(day["state"] == state for day in days) for state in STATES},
        "totals": _totals(days),
        "cost": _cost(_asking(settings)(COSTS, between)[0]),
        "rejections": {row["reason"] or "": row["calls"] for row in ask(REASONS, between)},
        "checks": [_check(row) for row in ask(CHECKS, between)],
        "waiting": [day["day"] for day in days if day["refused"]],
        "days": days,
    }


def write_report(settings: Settings, span: Span) -> tuple[str, dict[str, Any]]:
    """Write `report` to `<lake>/archive/reports/<from>_<to>.json`; returns its path and the report."""
    made = report(settings, span)
    path = Path(settings.lake.root) / REPORTS / f"{span.first}_{span.last}.json"
    return storage.write_json(path, made), made


def _asking(settings: Settings) -> Ask:
    def ask(sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        names, rows = warehouse.query(settings.lake, sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    return ask


def _newest_refused(lake: str, span: Span) -> dict[dt.date, Quarantined]:
    """By day its newest refused run."""
    found = sorted(_refused(lake, span), key=lambda entry: (entry.day, entry.since, entry.run_id))
    return {entry.day: entry for entry in found}


def _refused(lake: str, span: Span) -> Iterator[Quarantined]:
    for folder in sorted(Path(lake).glob("quarantine/*")):
        if str(span.first) <= folder.name <= str(span.last):
            for about in folder.glob("*/run.json"):
                # What is being put there or taken away; `callqa quarantine list` says what is wrong with it.
                with contextlib.suppress(StageError):
                    yield publish.refused_in(about.parent)


def _day(
    day: dt.date,
    publication: Publication | None,
    numbers: dict[str, Any] | None,
    refused: Quarantined | None,
    outcome: Outcome | None,
) -> dict[str, Any]:
    numbers = numbers or {"calls": 0, "rejected": 0, "invalid": 0, "seconds": 0.0}
    waits = refused is not None and refused.waits and _is_news(refused, publication)
    return {
        "day": day.isoformat(),
        "state": _state(publication, refused, outcome, waits=waits),
        "recordings": numbers["calls"],
        "hours": round(numbers["seconds"] / 3600, 3),
        "rejected": numbers["rejected"],
        "invalid": numbers["invalid"],
        "sequence": publication.sequence if publication else None,
        "run_id": publication.run_id if publication else outcome.run_id if outcome else None,
        "approved_by": publication.approved_by if publication else None,
        "refused": list(refused.blocking) if waits and refused else [],
        "outcome": outcome.outcome if outcome else None,
        "facts": outcome.facts if outcome else {},
    }


def _is_news(refused: Quarantined, publication: Publication | None) -> bool:
    """Whether the refused run is younger than what is published; an older one was overtaken."""
    return publication is None or refused.since > publication.published_at


def _state(
    publication: Publication | None, refused: Quarantined | None, outcome: Outcome | None, *, waits: bool
) -> str:
    if publication:
        return "published"
    if refused:
        return "waiting" if waits else "rejected"
    if outcome and outcome.outcome in ("empty", "failed"):
        return outcome.outcome
    return "nothing"


def _totals(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the published days."""
    return {
        "recordings": sum(day["recordings"] for day in days),
        "rejected": sum(day["rejected"] for day in days),
        "invalid": sum(day["invalid"] for day in days),
        "hours": round(sum(day["hours"] for day in days), 2),
    }


def _cost(row: dict[str, Any]) -> dict[str, Any]:
    """Hours, of all runs over these days: what a day took that was run twice counts twice."""
    hours = {name: round((row[f"{name}_seconds"] or 0.0) / 3600, 2) for name in ("gpu", "cpu", "heard", "cached")}
    return {"runs": row["runs"], **{f"{name}_hours": value for name, value in hours.items()}}


def _check(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "first": row["first"].isoformat(), "last": row["last"].isoformat()}
