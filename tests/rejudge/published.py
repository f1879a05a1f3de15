"""Days published as the stages publish them, from rows that a test makes up instead of from recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from callqa import contracts, export, judge, storage, warehouse
from callqa.contracts import Event, Finding, Prepared, Publication, Turn
from callqa.settings import Settings
from tests.judge import rows

DAY = rows.DAY


def recording(call_id: str, **more: Any) -> Prepared:
    return rows.recording(call_id, **{"speech_seconds": 20.0, "sound_seconds": 20.0, "audio_version": "p1", **more})


def said(call_id: str, *texts: str) -> list[Turn]:
    """The customer and the agent in turns of two seconds, the customer first."""
    turns = []
    for number, text in enumerate(texts):
        make = rows.said_by_customer if number % 2 == 0 else rows.turn
        turns.append(make(number, 3.0 * number, 3.0 * number + 2, text, call_id=call_id))
    return turns


@dataclasses.dataclass
class Day:
    """Rows as parse leaves them."""

    recordings: list[Prepared]
    turns: list[Turn]
    events: list[Event] = dataclasses.field(default_factory=list)
    day: date = DAY

    def on(self, day: date) -> Day:
        """The same calls on another day."""
        moved = {
            name: [dataclasses.replace(row, call_date=day) for row in getattr(self, name)]
            for name in ("recordings", "turns", "events")
        }
        return Day(**moved, day=day)


def calls(**texts: str | Sequence[str]) -> Day:
    """A day of calls by id: what the customer says, or what both say in turns; `None` for a rejected recording."""
    heard = {i: [t] if isinstance(t, str) else list(t) for i, t in texts.items() if t is not None}
    turns = [turn for call_id, parts in heard.items() for turn in said(call_id, *parts)]
    refused = [
        rows.recording(i, reject_reason="not_audio", reject_detail="text", duration=None, sha256=None)
        for i, text in texts.items()
        if text is None
    ]
    return Day([*(recording(i) for i in heard), *refused], turns)


def publish(settings: Settings, day: Day, folder: Path, run: str = "run", origin: str | None = None) -> Publication:
    """Judge by the installed rules, export and publish, without the gate."""
    root = folder / f"{run}-{day.day}"
    parsed = rows.shard(root, day.recordings, day.turns, day.events)
    judged = judge.run(parsed, run_dir=str(root), settings=settings.rules)
    exported = export.run([judged], day=day.day, run_dir=str(root))
    files = {table: exported[table] for table in contracts.TABLES}
    wanted = warehouse.DayFiles(
        day=day.day,
        run_id=run,
        attempt=1,
        files=files,
        digests={table: storage.file_digest(path) for table, path in files.items()},
        gate_result_id="gate",
        companions={"daily_qc": exported["daily_qc"]},
        origin=origin,
    )
    return warehouse.publish_day(settings.lake, wanted)[0]


def hits(settings: Settings, pack: str = "acme") -> list[tuple[str, str, int, str]]:
    """What readers see of a pack: call, rule, version, outcome."""
    sql = "select call_id, rule, rule_version, outcome from findings where pack = ? order by all"
    return warehouse.query(settings.lake, sql, [pack])[1]


def call_row(settings: Settings, call_id: str) -> dict[str, Any]:
    columns, found = warehouse.query(settings.lake, "select * from calls where call_id = ?", [call_id])
    return dict(zip(columns, found[0], strict=True))


def rows_of(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    return warehouse.query(settings.lake, f"select * from {table} order by all")[1]


def findings_of(settings: Settings, call_id: str) -> list[Finding]:
    from callqa import arrow

    table = warehouse.table(settings.lake, "select * from findings where call_id = ? order by rule", [call_id])
    return arrow.from_table(Finding, table.cast(arrow.schema_of(Finding)))
