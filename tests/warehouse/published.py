"""Publishing a made-up day without the gate, and what a reader then sees."""

from __future__ import annotations

from pathlib import Path

from callqa import contracts, storage, warehouse
from callqa.contracts import Publication
from callqa.settings import LakeSettings
from tests.rows import Day

MARKERS = """
    select 'calls' as t, queue as marker, count(*) n from calls where status <> 'rejected' group by all
    union all select 'turns', text[6:], count(*) from turns group by all
    union all select 'events', version[2:], count(*) from events group by all
    union all select 'findings', message[8:], count(*) from findings group by all
"""
"""Which day's rows (`rows.clean(marker=…)`) each table shows."""


def publish(
    lake: LakeSettings, day: Day, root: Path, *, run: str, attempt: int = 1, based_on: int | None = None
) -> tuple[Publication, bool]:
    """Export a day under `root` and publish it as `run`."""
    exported = day.exported(root / run)
    files = {table: exported[table] for table in contracts.TABLES}
    wanted = warehouse.DayFiles(
        day=day.day,
        run_id=run,
        attempt=attempt,
        files=files,
        digests={table: storage.file_digest(path) for table, path in files.items()},
        gate_result_id="gate",
        based_on=based_on,
        companions={"daily_qc": exported["daily_qc"]},
    )
    return warehouse.publish_day(lake, wanted)


def seen(lake: LakeSettings) -> dict[str, set[str]]:
    """The markers that a reader sees, with the tables that show them."""
    markers: dict[str, set[str]] = {}
    for table, marker, _ in warehouse.query(lake, MARKERS)[1]:
        markers.setdefault(marker, set()).add(table)
    return markers


ALL = set(contracts.TABLES)
