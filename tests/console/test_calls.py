"""The list of calls: by requests, and as a person at a keyboard uses it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.console.conftest import LOOKS, accessible

pytestmark = pytest.mark.slow
LIST = "/callqa/calls"


def ids(text):
    """The calls of a page, in its order."""
    return re.findall(r'href="/callqa/calls/2026-01-0\d/([^"?/]+)', text)


def total(text):
    return int(re.search(r'id="total">([\d,]+) call', text)[1])


class TestList:
    def test_the_newest_calls_come_first(self, client):
        text = client("rui").get(LIST).text
        assert total(text) == 38
        assert ids(text)[0] == "20260107-115900-c12"

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("from=2026-01-05&to=2026-01-05", 12),
            ("agent=A1001", 5),
            ("agent=A1001&agent=A1002", 11),
            ("rule=HR01", 10),
            ("flag=risk&score_to=70", 3),
            ("status=rejected", 4),
            ("mood_start=happy&mood_end=angry", 1),
            ("language=yue", 4),
            ("seconds_from=40&seconds_to=50", 3),
            ("said=投诉", 5),
            ("said=nobody+says+this", 0),
            ("call=20260105-09", 4),
        ],
    )
    def test_filters_of_the_address_choose(self, client, query, count):
        text = client("rui").get(f"{LIST}?{query}").text
        assert total(text) == count
        assert len(ids(text)) == count

    def test_each_filter_is_a_chip_whose_link_is_the_list_without_it(self, client):
        one = client("rui")
        text = one.get(f"{LIST}?flag=risk&agent=A1002&agent=A1003&sort=score").text
        links = re.findall(r'<a class="chip" href="([^"]+)"', text)
        assert [parse_qs(urlsplit(link.replace("&amp;", "&")).query) for link in links] == [
            {"agent": ["A1003"], "flag": ["risk"], "sort": ["score"]},
            {"agent": ["A1002"], "flag": ["risk"], "sort": ["score"]},
            {"agent": ["A1002", "A1003"], "sort": ["score"]},
        ]

    def test_columns_sort_and_a_second_click_turns_round(self, client):
        one = client("rui")
        text = one.get(f"{LIST}?status=analysed&sort=score").text
        assert 'aria-sort="ascending"' in text
        again = re.search(r'class="sorts" href="([^"]+sort=-score)"', text)[1].replace("&amp;", "&")
        assert ids(text)[0] == "20260107-093300-c3"
        assert ids(one.get(again).text)[-1] == "20260107-093300-c3"

    def test_a_part_is_asked_for_with_the_address_that_is_shown_for_it(self, client):
        answer = client("rui").get(f"{LIST}?said=&agent=&flag=risk&score_from=", headers={"hx-request": "true"})
        assert answer.headers["hx-push-url"] == f"{LIST}?flag=risk"

    @pytest.mark.parametrize(
        "query", ["score_from=abc", "nothing=1", "from=yesterday", "sort=shoe", "after=x", "score_from=9&score_to=1"]
    )
    def test_a_filter_that_is_none_is_told_on_the_page_and_in_a_part(self, client, query):
        answer = client("rui").get(f"{LIST}?{query}")
        assert answer.status_code == 400
        assert 'class="notice bad"' in answer.text
        part = client("rui").get(f"{LIST}?{query}", headers={"hx-request": "true"})
        assert (part.status_code, "<html" in part.text) == (400, False)

    def test_what_is_typed_is_shown_and_never_run(self, client):
        text = client("rui").get(LIST, params={"said": '"><script>alert(1)</script>', "queue": "<b>x"}).text
        assert "<script>alert" not in text
        assert "<b>x" not in text

    def test_agents_see_their_own_calls_whatever_they_ask_for(self, client):
        assert total(client("lin").get(LIST).text) == 5
        assert total(client("lin").get(f"{LIST}?agent=A1002").text) == 0
        assert "There are no calls of yours" in client("nobody").get(LIST).text

    def test_invalid_and_rejected_calls_say_why(self, client):
        text = client("rui").get(f"{LIST}?status=invalid&status=rejected").text
        assert "Rang, nobody answered" in text
        assert "Empty file" in text


class TestChoices:
    def test_the_values_that_calls_have_with_how_many(self, client):
        text = client("rui").get(f"{LIST}/choices?of=agent").text
        assert re.findall(r'value="(A\d+)"', text)[:2] == ["A1004", "A1002"]
        assert "孙丽" in text

    def test_they_are_found_by_the_name_that_is_shown(self, client):
        assert re.findall(r'value="(\w+)"', client("rui").get(f"{LIST}/choices?of=rule&like=regul").text) == ["RG01"]
        zh = client("rui", **{"accept-language": "zh"}).get(f"{LIST}/choices?of=flag&like=风险").text
        assert re.findall(r'value="(\w+)"', zh) == ["risk"]

    def test_what_is_chosen_stays_chosen_though_it_is_not_found(self, client):
        text = client("rui").get(f"{LIST}/choices?of=agent&like=nobody&agent=A1002").text
        assert '<input type="hidden" name="agent" value="A1002">' in text

    def test_agents_choose_among_their_own_calls(self, client):
        assert re.findall(r'value="(A\d+)"', client("lin").get(f"{LIST}/choices?of=agent").text) == ["A1001"]

    def test_what_is_no_filter_has_no_values(self, client):
        assert client("rui").get(f"{LIST}/choices?of=customer_number").status_code == 400


class TestExport:
    def test_the_whole_list_in_its_order_and_a_line_in_the_trail(self, client, console_lake):
        answer = client("rui").get(f"{LIST}/export.csv?flag=risk&sort=score")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert re.fullmatch(r'attachment; filename="calls-\d{8}-\d{6}\.csv"', answer.headers["content-disposition"])
        lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(lines) == 10
        assert lines[0]["Call"] == "20260107-093300-c3"
        trail = sorted((Path(console_lake) / "audit").glob("*.jsonl"))[-1].read_text(encoding="utf-8").splitlines()
        kept = json.loads(trail[-1])
        assert (kept["person"], kept["action"], kept["detail"]) == (
            "rui", "export", {"filters": [["flag", "risk"]], "sort": "score"},
        )  # fmt: skip

    def test_heads_are_in_the_language_and_agents_get_their_own(self, client):
        text = client("lin", **{"accept-language": "zh"}).get(f"{LIST}/export.csv").text
        assert text.splitlines()[0].startswith("\ufeff日期,通话编号,")
        assert len(text.splitlines()) == 6

    def test_a_filter_that_is_none_is_refused_before_the_answer_begins(self, client):
        assert client("rui").get(f"{LIST}/export.csv?score_from=x").status_code == 400


SIZED = [(*look, size) for look, size in zip(LOOKS, itertools.cycle([(1280, 800), (1440, 900)]), strict=False)]


class TestByHand:
    @pytest.mark.parametrize(("language", "theme", "size"), SIZED)
    def test_it_looks_right(self, browse, shot, language, theme, size):
        page = browse("ada", f"{LIST}?from=2026-01-05&to=2026-01-07", language=language, theme=theme, size=size)
        assert page.get_by_role("heading", level=1).inner_text() == ("通话" if language == "zh-CN" else "Calls")
        accessible(page)
        shot(page, f"calls-{language[:2]}-{theme}-{size[0]}", whole=False)

    def test_a_choice_narrows_the_table_and_the_back_button_widens_it(self, browse, shot):
        page = browse("rui", LIST)
        page.locator("summary", has_text="Agent").click()
        page.get_by_label("Find").first.fill("刘")
        page.get_by_label("刘洋").check()
        page.wait_for_url("**/calls?agent=A1002")
        assert page.locator("#total").inner_text() == "6 calls"
        accessible(page)
        shot(page, "calls-choosing", whole=False)
        page.keyboard.press("Escape")
        page.locator("summary", has_text="Status").click()
        page.get_by_label("Heard").check()
        page.wait_for_url("**/calls?agent=A1002&status=analysed")
        page.go_back()
        page.wait_for_url("**/calls?agent=A1002")
        page.get_by_role("link", name="Remove filter Agent: 刘洋").click()
        page.wait_for_url("**/calls")
        page.locator("#total", has_text="38 calls").wait_for()
        assert not page.locator('input[name="agent"]').count()

    def test_by_keyboard_alone(self, browse):
        page = browse("rui", LIST)
        page.keyboard.press("/")
        page.keyboard.type("投诉")
        page.keyboard.press("Enter")
        page.locator("#total", has_text="5 calls").wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/calls/2026-01-07/20260107-093300-c3?in=said**")
        assert page.get_by_text("2 of 5").is_visible()
        page.keyboard.press("]")
        page.wait_for_url("**/calls/2026-01-06/**")
        page.keyboard.press("u")
        page.wait_for_url("**/calls?said=**")
        assert page.locator("#total").inner_text() == "5 calls"

    def test_a_bound_that_is_no_number_is_not_sent(self, browse):
        page = browse("rui", LIST)
        page.locator("summary", has_text="Score").click()
        page.locator('input[name="score_from"]').fill("130")
        page.keyboard.press("Tab")
        page.wait_for_timeout(300)
        assert page.url.endswith("/calls")
        page.locator('input[name="score_from"]').fill("90")
        page.keyboard.press("Tab")
        page.wait_for_url("**/calls?score_from=90")

    def test_the_list_is_saved_as_it_is_shown(self, browse):
        page = browse("rui", LIST)
        page.locator("summary", has_text="Flag").click()
        page.get_by_label("Risk").check()
        page.wait_for_url("**flag=risk")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Export CSV").click()
        assert len(Path(saved.value.path()).read_text(encoding="utf-8").splitlines()) == 11

    def test_without_a_match_it_says_so_and_how_on(self, browse, shot):
        page = browse("rui", f"{LIST}?queue=nope", theme="dark")
        page.get_by_text("No call meets these filters").wait_for()
        accessible(page)
        shot(page, "calls-empty", whole=False)
        page.get_by_role("link", name="Clear all").click()
        page.locator("#total", has_text="38 calls").wait_for()
