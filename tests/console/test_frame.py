"""The console inside Airflow's own pages, and what every page does in a browser: login, keys, switches."""

from __future__ import annotations

import re

import pytest

from tests.console import server
from tests.console.conftest import accessible, drawn

pytestmark = pytest.mark.slow


def test_from_airflows_navigation_to_the_console_and_a_deep_link_into_it(browse, shot):
    page = browse("ada", "/", size=(1440, 900))
    page.get_by_role("link", name="Call quality").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Wed, 7 Jan 2026").wait_for()
    frame.locator("[data-chart][data-drawn]").nth(1).wait_for()
    shot(page, "airflow-today", whole=False)
    frame.get_by_role("link", name="Earlier day").click()
    frame.get_by_role("heading", name="Tue, 6 Jan 2026").wait_for()
    assert "/plugin/callqa" in page.url


def test_the_frame_looks_as_airflow_does(browse):
    page = browse("ada", "/plugin/callqa", theme="dark")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", level=1).wait_for()
    theme = page.evaluate("document.documentElement.className")
    assert frame.locator("html").get_attribute("data-theme") == ("dark" if "dark" in theme else "light")


def test_somebody_without_a_login_comes_back_to_the_page_that_was_asked_for(browse, console_home):
    page = browse(None, "/callqa/today?day=2026-01-06")
    page.locator("input[name=username]").fill("rui")
    page.locator("input[name=password]").fill(server.passwords()["rui"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Tue, 6 Jan 2026").wait_for()
    page.faults.clear()  # what Airflow's own login page had to say
    assert page.url == f"{console_home.url()}/callqa/today?day=2026-01-06"


def test_keys(browse):
    page = browse("ada", "/callqa/today")
    page.keyboard.press("[")
    page.get_by_role("heading", name="Tue, 6 Jan 2026").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator("[data-row].at").count() == 1
    assert page.locator("[data-row].at").evaluate("(row) => row === document.querySelector('[data-row]')")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    accessible(page)
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "said"
    page.keyboard.type("j?[")  # letters, while one writes
    assert page.locator("input[name=said]").input_value() == "j?["
    page.keyboard.press("Escape")
    page.keyboard.press("]")
    page.get_by_role("heading", name="Wed, 7 Jan 2026").wait_for()


def test_the_switches_of_language_and_colours_stay(browse):
    page = browse("ada", "/callqa/today")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(background) != light
    page.locator("details.menu").get_by_role("button", name="中文").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    assert page.evaluate(background) != light
    page.goto("/callqa/today?day=2026-01-05")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.evaluate(background) != light
    page.locator("details.menu summary").click()
    accessible(page)


def test_moods_at_the_start_take_the_place_of_those_at_the_end(browse):
    page = browse("ada", "/callqa/today")
    drawn(page)
    before = page.locator("#moods [data-chart]").get_attribute("data-chart")
    page.get_by_role("link", name="At the start").click()
    page.wait_for_url(re.compile("moods=start"))
    drawn(page)
    assert page.locator("#moods [data-chart]").get_attribute("data-chart") != before
    assert page.locator("#moods [aria-current]").inner_text() == "At the start"


def test_a_small_screen_and_a_printed_page_hold_everything(browse, shot):
    page = browse("ada", "/callqa/today", size=(820, 1100))
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "today-small")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    shot(page, "today-print")


def test_pages_that_have_nothing_to_show(browse, shot):
    page = browse("nobody", "/callqa/today")
    page.get_by_role("heading", level=1).wait_for()
    accessible(page)
    shot(page, "today-nobody")
    page = browse("ada", "/callqa/run?dag_id=report_day&run_id=nothing")
    page.get_by_role("heading", name="This run published no day").wait_for()
    accessible(page)


def test_the_audit_trail_is_for_administrators(browse, client, shot):
    assert client("mara").get("/callqa/audit").status_code == 403
    page = browse("ada", "/callqa/audit")
    page.get_by_role("heading", name="Audit", level=1).wait_for()
    page.get_by_role("button", name="Check").click()
    page.get_by_text("Every line follows").wait_for()
    accessible(page)
    shot(page, "audit")
