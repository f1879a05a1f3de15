"""Headless Chromium for the tests of pages: the console's, and the reports'. A package's conftest takes the fixture from here:

    from tests.browser import chromium

BROWSER_TESTS=required fails where there is no browser, instead of leaving its tests out.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REPOSITORY

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""The first has no windows to draw, and opens a page with a quarter of the others' work."""
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
left_out: set[str] = set()
"""Why tests were left out; pytest says it at the end."""


def why_none() -> str:
    """What is missing for the browser's tests; empty where nothing is."""
    if importlib.util.find_spec("playwright") is None:
        return "Python's playwright is not installed: `make setup`"
    if CHROMIUM is None:
        return "no chromium: `apt install chromium-headless-shell`, or chromium"
    if not (REPOSITORY / "node_modules" / "axe-core").is_dir():
        return "no axe-core in node_modules: `npm ci`"
    return ""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """Headless Chromium with a profile of its own that is empty. Not longer than a package's tests: playwright keeps an
    event loop going."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


def chosen(request: pytest.FixtureRequest) -> Any:
    """The package's `chromium`. Without one, the test is left out, or fails where browsers are required."""
    if missing := why_none():
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(f"no browser test can run: {missing}")
        left_out.add(missing)
        pytest.skip(missing)
    return request.getfixturevalue("chromium")
