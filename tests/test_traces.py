"""The searcher finds what is hidden in each form; a test that finds nothing would prove nothing otherwise."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa.settings import LakeSettings
from callqa.warehouse import catalog
from tests import rows
from tests.traces import avro_records, find
from tests.warehouse.published import publish

NEEDLE = "客户-7f3a-erase-me-please"


def as_parquet(path: Path) -> None:
    nested = [{"text": "x", "words": [{"text": NEEDLE}]}] * 3
    pq.write_table(pa.table({"a": [1, 2, 3], "turn": nested}), path, compression="zstd", write_statistics=False)


def as_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table t (a)")
        database.execute("insert into t values (?)", [NEEDLE])
    database.close()


FORMS = {
    "plain": lambda path: path.write_text(f"a {NEEDLE} b"),
    "escaped JSON": lambda path: path.write_text(json.dumps({"a": [NEEDLE]})),
    "lines of JSON": lambda path: path.write_text("{}\n" + json.dumps([NEEDLE])),
    "gzip": lambda path: path.write_bytes(gzip.compress(json.dumps(NEEDLE).encode())),
    "Parquet": as_parquet,
    "SQLite": as_sqlite,
    "UTF-16": lambda path: path.write_bytes(NEEDLE.encode("utf-16")),
    "a cut value": lambda path: path.write_text(NEEDLE[:16]),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_needle_is_found_in_every_form(form, tmp_path):
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    FORMS[form](folder / "file")
    (folder / "other").write_text("nothing here")
    assert find(tmp_path, ["absent", NEEDLE]) == [("deep/er/file", NEEDLE)]


def test_the_name_of_a_file_counts(tmp_path):
    (tmp_path / f"{NEEDLE}.txt").write_text("")
    assert find(tmp_path, [NEEDLE]) == [(f"{NEEDLE}.txt", NEEDLE)]


def test_every_manifest_of_a_warehouse_is_decoded_as_pyiceberg_decodes_it(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    with catalog.opened(lake) as opened:
        table = catalog.load(opened, "turns")
        (manifest,) = table.current_snapshot().manifests(table.io)
        (entry,) = manifest.fetch_manifest_entry(table.io)
        header, record = avro_records(Path(manifest.manifest_path.removeprefix("file://")).read_bytes())
    assert record["data_file"]["file_path"] == entry.data_file.file_path
    counts = {pair["key"]: pair["value"] for pair in record["data_file"]["value_counts"]}
    assert counts == entry.data_file.value_counts
    assert header["content"] == "data"
    path = Path(entry.data_file.file_path.removeprefix("file://"))
    assert (f"warehouse/tables/turns/metadata/{Path(manifest.manifest_path).name}", path.name) in find(
        lake.root, [path.name]
    )


def test_bounds_of_columns_in_manifests_are_found(tmp_path, monkeypatch):
    """As versions wrote them that did not say which columns' values may be told."""
    kept = {key: value for key, value in catalog.TABLE_PROPERTIES.items() if "metrics" not in key}
    monkeypatch.setattr(catalog, "TABLE_PROPERTIES", kept)
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    found = find(Path(lake.root) / "warehouse" / "tables" / "turns" / "metadata", ["c-000"])
    assert [needle for file, needle in found if file.endswith("-m0.avro")] == ["c-000"]
