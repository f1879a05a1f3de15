"""What a database or a disk refuses is said as an error of ours, with the file and a remedy."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import connecting
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A warehouse with one published day."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(), tmp_path, run="r1")
    return settings


def test_a_broken_catalog_is_named_with_the_way_out(lake):
    database = catalogs.folder(lake) / "catalog.db"
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(StageError, match=r"catalog\.db") as caught:
        warehouse.query(lake, "select 1")
    assert "backup" in caught.value.remedy
    assert "sqlalche.me" not in caught.value.message


def test_a_database_that_refuses_a_write_ends_the_publication_and_the_next_one_goes_through(
    lake, tmp_path, monkeypatch
):
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0)
    with contextlib.closing(sqlite3.connect(catalogs.folder(lake) / "catalog.db")) as other:
        other.execute("begin immediate")
        with pytest.raises(StageError, match="cannot be used: database is locked"):
            publish(lake, rows.clean(marker="B"), tmp_path, run="r2", based_on=1)
    assert warehouse.query(lake, "select count(*) from publications")[1] == [(1,)]
    assert publish(lake, rows.clean(marker="B"), tmp_path, run="r3", based_on=1)[0].sequence == 2


def test_a_lake_that_cannot_be_written_is_named(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    Path(lake.root).write_text("a file where the folder should be")
    with pytest.raises(StageError, match="cannot be used"), catalogs.locked(lake):
        pass
