"""A day's shards become the day's files: one sorted Parquet file a table, and `daily_qc.json`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from callqa import contracts, storage

VERSION = "1"
"""Of what this stage writes; a change makes every day's files anew."""


def run(judged: list[dict[str, Any]], *, day: date, run_dir: str) -> dict[str, Any]:
    """Gather the shards of a day under `<run_dir>/export/`.

    `judged` are judge's results, one a shard, in any order. The answer names the file of each table and of
    `daily_qc`, the `rows` of each table and the `outcomes` of the rules summed over the shards. Equal rows give
    equal bytes, however the day was cut into shards.

    Raises:
        StageError: a shard's file is missing or does not have exactly the contract's columns.
    """
    folder = Path(run_dir) / "export"
    shards = sorted(judged, key=lambda shard: str(shard["shard"]))
    sources = {table: [str(shard[table]) for shard in shards] for table in contracts.TABLES}
    inputs = [VERSION, day, {table: _digests(paths) for table, paths in sources.items()}, _outcomes(shards)]

    def make() -> dict[str, Any]:
        return {"day": day.isoformat(), **_write(sources, folder), "outcomes": _outcomes(shards)}

    return storage.once(folder / "result.json", inputs, make)


def _write(sources: dict[str, list[str]], folder: Path) -> dict[str, Any]:
    from callqa.export import daily, tables

    files = {table: str(folder / f"{table}.parquet") for table in sources}
    rows = {table: tables.gather(table, paths, files[table]) for table, paths in sources.items()}
    daily_qc = daily.write(folder / "daily_qc.json", calls=files["calls"], turns=files["turns"])
    return {**files, "daily_qc": daily_qc, "rows": rows}


def _digests(paths: list[str]) -> list[str]:
    from callqa.export import tables

    return [tables.digest(path) for path in paths]


def _outcomes(shards: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(int(shard["outcomes"].get(name, 0)) for shard in shards) for name in contracts.RESULTS}
