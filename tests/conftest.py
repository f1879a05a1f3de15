"""What the tests share: the demo's calls, and lakes that the real pipeline filled."""

from __future__ import annotations

import json
import os
from pathlib import Path

import hypothesis
import pytest

from callqa import settings

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO_CALLS = REPOSITORY / "include" / "callqa" / "demo" / "calls"
DEMO_DAYS = ("2026-01-05", "2026-01-06", "2026-01-07")

# A developer's own settings must not change what the tests see.
for name in [name for name in os.environ if name.startswith("CALLQA_")]:
    del os.environ[name]

# No example has a limit of time: the machine may be at work on something else. The rest is hypothesis' own: under
# `CI=true` the same examples each time, so that a change is not judged by luck, else new ones.
hypothesis.settings.register_profile("callqa", deadline=None, print_blob=True)
hypothesis.settings.load_profile("callqa")


@pytest.fixture(scope="session")
def ground_truth() -> list[dict]:
    """What is true of each of the demo's recordings."""
    return json.loads((DEMO_CALLS / "ground_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory) -> settings.Settings:
    """The repository's qa.toml over a lake of the tests' own."""
    return settings.load(REPOSITORY / "qa.toml").with_folders(lake=str(tmp_path_factory.mktemp("lake")))


@pytest.fixture(scope="session")
def demo_runs(demo_settings) -> dict[str, dict]:
    """The three demo days, run once by the real pipeline: summary by day."""
    from callqa import pipeline

    return {day: pipeline.run_day(demo_settings, pipeline.parse_day(day)) for day in DEMO_DAYS}


@pytest.fixture
def quick_settings(demo_settings, demo_runs, tmp_path) -> settings.Settings:
    """A lake without publications that shares the caches of the demo's runs: nothing is transcribed again."""
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "cache").symlink_to(Path(demo_settings.lake.root) / "cache")
    return demo_settings.with_folders(lake=str(lake))


def pytest_terminal_summary(terminalreporter) -> None:
    from tests import browser

    for missing in sorted(browser.left_out):
        terminalreporter.write_line(f"LEFT OUT: tests of pages in a browser: {missing}")
