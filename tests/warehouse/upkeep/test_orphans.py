"""Files that nobody needs go; never one that somebody needs, or that is not ours, or that is young."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from callqa import storage, warehouse
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog, files, store
from callqa.warehouse.upkeep import orphans
from tests import rows
from tests.warehouse.conftest import BUCKET
from tests.warehouse.published import ALL, publish, seen
from tests.warehouse.upkeep import lakes

NEXT = date(2026, 1, 6)


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A day published twice and one published once, with files that are all a month old."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(NEXT, marker="other", calls=2), tmp_path, run="r2")
    publish(settings, rows.clean(marker="B"), tmp_path, run="r3")
    lakes.make_old(settings)
    return settings


def left_by_a_killed_publisher(lake: LakeSettings, tmp_path: Path, marker: str = "killed") -> str:
    """Its file of calls, put in place and never named."""
    path = rows.clean(marker=marker).exported(tmp_path / marker)["calls"]
    return files.keep(lake, "calls", rows.DAY, path, storage.file_digest(path))


def sweep(lake: LakeSettings, **more) -> list[str]:
    """What went, by its path in the warehouse."""
    swept = warehouse.sweep(lake, **{"now": datetime.now(UTC), **more})
    assert swept.bytes == sum(file.size for file in swept.removed)
    return sorted(file.address.removeprefix(f"{store.location(lake)}/") for file in swept.removed)


def test_what_the_kept_snapshots_need_stays(lake):
    before = lakes.files(lake)
    assert sweep(lake) == []
    assert lakes.files(lake) == before
    assert warehouse.compare(lake, rows.DAY).tables["turns"].columns == {"text": 8}


def test_what_expired_snapshots_needed_goes_and_nothing_else(lake):
    known, before = lakes.all_rows(lake), lakes.files(lake)
    warehouse.expire(lake, superseded_days=0, now=lakes.later(), grace=lakes.NONE)
    gone = sweep(lake)
    assert set(gone) == before - lakes.files(lake)
    assert len([path for path in gone if path.startswith("files/")]) == 4  # the four tables of A
    assert all(path.split("/")[0] in ("files", "tables") for path in gone)
    assert lakes.all_rows(lake) == known
    assert warehouse.status(lake).unnamed == 0
    assert sweep(lake) == []


def test_what_killed_publishers_left_goes_when_it_is_old(lake, tmp_path):
    kept = Path(left_by_a_killed_publisher(lake, tmp_path))
    unfinished = kept.with_name(f".{kept.name}.tmp-k1ll3d")
    unfinished.write_bytes(b"half")
    metadata = Path(store.location(lake)) / "tables/turns/metadata/00009-cut-off.metadata.json"
    metadata.write_text('{"format-version": 2, "table-u')
    assert sweep(lake) == []
    lakes.make_old(lake, days=1.1)
    assert sweep(lake, grace=timedelta(days=2)) == []
    assert len(sweep(lake, dry_run=True)) == 3
    assert kept.exists()
    assert sweep(lake) == sorted(str(path.relative_to(store.location(lake))) for path in (kept, unfinished, metadata))


def test_what_is_not_a_file_of_a_table_is_never_touched(lake, tmp_path):
    root = Path(store.location(lake))
    warehouse.add_reviews(lake, [lakes.review(0)])
    outside = tmp_path / "outside"
    outside.mkdir()
    others = [
        root / "files/calls/README.txt",
        root / "files/mine/call_date=2026-01-05/x.parquet",
        root / "tables/mine/data/x.parquet",
        root / "tables/calls/notes.parquet",
        root / "x.parquet",
        outside / "x.parquet",
    ]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"mine")
    (root / "files/calls/call_date=2026-01-05/linked.parquet").symlink_to(outside / "x.parquet")
    (root / "files/calls/folder").symlink_to(outside)
    before = lakes.files(lake)
    lakes.make_old(lake)
    assert sweep(lake, now=lakes.later()) == []
    assert lakes.files(lake) == before
    assert {"catalog.db", "daily_qc/2026-01-05.json"} < before


def test_a_lake_that_is_reached_by_another_name_loses_nothing(lake, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(lake.root)
    before = lakes.files(lake)
    assert sweep(LakeSettings(root=str(link)), now=lakes.later()) == []
    assert lakes.files(lake) == before


def test_a_lake_whose_tables_name_files_elsewhere_is_not_swept(lake, tmp_path):
    moved = tmp_path / "moved"
    Path(lake.root).rename(moved)
    with pytest.raises(StageError):  # Iceberg names files by their absolute paths
        sweep(LakeSettings(root=str(moved)), now=lakes.later())
    moved.rename(lake.root)
    assert seen(lake)["B"] == ALL


def test_a_file_that_is_lost_ends_the_sweep_before_anything_is_removed(lake, tmp_path):
    left_by_a_killed_publisher(lake, tmp_path)
    with catalog.opened(lake) as opened:
        lost = sorted(task.file.file_path for task in catalog.load(opened, "turns").scan().plan_files())[0]
    Path(lost).unlink()
    before = lakes.files(lake)
    with pytest.raises(StageError, match=f"{lost}, which the tables need, is not there; nothing was removed"):
        sweep(lake, now=lakes.later())
    assert lakes.files(lake) == before


def test_the_files_of_another_catalog_in_the_same_folders_are_not_taken_for_nobodys(lake, tmp_path):
    (Path(store.location(lake)) / "catalog.db").unlink()
    publish(lake, rows.clean(NEXT, marker="new"), tmp_path, run="r9")
    before = lakes.files(lake)
    with pytest.raises(StageError, match="is not of the table that the catalog has under this name"):
        sweep(lake, now=lakes.later())
    assert lakes.files(lake) == before


def test_after_an_older_catalog_was_restored_nothing_is_swept(lake, tmp_path):
    database = Path(store.location(lake)) / "catalog.db"
    old = database.read_bytes()
    for marker in "CDE":
        publish(lake, rows.clean(marker=marker), tmp_path, run=marker)
    for path in database.parent.glob("catalog.db*"):
        path.unlink()
    database.write_bytes(old)
    before = lakes.files(lake)
    with pytest.raises(StageError, match="restore its newest backup"):
        sweep(lake, now=lakes.later())
    assert lakes.files(lake) >= before


def test_metadata_of_a_commit_that_was_overtaken_goes(lake):
    with catalog.opened(lake) as opened:
        current = Path(store.local(catalog.load(opened, "turns").metadata_location))
    number = int(current.name.split("-")[0])
    overtaken = current.with_name(f"{number + 1:05}-overtaken.metadata.json")
    overtaken.write_bytes(current.read_bytes())
    assert sweep(lake, now=lakes.later()) == [str(overtaken.relative_to(store.location(lake)))]


@contextlib.contextmanager
def before(monkeypatch: pytest.MonkeyPatch, name: str, act):
    """Something happens once, right before a function of the sweep is called."""
    module, function = {"locked": (orphans.catalogs, "locked"), "looked": (orphans, "_is_unneeded")}[name]
    known, left = getattr(module, function), [1]

    def delayed(*args, **kwargs):
        if left:
            left.pop()
            act()
        return known(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(module, function, delayed)
        yield
    assert not left


def test_a_file_that_is_published_again_between_the_listing_and_the_removal_stays(lake, tmp_path, monkeypatch):
    kept = left_by_a_killed_publisher(lake, tmp_path, "C")
    with before(monkeypatch, "locked", lambda: publish(lake, rows.clean(marker="C"), tmp_path, run="r4")):
        # All is old as of then: not the grace saves the file, but that it is named by now.
        assert sweep(lake, now=lakes.later()) == []
    assert seen(lake)["C"] == ALL
    assert Path(kept).exists()


def test_a_file_that_another_machine_puts_in_place_again_meanwhile_stays(lake, tmp_path, monkeypatch):
    other = lakes.another_machine(lake, tmp_path / "other")
    kept = left_by_a_killed_publisher(lake, tmp_path, "C")
    lakes.make_old(lake)
    with before(monkeypatch, "looked", lambda: publish(other, rows.clean(marker="C"), tmp_path, run="r4")):
        assert sweep(lake) == []
    assert seen(lake)["C"] == ALL
    assert Path(kept).exists()


def test_the_link_to_a_run_of_long_ago_is_young(lake, tmp_path):
    path = rows.clean(marker="waited for a decision").exported(tmp_path / "run")["calls"]
    os.utime(path, (0, 0))
    files.keep(lake, "calls", rows.DAY, path, storage.file_digest(path))
    assert sweep(lake) == []


def test_a_publication_whose_file_is_swept_on_the_way_fails_before_it_is_seen(lake, tmp_path, monkeypatch):
    from callqa.warehouse import gate_results

    def lose(*_):
        for path in Path(store.location(lake)).rglob("files/calls/**/*.parquet"):
            if path.stat().st_mtime > (datetime.now(UTC) - timedelta(hours=1)).timestamp():
                path.unlink()

    with monkeypatch.context() as patch:
        patch.setattr(gate_results, "keep", lose)
        with pytest.raises(StageError, match="removed while it was published"):
            publish(lake, rows.clean(marker="C"), tmp_path, run="r4")
    assert seen(lake)["B"] == ALL
    publish(lake, rows.clean(marker="C"), tmp_path, run="r4", attempt=2)
    assert seen(lake)["C"] == ALL


def test_publishers_wait_for_a_slice_of_the_removal_and_not_for_all_of_it(lake, monkeypatch):
    folder = Path(store.location(lake)) / "files/calls/call_date=2026-01-05"
    for number in range(5):
        (folder / f"{number}.parquet").write_bytes(b"x")
    lakes.make_old(lake)
    held, known = [], catalog.locked

    @contextlib.contextmanager
    def counted(settings):
        held.append(1)
        with known(settings):
            yield

    monkeypatch.setattr(orphans, "LOCKED_SECONDS", 0.0)
    monkeypatch.setattr(orphans.catalogs, "locked", counted)
    assert len(sweep(lake)) == len(held) == 5


def test_without_a_warehouse_nothing_is_made(tmp_path):
    assert sweep(LakeSettings(root=str(tmp_path / "lake"))) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_in_an_object_store_the_same_goes_and_stays(object_store, tmp_path):
    known = {"warehouse": f"s3://{BUCKET}/{tmp_path.name}", "properties": object_store}
    lake = LakeSettings.model_validate({"root": str(tmp_path / "lake"), **known})
    for number, marker in enumerate("AB"):
        publish(lake, rows.clean(marker=marker), tmp_path, run=f"r{number}")
    for number in range(3):
        warehouse.add_reviews(lake, [lakes.review(number)])
    left_by_a_killed_publisher(lake, tmp_path)
    before = lakes.all_rows(lake)
    assert [one.table for one in warehouse.compact(lake, files=1)] == ["publications", "reviews"]
    assert warehouse.sweep(lake, now=datetime.now(UTC)).removed == []
    warehouse.expire(lake, superseded_days=0, now=lakes.later(), grace=lakes.NONE)
    swept = warehouse.sweep(lake, now=lakes.later())
    gone = [file.address for file in swept.removed]
    assert len([address for address in gone if "/files/" in address]) == 5
    assert len([address for address in gone if "/data/" in address]) == 5
    assert swept.bytes > 0
    assert lakes.all_rows(lake) == before
    assert warehouse.sweep(lake, now=lakes.later()).removed == []
    assert store.size(lake, f"{store.location(lake)}/daily_qc/2026-01-05.json")
    publish(lake, rows.clean(marker="A"), tmp_path, run="again")
    assert seen(lake) == {"A": ALL}
