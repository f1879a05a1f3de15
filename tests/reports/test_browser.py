"""The pages in a browser, from their files: legible for everybody, on paper too, and silent towards the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from callqa.reports import making
from tests.browser import chosen
from tests.conftest import REPOSITORY
from tests.reports.conftest import Made

pytestmark = pytest.mark.slow
PAGES = [(page, *look) for page in making.PAGES for look in (("zh", "light", 1280), ("en", "dark", 390))]
"""Each page in both languages, both themes and both widths, not in every combination."""


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Any:
    return chosen(request)


@pytest.fixture
def opened(browser, made: Made):
    """Opens a page of the made report from its file; at the end nothing may have been said or asked for."""
    contexts, faults = [], []

    def open_page(page: str, language: str = "en", theme: str = "light", width: int = 1280, **more: Any) -> Any:
        context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(message.text))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda asked: asked.url.startswith("file:") or faults.append(asked.url))
        tab.goto(Path(made.report.pages[page][language]).as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize(("page", "language", "theme", "width"), PAGES)
def test_a_page_is_accessible_and_no_wider_than_its_window(opened, page, language, theme, width):
    tab = opened(page, language, theme, width, bypass_csp=True)
    tab.evaluate((REPOSITORY / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = tab.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("SCREENSHOTS"):
        tab.screenshot(path=Path(folder) / f"report-{page}-{language}-{theme}-{width}.png", full_page=True)


def test_the_pages_own_style_and_script_are_let_through_by_its_policy(opened):
    tab = opened("shifts")
    assert tab.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "10px"
    assert tab.locator("[data-both]").first.is_visible(), "shown by the script"


def test_no_other_script_runs_on_a_page(browser, made: Made):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(Path(made.report.pages["overview"]["en"]).as_uri())
    tab.evaluate("""() => { const one = document.createElement('script'); one.textContent = 'window.ran = 1';
        document.body.append(one); }""")
    assert tab.evaluate("window.ran === undefined")
    context.close()


def test_both_sides_of_a_turn_can_be_heard_one_at_a_time(opened):
    tab = opened("shifts")
    first = tab.locator("article").first
    assert tab.evaluate("new Promise(done => { const a = document.querySelector('audio'); a.load();"
                        " a.onloadedmetadata = () => done(a.duration); })") == pytest.approx(30.0, abs=0.1)  # fmt: skip
    button = first.locator("[data-both]")
    assert button.is_visible()
    before, after = first.locator("audio").nth(0), first.locator("audio").nth(1)
    after.evaluate("async one => { one.muted = true; await one.play(); }")
    before.evaluate("async one => { one.muted = true; await one.play(); }")
    assert after.evaluate("one => one.paused"), "the other one pauses"
    assert not before.evaluate("one => one.paused")


def test_where_the_sound_was_removed_the_page_says_so(browser, made: Made, tmp_path):
    page = tmp_path / "shifts.en.html"
    page.write_text(made.html("shifts"), encoding="utf-8")
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.get_by_text("The sound is gone: it is kept no longer").first.wait_for()
    assert tab.locator("audio:visible").count() == 0
    context.close()


@pytest.mark.parametrize("page", making.PAGES)
def test_a_page_prints_on_a4_in_light_colours(opened, page, tmp_path):
    tab = opened(page, "zh", "dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tab.emulate_media(media="print", color_scheme="dark")
    printed = tab.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594" in printed or b"/MediaBox [0 0 595" in printed
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / f"report-{page}.pdf").write_bytes(printed)
