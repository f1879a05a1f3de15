"""Rules: the list, a rule's page, and texts that are tried on published days within limits."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from callqa import settings
from qa_console import data, trying
from qa_console.language import Language
from qa_console.pages import _comparing, _rule_pages, _scopes
from qa_console.trying import TrialError
from qc_rules.conditions.anchors import Anchor
from qc_rules.conditions.scope import Extent, Point, Scope
from tests.console.conftest import LOOKS, accessible, drawn, own_page

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
    pages = {one.rule: _rule_pages.rule_page(chosen, one.rule, "/callqa") for one in data.installed(chosen)}
    assert len(pages) > 30
    assert all(page is not None and "What it catches" in page.html("en")[0] for page in pages.values())
    assert all("检测内容" in page.html("zh")[0] and page.html("zh")[1] == "zh" for page in pages.values())
    assert sum(page.yaml.startswith("id: ") for page in pages.values()) > 30
    assert all(page.conditions for page in pages.values() if page.yaml)
    assert {outcome for page in pages.values() for outcome, _, _ in page.examples} == {"hit", "clear", "unknown"}
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
    assert found["new"]["outcomes"]["hit"] == len(found["hits"]) > 0
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
        assert found["old"]["outcomes"] == found["new"]["outcomes"]
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


# Two versions


@pytest.mark.slow
def test_versions_that_nobody_published_leave_the_days_out_and_say_so(of_lake):
    found = trying.compared(of_lake, "HR01", "v2", "v1", FIRST, LAST)
    assert found["calls"] == 0
    assert [(one["code"], one["versions"]) for one in found["skipped"]] == [("single", [1])] * 3


@pytest.mark.slow
def test_what_was_published_against_what_is_installed_has_both_sides(of_lake):
    found = trying.compared(of_lake, "HR01", "published", "installed", FIRST, LAST)
    both = _comparing.sides(found)
    assert both.old.hits == both.new.hits > 0
    assert both.columns == ("hit", "clear")
    assert [row[0] for row in both.rows] == ["hit", "clear"]
    assert sum(both.totals) == found["calls"] == 28
    assert both.new.rate.low < both.new.rate.value < both.new.rate.high
    assert both.new.milliseconds > 0
    assert both.old.milliseconds is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("installed", "installed", "same"), ("v1", "v1", "same"), ("published", "v2", "mixed"), ("text", "installed", "sides"),
        ("v1", "published", "sides"), ("v0", "installed", "sides"), ("v1; drop", "text", "sides"), ("", "", "sides"),
    ],
)  # fmt: skip
def test_sides_that_say_nothing_are_refused_before_anything_starts(old, new, code):
    with pytest.raises(TrialError) as refused:
        trying.compared(settings.load(), "HR01", old, new, FIRST, LAST)
    assert refused.value.code == code
    with pytest.raises(TrialError):
        trying.compared(settings.load(), None, "published", "installed", FIRST, LAST)


def version(number: int) -> data.RuleVersion:
    share = data.share(1, 2)
    return data.RuleVersion(
        version=number, packs=("acme 1",), first=FIRST, last=LAST, days=1, heard=2, hits=1, unknown=0, crashed=0,
        rate=share, unknown_rate=share, precision=share,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("published", "text", "installed", "asked", "sides"),
    [
        ([3, 2], "id: X", 3, (None, None), ("v2", "v3")),
        ([2], "id: X", 3, (None, None), ("published", "installed")),
        ([3], "id: X", 3, (None, None), ("installed", "text")),
        ([3], "", 3, (None, None), ("published", "installed")),
        ([], "id: X", None, (None, None), ("published", "text")),
        ([3, 2, 1], "", 3, (None, "v2"), ("v1", "v2")),
        ([3], "", 3, (None, "v3"), ("v2", "v3")),
        ([3], "", 3, ("v1", "v2"), ("v1", "v2")),
    ],
)
def test_the_page_begins_with_the_versions_that_say_most(published, text, installed, asked, sides):
    assert _comparing.chosen([version(one) for one in published], text, installed, *asked) == sides


@pytest.mark.parametrize(
    ("first", "last", "short"),
    [(-25, 2, (0, 2)), (0, 2, (0, 2)), (1, 1, (1, 1)), (-9, -5, (0, 0)), (5, 9, (2, 2)), (-25, 40, (0, 2))],
)
def test_the_days_to_compare_are_published_ones(first, last, short):
    days = [FIRST, FIRST + dt.timedelta(days=1), LAST]
    span = data.Span(FIRST + dt.timedelta(days=first), FIRST + dt.timedelta(days=last))
    assert _comparing.short(span, days) == data.Span(*(FIRST + dt.timedelta(days=n) for n in short))


def test_no_more_days_are_compared_at_first_than_may_be():
    days = [FIRST + dt.timedelta(days=n) for n in range(100)]
    span = _comparing.short(data.Span(days[0], days[-1]), days)
    assert ((span.last - span.first).days + 1, span.last) == (trying.MOST_DAYS, days[-1])


def test_the_table_of_changes_adds_up_and_has_no_empty_outcomes():
    found = {
        "outcomes": [
            {"old": "hit", "new": "clear", "calls": 2}, {"old": "clear", "new": "unknown", "calls": 1},
            {"old": "hit", "new": "hit", "calls": 4},
        ],
        "calls": 7,
        "old": {"side": "v1", "version": 1, "outcomes": {"hit": 6, "clear": 1}, "seconds": None, "reviews": None},
        "new": {"side": "v2", "version": 2, "outcomes": {"hit": 4, "clear": 2, "unknown": 1}, "seconds": None, "reviews": None},
    }  # fmt: skip
    both = _comparing.sides(found)
    assert both.columns == ("hit", "clear", "unknown")
    assert both.rows == (("hit", (4, 2, 0), 6), ("clear", (0, 0, 1), 1))
    assert both.totals == (4, 2, 1)
    assert (both.new.unknown_rate.value, both.new.precision.value, both.fresh) == (1 / 7, None, False)


# Where a condition looks, in words


@pytest.mark.parametrize(
    ("scope", "en", "zh"),
    [
        (Scope(), "the whole call", "整通通话"),
        (Scope(role="agent", first=Extent(turns=2)), "Agent's turns; the first 2 turns", "坐席的话轮；最初 2 轮"),
        (Scope(last=Extent(seconds=30.0)), "the last 30 s", "最后 30 秒"),
        (Scope(span=(Point(0.0), Point(0.5, share=True))), "from 0 s to 50% of the call", "通话的 0 秒 至 50%"),
        (Scope(anchors=(Anchor("after", "hold", turns=1),)), "within 1 turn after any match of hold", "任一处 hold 之后 1 轮内"),
        (Scope(anchors=(Anchor("before", "x", which=2),)), "before match 2 of x", "第 2 处 x 之前"),
        (Scope(min_confidence=0.2, exclude_announcements=True), "turns recognised with a confidence under 0.2 prove nothing; without announcements", "识别置信度低于 0.2 的话轮不作为依据；不含播报"),
    ],
)  # fmt: skip
def test_a_scope_is_said_in_both_languages(scope, en, zh):
    said = [_scopes.in_words(scope, Language(code, ZoneInfo("Asia/Shanghai"))) for code in ("en", "zh")]
    assert said == [en, zh]


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
    page.goto("/callqa/rules/HR01/compare?old=published&new=installed")
    page.set_default_timeout(90_000)
    page.locator("#found .matrix").wait_for()
    assert page.locator("#versions").count() == 1
    assert page.locator(".matrix tbody tr").count() == 3
    assert not page.locator("#text").is_visible()
    accessible(page)
    shot(page, f"rules-compare-{language[:2]}-{theme}")


@pytest.mark.slow
def test_a_rule_is_tried_in_the_browser(browse, shot):
    page = browse("mara", "/callqa/rules/try")
    page.set_default_timeout(90_000)
    text = page.get_by_role("textbox", name="Rule (YAML)")
    page.get_by_label("From", exact=True).fill("2026-01-05")
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


@pytest.mark.slow
def test_a_changed_text_is_compared_with_the_installed_rule_in_the_browser(browse, shot):
    page = browse("mara", "/callqa/rules/HR01")
    page.set_default_timeout(90_000)
    page.get_by_role("link", name="Try a change").click()
    assert page.locator("#new").input_value() == "text"
    assert page.locator("#old").input_value() == "installed"
    page.get_by_label("From", exact=True).fill("2026-01-05")
    text = page.get_by_role("textbox", name="Rule (YAML)")
    text.fill(
        text.input_value().replace(
            "upset && (complains || sounds || hotline)", "upset && hotline && (complains || sounds || hotline)"
        )
    )
    text.press("Control+Enter")
    page.locator("#tried-changed").wait_for()
    assert page.locator(".matrix .moved").count() >= 1
    link = page.locator("section[aria-labelledby=tried-changed] .evidence a").first.get_attribute("href")
    assert re.search(r"/callqa/calls/2026-01-0\d/.*\?t=", link)
    accessible(page)
    shot(page, "rules-changed")
    page.locator("#new").select_option("installed")
    assert not text.is_visible()
