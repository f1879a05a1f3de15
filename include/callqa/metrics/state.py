"""How the lake stands now: what alarms are set on even when nothing runs at all.

`callqa metrics` and the DAG `lake_metrics` measure it; stands above the warehouse and the quarantine.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

from callqa import publish, warehouse
from callqa.errors import StageError
from callqa.metrics.provider import put
from callqa.settings import Settings

APPEALS = """
    select count(*) from (
        select arg_max(verdict, "at") as newest from reviews group by call_date, call_id, rule, rule_version
    ) where newest = 'appealed'
"""


def measure(settings: Settings, now: dt.datetime | None = None) -> dict[str, float]:
    """The gauges of `catalogue.METRICS`, by name; told to whoever takes metrics, and returned.

    `published.age` is missing where no day that is over was ever published. Today's, which intraday runs publish, does
    not count: it would hide that yesterday is missing.

    Raises:
        StageError: the lake or its warehouse cannot be read.
    """
    now = now or dt.datetime.now(dt.UTC)
    waiting = [entry.since for entry in publish.quarantined(settings.lake.root) if entry.waits]
    today = now.astimezone(ZoneInfo(settings.source.timezone)).date()
    days = (row.call_date for row in warehouse.publications(settings.lake))
    newest = max((day for day in days if day < today), default=None)
    found = {
        "days.waiting": float(len(waiting)),
        "days.waiting.age": max(((now - since).total_seconds() for since in waiting), default=0.0),
        "appeals.waiting": float(warehouse.query(settings.lake, APPEALS)[1][0][0]),
        "lake.free": float(_free(Path(settings.lake.root))),
    }
    if newest:
        found["published.age"] = float((today - newest).days)
    for name, value in found.items():
        put(name, value)
    return found


def _free(root: Path) -> int:
    try:
        return shutil.disk_usage(next(path for path in (root, *root.parents) if path.is_dir())).free
    except OSError as error:
        raise StageError(f"cannot look at {root}: {error.strerror}", remedy="check that the lake is there") from error
