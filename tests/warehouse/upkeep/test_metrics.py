"""Iceberg's own files hold numbers and days, and no value of a row: in them it would outlive an erasure."""

from __future__ import annotations

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from callqa.warehouse import catalog
from tests import rows
from tests.warehouse.published import ALL, publish, seen
from tests.warehouse.upkeep import lakes


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def told(lake: LakeSettings, table: str) -> set[str]:
    """The columns of which a current manifest tells least and greatest values."""
    with catalog.opened(lake) as opened:
        found = catalog.load(opened, table)
        entries = [
            entry.data_file
            for manifest in found.current_snapshot().manifests(found.io)
            for entry in manifest.fetch_manifest_entry(found.io, discard_deleted=False)
        ]
        assert all(file.value_counts for file in entries)
        fields = {field for file in entries for field in {**(file.lower_bounds or {}), **(file.upper_bounds or {})}}
        return {found.schema().find_column_name(field) for field in fields}


def test_manifests_tell_the_day_and_no_other_value(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    warehouse.add_reviews(lake, [lakes.review(0)])
    lakes.add_results(lake, "g1")
    for table in (*ALL, "publications", "reviews", "gate_results"):
        assert told(lake, table) == {"call_date"}, table
    warehouse.compact(lake, files=0)
    assert told(lake, "reviews") == {"call_date"}


def test_tables_that_an_older_version_made_get_the_property_with_the_next_publication(lake, tmp_path, monkeypatch):
    with lakes.older_version(monkeypatch):
        publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
        assert "text" in told(lake, "turns")
    publish(lake, rows.clean(marker="B"), tmp_path, run="r2")
    with catalog.opened(lake) as opened:
        properties = {name: catalog.load(opened, name).properties for name in catalog.RECORDS}
    assert all(catalog.TABLE_PROPERTIES.items() <= known.items() for known in properties.values())
    assert "format-version" not in properties["turns"]
    publish(lake, rows.clean(marker="A"), tmp_path, run="r3")
    assert told(lake, "turns") == {"call_date"}
    assert seen(lake) == {"A": ALL}


def test_what_an_operator_has_set_stays(lake, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    with catalog.opened(lake) as opened, catalog.load(opened, "turns").transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": "3"})
    publish(lake, rows.clean(marker="B"), tmp_path, run="r2")
    with catalog.opened(lake) as opened:
        assert catalog.load(opened, "turns").properties["write.metadata.previous-versions-max"] == "3"
