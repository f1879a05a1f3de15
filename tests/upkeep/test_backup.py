"""A lake copied while it is in use, and put back as docs/operations.md says."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from callqa import storage, upkeep, warehouse
from callqa.errors import StageError, UsageError
from callqa.settings import LakeSettings
from callqa.upkeep import backup, lake
from tests import rows
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY, NOW
from tests.warehouse.published import publish

TABLES = ("calls", "turns", "events", "findings", "publications", "reviews", "gate_results", "runs")


def seen(chosen) -> dict[str, list]:
    """All that readers see."""
    return {table: warehouse.query(chosen.lake, f"select * from {table} order by all")[1] for table in TABLES}


def others(root: Path) -> dict[str, str]:
    """Files that are not of the warehouse, of caches and runs, with their digests."""
    away = ("warehouse/", "cache/", "runs/", "tries/")
    return {
        name: digest
        for name, digest in lakes.listing(root).items()
        if not name.startswith(away) and ".lock" not in name
    }


@pytest.fixture
def small(tmp_path):
    """A lake with one published day, refused ones, reviews, an audit trail."""
    return lakes.filled(tmp_path)


def test_a_lake_is_restored_with_its_catalog_and_goes_on(small, tmp_path):
    root, kept = Path(small.lake.root), tmp_path / "backup"
    before, files = seen(small), others(root)
    copied = upkeep.back_up(small, kept)
    assert seen(small) == before
    lakes.publish(small, lakes.made(small, others=5), "run-later")
    shutil.rmtree(root)
    restored = upkeep.restore(small, kept)
    assert (restored.files, restored.root) == (copied.files, str(root))
    assert seen(small) == before
    assert others(root) == files
    assert {path.name for path in root.iterdir()}.isdisjoint({"cache", "runs", "tries"})
    publication = lakes.publish(small, lakes.made(small, others=5), "run-after")
    assert publication.sequence == 3
    assert upkeep.erase(small, [(DAY, CALL)], by="li", reason="letter 12", now=NOW).complete
    assert not upkeep.run(small, NOW)["failed"]


def test_caches_and_runs_come_along_where_that_is_asked_for(small, tmp_path):
    root = Path(small.lake.root)
    cached = lakes.listing(root / "cache")
    times = {path.name: path.stat().st_mtime_ns for path in (root / "cache").rglob("*.parquet")}
    upkeep.back_up(small, tmp_path / "backup", again=True)
    shutil.rmtree(root)
    upkeep.restore(small, tmp_path / "backup")
    assert lakes.listing(root / "cache") == cached
    assert {path.name: path.stat().st_mtime_ns for path in (root / "cache").rglob("*.parquet")} == times
    assert (root / "runs").is_dir()


def test_publishers_go_on_while_a_copy_is_made_and_it_is_of_one_moment(tmp_path):
    """Days are published all the while; each copy, put back, reads whole and as it was at some moment."""
    chosen = lakes.settings(tmp_path)
    publish(chosen.lake, rows.clean(), tmp_path / "d0", run="r0")
    stop = threading.Event()
    failed: list[Exception] = []

    def publishing() -> None:
        try:
            for number in range(1, 1000):
                if stop.is_set():
                    return
                day = rows.clean(rows.DAY, calls=2, marker=f"M{number}")
                publish(chosen.lake, day, tmp_path / f"d{number}", run=f"r{number}")
        except Exception as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    thread = threading.Thread(target=publishing)
    thread.start()
    try:
        copies = [upkeep.back_up(chosen, tmp_path / f"backup-{n}") for n in range(3)]
    finally:
        stop.set()
        thread.join()
    assert not failed
    counts = []
    for number, copied in enumerate(copies):
        shutil.rmtree(chosen.lake.root)
        assert upkeep.restore(chosen, tmp_path / f"backup-{number}").at == copied.at
        ledger = warehouse.publications(chosen.lake)
        counts.append(len(ledger))
        assert [row.sequence for row in ledger] == list(range(1, len(ledger) + 1))
    assert counts == sorted(counts)


def test_upkeep_and_erasure_wait_until_the_copy_is_whole(small, tmp_path, monkeypatch):
    copying, go_on = threading.Event(), threading.Event()
    copy = backup._copy

    def slow(root, path, target, copied):
        if path.name == "retention.json" or "quarantine" in path.parts:
            copying.set()
            go_on.wait(30)
        copy(root, path, target, copied)

    monkeypatch.setattr(backup, "_copy", slow)
    saved = threading.Thread(target=upkeep.back_up, args=(small, tmp_path / "backup"))
    saved.start()
    assert copying.wait(30)
    night = threading.Thread(target=upkeep.step, args=(small, "sweep", NOW))
    night.start()
    time.sleep(0.3)
    assert night.is_alive()
    go_on.set()
    saved.join(60)
    night.join(60)
    assert not night.is_alive()


def test_a_killed_copy_is_none_and_a_damaged_one_is_refused(small, tmp_path):
    kept = tmp_path / "backup"
    upkeep.back_up(small, kept)
    shutil.move(small.lake.root, tmp_path / "away")
    note = kept / "BACKUP.json"
    text = note.read_text(encoding="utf-8")
    note.unlink()
    with pytest.raises(UsageError, match=r"is no whole backup: it has no BACKUP\.json"):
        upkeep.restore(small, kept)
    note.write_text(json.dumps({**json.loads(text), "shape": 2}), encoding="utf-8")
    with pytest.raises(UsageError, match="of another version"):
        upkeep.restore(small, kept)
    note.write_text(text, encoding="utf-8")
    file = next((kept / "lake" / "warehouse" / "files" / "calls").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StageError, match="is not as it was copied"):
        upkeep.restore(small, kept)
    assert warehouse.publications(small.lake) == [], "the catalog comes last"


def test_a_copy_is_put_back_where_it_was_made_from_and_into_nothing(small, tmp_path):
    kept = tmp_path / "backup"
    upkeep.back_up(small, kept)
    with pytest.raises(UsageError, match="is not empty"):
        upkeep.restore(small, kept)
    elsewhere = small.with_folders(lake=str(tmp_path / "other"))
    with pytest.raises(UsageError, match="name their files by that path"):
        upkeep.restore(elsewhere, kept)
    assert not (tmp_path / "other").exists()


def test_what_cannot_be_copied_is_refused_before_anything_is_written(small, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    empty = small.with_folders(lake=str(tmp_path / "nothing"))
    remote = small.model_copy(update={"lake": LakeSettings(root=small.lake.root, warehouse="s3://bucket/x")})
    database = small.model_copy(update={"lake": LakeSettings(root=small.lake.root, catalog_uri="postgresql://x/y")})
    (tmp_path / "link").symlink_to(small.lake.root)
    for chosen, place, said in [
        (small, tmp_path / "full", "is not empty"),
        (small, tmp_path / "full" / "file", "is not empty"),
        (small, Path(small.lake.root), "lies in the lake"),
        (small, Path(small.lake.root) / "copy", "lies in the lake"),
        (small, tmp_path / "link" / "copy", "lies in the lake"),
        (empty, tmp_path / "b", "is no lake"),
        (remote, tmp_path / "b", "outside of the lake"),
        (database, tmp_path / "b", "outside of the lake"),
    ]:
        with pytest.raises(UsageError, match=said):
            upkeep.back_up(chosen, place)
    assert not (tmp_path / "b").exists()


def test_a_lake_with_a_catalog_elsewhere_is_not_restored_from_files(small, tmp_path):
    upkeep.back_up(small, tmp_path / "backup")
    shutil.move(small.lake.root, tmp_path / "away")
    database = small.model_copy(update={"lake": LakeSettings(root=small.lake.root, catalog_uri="postgresql://x/y")})
    with pytest.raises(UsageError, match="outside of the lake"):
        upkeep.restore(database, tmp_path / "backup")
    assert not Path(small.lake.root).exists()


def test_a_copy_names_no_file_outside_of_a_lake(small, tmp_path):
    upkeep.back_up(small, tmp_path / "backup")
    note = tmp_path / "backup" / "BACKUP.json"
    for path in ("../../etc/passwd", "/etc/passwd"):
        plain = storage.read_json(note)
        storage.write_json(note, {**plain, "files": {path: [0, "00"]}})
        with pytest.raises(UsageError, match="no path within a lake"):
            backup.read(tmp_path / "backup")


def test_a_copy_is_as_private_as_a_lake_can_be(small, tmp_path):
    upkeep.back_up(small, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700


def test_a_file_that_goes_while_it_is_copied_is_left_out(small, tmp_path, monkeypatch):
    copy = backup._copy_bytes

    def going(path, place):
        if "quarantine" in path.parts:
            path.unlink()
        copy(path, place)

    monkeypatch.setattr(backup, "_copy_bytes", going)
    copied = upkeep.back_up(small, tmp_path / "backup")
    assert copied.files
    assert not [name for name in copied.files if name.startswith("quarantine/")]
    assert not [path for path in (tmp_path / "backup" / "lake" / "quarantine").rglob("*") if path.is_file()]


def test_a_lake_may_be_called_anything(tmp_path):
    chosen = lakes.settings(tmp_path / "calls #1, 100% ?")
    lakes.publish(chosen, lakes.made(chosen, others=1))
    before = seen(chosen)
    upkeep.back_up(chosen, tmp_path / "backup")
    shutil.rmtree(chosen.lake.root)
    upkeep.restore(chosen, tmp_path / "backup")
    assert seen(chosen) == before


def test_a_full_disk_leaves_no_copy_that_looks_whole(small, tmp_path, monkeypatch):
    def full(path, place):
        raise OSError(28, "No space left on device", str(place))

    monkeypatch.setattr(backup, "_copy_bytes", full)
    with pytest.raises(StageError, match="No space left on device"):
        upkeep.back_up(small, tmp_path / "backup")
    assert not (tmp_path / "backup" / "BACKUP.json").exists()


def test_a_database_of_somebody_elses_is_copied_with_what_is_in_its_log(small, tmp_path):
    path = Path(small.lake.root) / "theirs.db"
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table t (a)")
        database.execute("insert into t values (1)")
        database.commit()
        upkeep.back_up(small, tmp_path / "backup")
    database.close()
    copy = sqlite3.connect(tmp_path / "backup" / "lake" / "theirs.db")
    assert copy.execute("select a from t").fetchall() == [(1,)]
    copy.close()


def test_the_lock_of_upkeep_and_half_files_are_no_part_of_it(small, tmp_path):
    root = Path(small.lake.root)
    (root / "exports" / ".x.tmp-1").mkdir()
    (root / "exports" / ".x.tmp-1" / "half").touch()
    (root / lake.LOCK).touch()
    copied = upkeep.back_up(small, tmp_path / "backup")
    assert not [name for name in copied.files if ".tmp-" in name or name.endswith((".lock", "-wal", "-shm"))]
    assert backup.read(tmp_path / "backup") == copied
    assert dataclasses.asdict(copied)["left_out"] == ["tries", "warehouse/rewriting", "cache", "runs"]
    assert storage.read_json(tmp_path / "backup" / "BACKUP.json")["root"] == str(root)
