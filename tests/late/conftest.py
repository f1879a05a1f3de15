"""A source to which recordings come one by one."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

from callqa import pipeline, storage, warehouse
from callqa.settings import Settings
from tests.conftest import DEMO_CALLS

DAY = pipeline.parse_day("2026-01-07")
SHORT = ("100500-c5.wav", "101200-c6.wav", "085900-c1.mp3", "104400-c8.flac")


class Feed:
    """A recorder's folder: recordings of a demo day are delivered to it, with their rows of the side-car."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / DAY.isoformat()
        self.there: list[str] = []
        self.folder.mkdir(parents=True)

    def deliver(self, *names: str) -> None:
        for name in names:
            shutil.copy(DEMO_CALLS / DAY.isoformat() / name, self.folder / name)
            os.utime(self.folder / name, (1_700_000_000, 1_700_000_000))
        self.describe(*names)

    def describe(self, *names: str) -> None:
        self.there += [name for name in names if name not in self.there]
        with (DEMO_CALLS / DAY.isoformat() / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        with (self.folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([rows[0], *(row for row in rows[1:] if row[0] in self.there)])


@pytest.fixture
def feed(tmp_path) -> Feed:
    return Feed(tmp_path / "feed")


@pytest.fixture(scope="session")
def known(tmp_path_factory) -> Path:
    """Caches that these tests share, so that each recording is heard once."""
    return tmp_path_factory.mktemp("known")


@pytest.fixture
def fresh_settings(demo_settings, feed, tmp_path) -> Settings:
    """A lake that has heard nothing; a shard is two recordings or so."""
    chosen = demo_settings.with_folders(source=str(feed.root), lake=str(tmp_path / "lake"))
    return chosen.with_value("shards.seconds=20").with_value("gate.max_rejected_share=1.0")


@pytest.fixture
def settings(fresh_settings, known) -> Settings:
    """The same with the shared caches."""
    lake = Path(fresh_settings.lake.root)
    lake.mkdir()
    (lake / "cache").symlink_to(known)
    return fresh_settings


def heard(settings: Settings) -> int:
    """Clips that a model was asked about, in all runs of the lake."""
    results = Path(settings.lake.root).glob("runs/*/transcribe/*.json")
    return sum(storage.read_json(path)["result"]["transcription"]["transcribed"] for path in results)


def published(settings: Settings) -> list[str]:
    sql = "select file_name from calls where call_date = ? order by file_name"
    return [name for (name,) in warehouse.query(settings.lake, sql, [DAY])[1]]


def ledger(settings: Settings) -> list[tuple[int, str | None]]:
    return [(row.sequence, row.origin) for row in warehouse.publications(settings.lake, DAY)]
