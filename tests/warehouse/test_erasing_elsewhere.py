"""Erasure and holds with the catalog in PostgreSQL and the files in an S3 store: nothing but the settings differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa import warehouse
from callqa.errors import HeldError
from callqa.settings import LakeSettings
from callqa.warehouse import files, store
from tests import rows
from tests.traces import find
from tests.warehouse import erasing
from tests.warehouse.erasing import CALL, NEEDLES, NEXT, erase
from tests.warehouse.published import ALL, publish, seen
from tests.warehouse.test_elsewhere import in_store, new_database

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(postgres, object_store, tmp_path) -> list[LakeSettings]:
    """Two machines: folders of their own over one catalog and one store."""
    shared = {"catalog_uri": new_database(postgres), **in_store(object_store)}
    return [LakeSettings.model_validate({"root": str(tmp_path / f"machine{n}"), **shared}) for n in range(2)]


def copied(lake: LakeSettings, folder: Path) -> Path:
    """All objects of the warehouse, on a disk."""
    location = store.location(lake)
    for address, _ in store.listing(lake, location):
        store.get(lake, address, folder / address.removeprefix(location).lstrip("/"))
    return folder


def test_nothing_of_an_erased_call_is_left_in_store_and_catalog(elsewhere, tmp_path):
    here, there = elsewhere
    publish(here, erasing.day_with(marker="A"), tmp_path, run="r1")
    publish(here, rows.clean(NEXT, marker="N"), tmp_path, run="r2")
    publish(there, erasing.day_with(marker="B"), tmp_path, run="r3")
    warehouse.add_reviews(there, [erasing.review(CALL), erasing.review("c-000")])
    said = {"by": "wang", "reason": "complaint", "matter": "court"}
    warehouse.place_hold(there, rows.DAY, CALL, **said)
    with pytest.raises(HeldError):
        erase(here, tmp_path)
    warehouse.release_hold(here, rows.DAY, CALL, **said)
    assert {needle for _, needle in find(copied(here, tmp_path / "before"), NEEDLES)} == set(NEEDLES)
    done = erase(here, tmp_path)
    assert done.left == []
    assert find(copied(here, tmp_path / "after"), NEEDLES) == []
    assert seen(there) == {"B": ALL, "N": ALL}
    assert warehouse.query(there, "select call_id from reviews")[1] == [("c-000",)]
    assert warehouse.erased_register(there, rows.DAY).has_call(CALL)
    assert [day.differing + day.lost for day in warehouse.status(there).days] == [[], []]


def test_what_another_machine_may_be_about_to_publish_is_left_unless_it_has_an_erased_call(elsewhere, tmp_path):
    here, there = elsewhere
    publish(here, erasing.day_with(marker="A"), tmp_path, run="r1")
    at_work = rows.clean(marker="W").exported(tmp_path / "at-work")
    with_call = erasing.day_with(marker="C").exported(tmp_path / "with-call")
    from callqa import storage

    waits, goes = (
        files.keep(there, "turns", rows.DAY, of["turns"], storage.file_digest(of["turns"]))
        for of in (at_work, with_call)
    )
    assert erase(here, tmp_path).left == [waits]
    assert store.size(here, waits)
    assert store.size(here, goes) is None
    assert publish(there, rows.clean(marker="W"), tmp_path, run="r2")[1]
    assert seen(here) == {"W": ALL}
