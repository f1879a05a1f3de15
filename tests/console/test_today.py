from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from callqa import settings, warehouse
from callqa.contracts import Review
from tests.console.conftest import LOOKS, accessible, drawn
from tests.waiting import until

pytestmark = pytest.mark.slow

OF_LIN = "20260105-102040-a7"
LOOKS_AGAIN = 60.0
"""Seconds within which the console has looked at what was added; it does so every few."""


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_newest_day_is_shown_whole(browse, shot, language, theme):
    page = browse("ada", "/callqa/today", language=language, theme=theme)
    drawn(page)
    title, heard = {
        "en-US": ("Wed, 7 Jan 2026", "11 of 12"),
        "zh-CN": ("2026年1月7日 周三", "12 通中的 11 通"),
    }[language]
    assert page.get_by_role("heading", level=1).inner_text() == title
    assert heard in page.locator("main").inner_text()
    assert page.locator("html").get_attribute("lang") == {"en-US": "en"}.get(language, language)
    accessible(page)
    shot(page, f"today-{language[:2]}-{theme}")


def test_each_figure_leads_to_the_calls_that_it_counts(browse):
    for name in ("Risk calls", "Invalid calls"):
        page = browse("rui", "/callqa/today")
        figure = page.locator("dl.figures > div", has_text=name)
        count = figure.locator("a.figure").inner_text()
        figure.locator("a.figure").click()
        page.wait_for_url("**/callqa/calls?*")
        assert page.locator("tbody [data-row]").count() == int(count)


def test_days_are_chosen_by_date_too_and_one_that_is_not_published_says_so(browse):
    page = browse("rui", "/callqa/today")
    page.locator("input[type=date]").fill("2026-01-05")
    page.get_by_role("heading", name="Mon, 5 Jan 2026", level=1).wait_for()
    assert page.get_by_role("link", name="Earlier day").count() == 0


def test_a_day_that_is_not_published_leads_to_one_that_is(client):
    answer = client("rui").get("/callqa/today?day=2026-03-01")
    assert answer.status_code == 404
    assert "Sun, 1 Mar 2026 is not published" in answer.text
    assert "To the newest day, Wed, 7 Jan 2026" in answer.text


def test_what_waits_is_shown_until_it_is_decided(client, console_lake):
    lake = settings.Settings().with_folders(lake=console_lake).lake
    review = Review(
        call_date=dt.date(2026, 1, 5), call_id=OF_LIN, rule="SC02", rule_version=1, verdict="appealed", reviewer="lin",
        note="I did say goodbye", at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    warehouse.add_reviews(lake, [review])
    try:
        for person, sees in (("mara", True), ("lin", True), ("nobody", False)):
            until(lambda person=person, sees=sees: (OF_LIN in waiting(client(person))) is sees, LOOKS_AGAIN, pause=0.25)
    finally:
        decided = dataclasses.replace(review, verdict="overturned", reviewer="mara", at=dt.datetime.now(dt.UTC))
        warehouse.add_reviews(lake, [decided])
    until(lambda: OF_LIN not in waiting(client("mara")), LOOKS_AGAIN, pause=0.25)


def waiting(one) -> str:
    """The card of what waits, on the day of the appealed call."""
    text = one.get("/callqa/today?day=2026-01-05").text
    return text.partition('id="waiting"')[2].partition("</section>")[0]


def test_a_runs_tab_leads_to_the_day_that_it_published(client, console_lake):
    lake = settings.Settings().with_folders(lake=console_lake).lake
    for one in warehouse.publications(lake):
        answer = client("rui").get("/callqa/run", params={"dag_id": "daily_call_qa", "run_id": one.run_id})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/callqa/today?day={one.call_date}")
