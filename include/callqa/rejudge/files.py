"""The files of a day that was judged again, in the form in which export hands them to the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from callqa import arrow, storage, warehouse
from callqa.contracts import RESULTS, TABLES, Publication, Recording
from callqa.rejudge import archive
from callqa.settings import LakeSettings

VERSION = "1"
"""Of what is written here; a change makes every day's files anew."""
UNTOUCHED = ("turns", "events")
"""Tables of which the published file itself is published again, byte for byte."""

Result = dict[str, Any]


def export(lake: LakeSettings, run: Mapping[str, Any], judged: Mapping[str, Any]) -> Result:
    """The day's files: new ones of calls and findings, the published ones of turns and events.

    The answer is the export stage's, with `manifest`: the recordings of the day, as its publication has them, so that
    the gate sees whether each has exactly one call still.

    Raises:
        StageError: a file or the publication is no longer there.
    """
    at = archive.publication(lake, dt.date.fromisoformat(run["day"]), run["based_on"])
    shards = judged["shards"]
    inputs = [VERSION, at.content_digest, [[storage.file_digest(s[t]) for t in ("calls", "findings")] for s in shards]]
    folder = Path(run["run_dir"]) / "export"
    return storage.once(folder / "result.json", inputs, lambda: _export(lake, at, shards, folder))


def _export(lake: LakeSettings, at: Publication, shards: list[Result], folder: Path) -> Result:
    from callqa.export import daily, tables

    paths = {table: str(folder / f"{table}.parquet") for table in TABLES}
    rows = {t: tables.gather(t, [str(s[t]) for s in shards], paths[t]) for t in TABLES if t not in UNTOUCHED}
    with archive.opened(lake, at) as day:
        for table in UNTOUCHED:
            rows[table] = _again(table, day.files(table), paths[table])
        manifest = _manifest(day, folder / "manifest.parquet")
    daily_qc = daily.write(folder / "daily_qc.json", calls=paths["calls"], turns=paths["turns"])
    return {
        "day": at.call_date.isoformat(),
        **paths,
        "daily_qc": daily_qc,
        "rows": rows,
        "outcomes": {name: sum(int(s["outcomes"][name]) for s in shards) for name in RESULTS},
        "manifest": manifest,
    }


def _again(table: str, published: list[str], target: str) -> int:
    """A published file under another name; a day in several files, or without rows in this table, is gathered."""
    from callqa.export import tables

    if len(published) != 1:
        return tables.gather(table, published, target)
    with storage.atomic(target) as temporary:
        warehouse.link_or_copy(published[0], temporary)
    return int(pq.read_metadata(target).num_rows)


def _manifest(day: archive.Day, path: Path) -> str:
    """The recordings of the published calls, in the manifest's columns."""
    return storage.write_table(path, day.columns("calls", arrow.schema_of(Recording)))
