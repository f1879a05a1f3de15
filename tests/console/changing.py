"""A lake of the tests that decide and review: published days and refused ones.

2026-01-05 and 2026-01-07 are published; 2026-01-08 (its recordings once more) waits for a decision in two runs,
2026-01-09 and 2026-01-10 in one each.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from callqa import pipeline, settings
from callqa.settings import GateSettings, Settings
from tests.conftest import DEMO_CALLS, REPOSITORY
from tests.console import server

SOURCES = {
    "2026-01-05": "2026-01-05",
    "2026-01-06": "2026-01-06",
    "2026-01-07": "2026-01-07",
    "2026-01-08": "2026-01-07",
    "2026-01-09": "2026-01-06",
    "2026-01-10": "2026-01-07",
}
"""Folder of the demo that each day's recordings are taken from."""
STRICT = GateSettings(max_rejected_share=0.01)
PUBLISHED = ("2026-01-05", "2026-01-07")
REFUSED = ("2026-01-08", "2026-01-08", "2026-01-09", "2026-01-10")


def made_lake(
    folder: Path, cache: Path, published: Iterable[str] = PUBLISHED, refused: Iterable[str] = REFUSED
) -> Path:
    """The lake; what is heard is taken from a cache that has it."""
    lake = folder / "lake"
    lake.mkdir()
    (lake / "cache").symlink_to(cache)
    chosen = settings.load(REPOSITORY / "qa.toml").with_folders(lake=str(lake), source=str(_source(folder)))
    for day in published:
        pipeline.run_day(chosen, pipeline.parse_day(day))
    for day in refused:
        _refuse(chosen, day)
    return lake


def _refuse(chosen: Settings, day: str) -> None:
    summary = pipeline.run_day(chosen.model_copy(update={"gate": STRICT}), pipeline.parse_day(day))
    assert summary["gate"] == "refused"


def _source(folder: Path) -> Path:
    for day, taken in SOURCES.items():
        shutil.copytree(DEMO_CALLS / taken, folder / "source" / day)
        side_car = folder / "source" / day / "calls.csv"
        text = side_car.read_text(encoding="utf-8-sig")
        side_car.write_text(
            text.replace(taken, day).replace(taken.replace("-", ""), day.replace("-", "")), encoding="utf-8"
        )
    return folder / "source"


@pytest.fixture(scope="session")
def console_home(changing_home: Any) -> Any:
    return changing_home


@pytest.fixture(scope="session")
def tokens(console_home: Any) -> Callable[[str], str]:
    return functools.cache(lambda person: server.token(console_home, person))
