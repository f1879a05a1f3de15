"""A window of 768 pixels: a tablet, or Airflow's own pages with their sidebar around the console's."""

from __future__ import annotations

import pytest

SIZE = (768, 1024)


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_the_names_of_all_pages_are_seen(browse, language):
    page = browse("ada", "/callqa/audit", language=language, size=SIZE)
    reach = page.locator(".nav").bounding_box()
    for link in page.locator(".nav a").all():
        box = link.bounding_box()
        assert reach["x"] <= box["x"], link.inner_text()
        assert box["x"] + box["width"] <= reach["x"] + reach["width"], link.inner_text()


def test_where_there_is_no_room_for_all_names_the_open_pages_is_seen(browse):
    page = browse("ada", "/callqa/audit", size=(420, 800))
    page.evaluate("() => document.fonts.ready")
    reach, here = (page.locator(place).bounding_box() for place in (".nav", ".nav [aria-current]"))
    assert reach["x"] <= here["x"]
    assert here["x"] + here["width"] <= reach["x"] + reach["width"] + 1


def test_the_search_opens_when_it_is_used(browse):
    page = browse("mara", "/callqa/rules", size=SIZE)
    field = page.locator(".search input")
    assert field.bounding_box()["width"] < 40
    field.focus()
    assert field.bounding_box()["width"] > 200
    field.fill("退款")
    field.press("Enter")
    page.wait_for_url("**/callqa/calls?said=**")


def test_the_list_of_calls_has_its_head_above_its_rows_and_the_score_in_sight(browse):
    page = browse("mara", "/callqa/calls", size=SIZE)
    table = page.locator("table.calls")
    head, row = table.locator("thead tr").bounding_box(), table.locator("tbody tr").first.bounding_box()
    cell = table.locator("thead th").first.bounding_box()
    assert cell["y"] == pytest.approx(head["y"], abs=1)
    assert row["y"] == pytest.approx(head["y"] + head["height"], abs=1)
    score = table.locator("tbody tr").first.locator("td").last.bounding_box()
    assert score["x"] + score["width"] <= SIZE[0]
