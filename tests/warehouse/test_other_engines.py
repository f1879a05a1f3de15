"""Engines that share no code with our reader find the same rows: Iceberg's metadata read by hand, the files by others."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow.dataset
import pytest

from callqa import arrow, contracts, warehouse
from callqa.contracts import Publication
from callqa.settings import LakeSettings
from callqa.warehouse import catalog
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> LakeSettings:
    """Two days, one of them published twice and rolled back, with one table without rows."""
    folder = tmp_path_factory.mktemp("engines")
    settings = LakeSettings(root=str(folder / "lake"))
    publish(settings, rows.clean(marker="A"), folder, run="r1")
    publish(settings, rows.clean(marker="B", calls=3), folder, run="r2")
    warehouse.roll_back(settings, rows.DAY, 1, by="wang", reason="wrong rules")
    publish(settings, rows.clean(date(2026, 1, 6), marker="C"), folder, run="r3")
    return settings


def metadata_of(lake: LakeSettings, table: str) -> dict[str, Any]:
    """A table's newest metadata, found as any engine without our catalog finds it: the highest number."""
    folder = catalog.folder(lake) / "tables" / table / "metadata"
    newest = max(folder.glob("*.metadata.json"), key=lambda path: int(path.name.split("-")[0]))
    return json.loads(newest.read_text(encoding="utf-8"))


def planned(metadata: dict[str, Any], snapshot: int | None = None, day: date | None = None) -> list[str]:
    """The data files of a snapshot (by default the newest), by the Iceberg specification: lists, manifests, entries."""
    wanted = metadata["current-snapshot-id"] if snapshot is None else snapshot
    (found,) = [one for one in metadata["snapshots"] if one["snapshot-id"] == wanted]
    manifests = polars.read_avro(found["manifest-list"])["manifest_path"]
    entries = [entry for manifest in manifests for entry in polars.read_avro(manifest).to_dicts()]
    live = [entry["data_file"] for entry in entries if entry["status"] != 2]
    return sorted(file["file_path"] for file in live if day is None or file["partition"]["call_date"] == day)


def newest_by_hand(lake: LakeSettings) -> list[dict[str, Any]]:
    """The ledger's newest row of each day, without our reader."""
    ledger = polars.read_parquet(planned(metadata_of(lake, "publications")), hive_partitioning=False)
    return ledger.sort("sequence").group_by("call_date").last().sort("call_date").to_dicts()


def files_by_hand(lake: LakeSettings, table: str) -> list[str]:
    """A table's files as the ledger says, without our reader."""
    metadata = metadata_of(lake, table)
    return [
        path
        for row in newest_by_hand(lake)
        if row[f"rows_{table}"]
        for path in planned(metadata, row[f"snapshot_{table}"], row["call_date"])
    ]


def plain(value: Any) -> Any:
    """A value as all engines agree on it: maps as pairs in order, no tuples."""
    if isinstance(value, dict):
        pair = set(value) == {"key", "value"}
        return (value["key"], plain(value["value"])) if pair else {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def ours(lake: LakeSettings, table: str) -> list[str]:
    return told(warehouse.table(lake, f"from {table}"), table)


def told(found: pyarrow.Table, table: str) -> list[str]:
    """Rows as texts, sorted: engines give them in orders of their own."""
    return sorted(repr(plain(row)) for row in found.cast(arrow.schema_of(contracts.TABLES[table])).to_pylist())


@pytest.mark.parametrize("table", contracts.TABLES)
def test_polars_reads_the_same_rows(lake, table):
    names = arrow.schema_of(contracts.TABLES[table]).names
    found = polars.read_parquet(files_by_hand(lake, table), hive_partitioning=False).select(names)
    assert told(found.to_arrow(), table) == ours(lake, table)


@pytest.mark.parametrize("table", contracts.TABLES)
def test_pyarrow_reads_the_same_rows(lake, table):
    schema = arrow.schema_of(contracts.TABLES[table])
    found = pyarrow.dataset.dataset(files_by_hand(lake, table), format="parquet", schema=schema).to_table()
    assert told(found, table) == ours(lake, table)


@pytest.mark.parametrize("table", contracts.TABLES)
def test_duckdb_over_the_files_of_the_newest_snapshot_reads_the_same_rows(lake, table):
    """What a plain reader gets, who knows no ledger, is the same once nobody is at work."""
    paths = planned(metadata_of(lake, table))
    found = duckdb.sql("from read_parquet(?, hive_partitioning = false)", params=[paths]).to_arrow_table()
    assert told(found, table) == ours(lake, table)


def test_an_older_publication_is_found_at_the_snapshots_that_its_row_names(lake):
    second = warehouse.publications(lake, rows.DAY)[1]
    files = planned(metadata_of(lake, "turns"), second.snapshot_turns, rows.DAY)
    assert polars.read_parquet(files, hive_partitioning=False)["text"].unique().to_list() == ["我要退款。B"]
    assert Path(files[0]).is_file()


def test_the_ledger_itself_is_the_same(lake):
    by_hand = polars.read_parquet(planned(metadata_of(lake, "publications")), hive_partitioning=False)
    found = by_hand.sort("call_date", "sequence").to_arrow().cast(arrow.schema_of(Publication))
    assert arrow.from_table(Publication, found) == warehouse.publications(lake)
