"""Rules: the list, a rule's page, and texts that are tried on published days within limits."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from callqa import settings
from qa_console import trying
from qa_console.pages import _rule_pages
from qa_console.trying import TrialError
from tests.console.conftest import accessible, drawn, own_page

LOOKS = [("en-US", "light"), ("zh-CN", "light"), ("en-US", "dark"), ("zh-CN", "dark")]
FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 1, 7)


def rule(condition: str, head: str = "id: XX01") -> str:
    return f"rules:\n  - {head}\n    version: 1\n    name: {{en: X}}\n    severity: minor\n    score: 0\n    category: x\n    conditions:\n      a: {condition}\n    when: a\n    message: {{en: 'says {{a}}'}}\n"


# What a pack says of a rule, as HTML


def test_markdown_brings_no_html_no_styles_and_no_foreign_links():
    made = _rule_pages.html(
        "## A\n\n<script>x</script> [a](https://evil.example) [b](HR01.md) [c](operators/x.md) [d](javascript:alert(1))\n\n| a |\n|--:|\n| 1 |\n",
        "/callqa",
    )
    assert "<script" not in made
    assert "style=" not in made
    assert re.findall(r'href="([^"]*)"', made) == ["/callqa/rules/HR01"]
    assert "<h3>A</h3>" in made


def test_every_installed_rule_has_a_page_and_declared_ones_a_text():
    chosen = settings.load().rules
    from qa_console import data

    pages = {one.rule: _rule_pages.rule_page(chosen, one.rule, "/callqa") for one in data.installed(chosen)}
    assert len(pages) > 30
    assert all(page is not None and "What it catches" in page.html for page in pages.values())
    assert sum(page.yaml.startswith("id: ") for page in pages.values()) > 30
    assert _rule_pages.rule_page(chosen, "ZZ99", "/callqa") is None


# Trying


@pytest.fixture(scope="module")
def of_lake(console_lake):
    return settings.load().with_folders(lake=console_lake)


@pytest.mark.slow
def test_a_text_is_tried_on_published_calls_and_nothing_is_saved(of_lake):
    found = trying.tried(of_lake, trying.EXAMPLE, FIRST, LAST)
    assert found["finished"] is True
    assert found["calls"] == 28
    assert found["days"] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert found["new"]["hit"] == len(found["hits"]) > 0
    hit = found["hits"][0]
    assert hit["before"] == "not judged"
    assert hit["evidence"][0]["text"]
    assert "XX01" not in {
        one.rule for one in __import__("qa_console.data", fromlist=["installed"]).installed(of_lake.rules)
    }


@pytest.mark.slow
def test_an_installed_rule_tried_as_it_is_changes_nothing(of_lake):
    page = _rule_pages.rule_page(of_lake.rules, "HR01", "")
    for against in ("published", "installed"):
        found = trying.tried(of_lake, page.yaml, FIRST, LAST, against=against)
        assert (found["changed_calls"], found["changed"]) == (0, [])
        assert found["old"]["outcomes"] == found["new"]
    changed = trying.tried(of_lake, page.yaml.replace("投诉", "绝无此词"), FIRST, LAST, against="installed")
    assert changed["changed_calls"] > 0
    assert {one["change"] for one in changed["changed"]} <= {"no longer hit", "other evidence", "newly hit"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rules: [", 2, "no YAML"),
        ("nothing", 1, "is not a rule"),
        (rule("{keywrd: [a]}"), 9, "unknown operator"),
        (rule("{keyword: [a]}") + rule("{keyword: [b]}", "id: XX02").removeprefix("rules:\n"), None, "2 rules"),
        ("a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b]\n", None, ""),
        ("!!python/object/apply:os.system ['touch /tmp/owned']", None, ""),
        ("\x00", None, ""),
        ("", None, ""),
    ],
)
def test_what_is_no_rule_says_where_and_why(of_lake, text, line, said):
    with pytest.raises(TrialError) as refused:
        trying.tried(of_lake, text, LAST, LAST)
    assert said in refused.value.message
    assert "/tmp" not in refused.value.message
    if line:
        assert refused.value.line == line


@pytest.mark.slow
def test_a_rule_that_never_ends_is_ended(of_lake):
    """One that is slow on every call is stopped by the engine's own limit; the trial's says how far it came."""
    found = trying.tried(of_lake, trying.EXAMPLE, FIRST, LAST, seconds=0.0)
    assert found["finished"] is False
    assert found["calls"] == 1


@pytest.mark.slow
def test_a_text_that_fills_the_memory_is_refused(of_lake, monkeypatch):
    monkeypatch.setattr(trying, "LOADING_SECONDS", 40.0)
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    with pytest.raises(TrialError):
        trying.tried(of_lake, bomb + rule("{keyword: *j}"), LAST, LAST)


# The pages


@pytest.mark.slow
def test_the_list_has_every_installed_rule_with_how_often_it_is_right(client):
    text = client("rui").get("/callqa/rules").text
    assert text.count("<tr data-row>") > 30
    assert 'href="/callqa/rules/HR01' in text
    assert "not reviewed" in text or "n = " in text
    for order in ("rule", "hits", "precision", "severity"):
        assert client("rui").get(f"/callqa/rules?order={order}").status_code == 200
    assert client("rui").get("/callqa/rules?q=HR01").text.count("<tr data-row>") == 1
    assert "No rule is called so" in client("rui").get("/callqa/rules?q=%22%3E%3Cscript%3E").text
    assert client("rui").get("/callqa/rules?from=2026-01-07&to=2026-01-05").status_code == 400


@pytest.mark.slow
def test_who_may_look_and_who_may_try(client):
    assert client("lin").get("/callqa/rules").status_code == 403
    assert client("lin").get("/callqa/rules/HR01").status_code == 403
    assert client("rui").get("/callqa/rules/HR01").status_code == 200
    assert client("rui").get("/callqa/rules/ZZ99").status_code == 404
    assert client("rui").get("/callqa/rules/try").status_code == 403
    rui = client("rui")
    form = {"text": trying.EXAMPLE, "first": "2026-01-07", "last": "2026-01-07"}
    assert rui.post("/callqa/rules/try", data=form, headers=own_page(rui)).status_code == 403
    mara = client("mara")
    assert (
        mara.post("/callqa/rules/try", data={**form, "text": "x" * 70_000}, headers=own_page(mara)).status_code == 422
    )
    assert (
        mara.post("/callqa/rules/try", data={**form, "text": "x" * 300_000}, headers=own_page(mara)).status_code == 413
    )
    wrong = mara.post("/callqa/rules/try", data={**form, "first": "2025-01-01"}, headers=own_page(mara))
    assert wrong.headers["x-callqa-trial"] == "400"
    assert "Choose 1 to 31 days" in wrong.text


@pytest.mark.slow
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_look_as_they_should(browse, shot, language, theme):
    page = browse("mara", "/callqa/rules", language=language, theme=theme)
    accessible(page)
    shot(page, f"rules-{language[:2]}-{theme}")
    page.goto("/callqa/rules/HR01")
    drawn(page)
    accessible(page)
    shot(page, f"rules-one-{language[:2]}-{theme}")


@pytest.mark.slow
def test_a_rule_is_tried_in_the_browser(browse, shot):
    page = browse("mara", "/callqa/rules/try")
    page.set_default_timeout(90_000)
    text = page.get_by_role("textbox", name="Rule (YAML)")
    page.get_by_label("From").fill("2026-01-05")
    text.press("Control+Enter")
    page.locator("#found .figures").wait_for()
    assert page.locator("#found .evidence li").count() >= 1
    assert re.search(
        r"/callqa/calls/2026-01-0\d/.*\?t=", page.locator("#found .evidence a").first.get_attribute("href")
    )
    accessible(page)
    shot(page, "rules-try")
    text.fill(rule("{keywrd: [a]}"))
    text.press("Control+Enter")
    page.get_by_text("Line 9").wait_for()
    assert page.locator(".numbers .wrong").inner_text().strip() == "9"
    accessible(page)
    shot(page, "rules-wrong")
