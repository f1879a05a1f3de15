"""A warehouse with a call in it that is to be erased, and the erasure of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from callqa import storage, warehouse
from callqa.contracts import GateResult, GateSample, Publication, Review
from callqa.export import daily
from callqa.settings import LakeSettings
from callqa.warehouse import Purged
from tests import rows
from tests.rows import Day

CALL = "x-7f3a-to-be-erased"
SAID = "九龙壁下无人应答的一句话"
NEEDLES = (CALL, SAID, storage.digest_of(CALL))
NEXT = date(2026, 1, 6)


def day_with(call_id: str = CALL, day: date = rows.DAY, marker: str = "A") -> Day:
    """A clean day and one call more, which stands first or last in nothing but its own columns."""
    clean = rows.clean(day, marker=marker)
    return dataclasses.replace(
        clean,
        calls=[*clean.calls, rows.call(call_id, day, queue=marker, customer_id=f"id of {call_id}")],
        turns=[
            *clean.turns,
            *(rows.turn(call_id, n, day, text=f"我要退款。{marker}", text_match=SAID) for n in range(2)),
        ],
        events=[*clean.events, rows.event(call_id, day=day, version=f"1{marker}")],
        findings=[*clean.findings, rows.finding(call_id, day=day, message=f"said so{marker}")],
        recordings=[*clean.recordings, rows.recording(call_id, day)],
    )


def without(call_id: str = CALL) -> warehouse.Change:
    """The change that leaves a call out."""

    def change(_: str, table: pa.Table) -> pa.Table:
        return table.filter(pc.not_equal(table["call_id"], call_id))

    return change


def companions(folder: Path) -> warehouse.Companions:
    def make(files: Mapping[str, Path]) -> Mapping[str, str]:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / "daily_qc.json"
        return {"daily_qc": daily.write(target, calls=str(files["calls"]), turns=str(files["turns"]))}

    return make


def rewrite(
    lake: LakeSettings, folder: Path, day: date = rows.DAY, change: warehouse.Change | None = None
) -> tuple[Publication, bool]:
    return warehouse.rewrite_day(
        lake,
        day,
        change or without(),
        origin="erasure",
        by="li",
        reason="asked for by letter 12",
        companions=companions(folder / "companions"),
    )


def erase(lake: LakeSettings, folder: Path, call_id: str = CALL, day: date = rows.DAY) -> Purged:
    """All that the warehouse has to do for an erasure."""
    warehouse.enter_erased(lake, [warehouse.ErasedCall(call_date=day, call_id=call_id)], "certificate 1")
    rewrite(lake, folder, day, without(call_id))
    return warehouse.together(
        [warehouse.purge_day(lake, day), warehouse.purge_added(lake, lambda of, name: (of, name) == (day, call_id))]
    )


def review(call_id: str, day: date = rows.DAY, **more: object) -> Review:
    known = {"call_date": day, "call_id": call_id, "rule": "HR01", "rule_version": 1, "verdict": "confirmed"}
    return Review(**{**known, "reviewer": "li", "note": f"heard {call_id}", "at": datetime.now(UTC), **more})


def gate_result(position: int, calls: list[str | None], day: date = rows.DAY) -> GateResult:
    return GateResult(
        call_date=day,
        gate_result_id="gate",
        position=position,
        check="calls.known",
        table="calls",
        severity="warning",
        result="failed",
        observed=float(len(calls)),
        rows=9,
        low=None,
        high=0.0,
        sentence="It protects.",
        samples=[GateSample(call_id=call, turn=None, value="1") for call in calls],
    )
