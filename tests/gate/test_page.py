"""The page of a gate's result: whole by itself, in two languages, and without a word that was said."""

from __future__ import annotations

import html.parser
import json
import re

import pytest

from callqa.gate import page, page_parts

SPAN = [f"2026-01-0{day}" for day in range(1, 5)]


def check(name: str, **more) -> dict:
    known = {
        "id": name, "table": name.partition(".")[0], "severity": "blocking", "sentence": "It is so.", "sentence_zh": "是这样。",
        "threshold": {"value_set": [True]}, "success": True, "result": "passed", "observed": {"wrong": 0, "rows": 8}, "samples": [],
    }  # fmt: skip
    return {**known, **more}


def part(name: str = "", *, value: float = 0.5, drifted: bool = False) -> dict:
    numbers = {"value": value, "usual": 0.25, "low": 0.125, "high": 0.75}
    return {"part": name, **numbers, "drifted": drifted, "past": [[day, 0.2] for day in SPAN]}


def result(*checks: dict) -> dict:
    passed = all(c["success"] for c in checks if c["severity"] == "blocking")
    counts = {"recordings": 1234567, "calls": 1, "turns": 8, "events": 0, "findings": 0}
    return {"id": "ab12", "day": "2026-01-05", "passed": passed, "counts": counts, "checks": list(checks)}


FAILED = {"success": False, "result": "failed", "observed": {"wrong": 2, "rows": 8}}


class Reader(html.parser.HTMLParser):
    """Notes every tag's attributes, and that tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.lang = {"en": "", "zh": ""}

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in ("meta", "input", "br", "rect", "circle", "polyline"):
            self.open.append(dict(attrs).get("lang") or tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "circle", "polyline"):
            self.open.pop()

    def handle_data(self, data):
        for lang in self.lang:
            self.lang[lang] += data + " " if lang in self.open[1:] else ""


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


WHOLE = result(
    check("turns.language", **FAILED, threshold={"value_set": ["zh", "en"]}, samples=[{"call_id": "<b>X", "turn": 0, "value": "<|xx|>"}]),
    check("day.rejected_share", severity="warning", success=False, result="failed", observed=0.25, threshold={"min_value": 0, "max_value": 0.1}),
    check("day.mean_confidence", observed=0.9, threshold={"min_value": 0.2, "max_value": None}),
    check("calls.score", observed=None, result="nothing to check", note="nothing to check on this day"),
    check("turns.broken", success=False, result="failed", observed=None, note="the check itself failed: <oops>"),
    check("history.call_volume", severity="warning", observed=None, result="no history", parts=[], note="no history"),
    check("history.duration", severity="warning", parts=[part()]),
    check("history.emotions", **{**FAILED, "severity": "warning"}, parts=[part("angry", drifted=True), part("happy")], note="no history for sad"),
)  # fmt: skip


def test_the_page_needs_nothing_else(tmp_path):
    text = page.html(WHOLE)
    read(text)
    assert not re.search(r"https?:|//|url\(|@import|<link|src=", text)
    path = page.write(tmp_path / "page.html", WHOLE)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == text
    assert path == str(tmp_path / "page.html")


def test_both_languages_say_all_of_it():
    said = read(page.html(WHOLE)).lang
    assert "The day is refused." in said["en"]
    assert "2 checks block it." in said["en"]
    assert "当天数据未通过。" in said["zh"]
    assert said["en"].count("It is so.") == said["zh"].count("是这样。") > len(WHOLE["checks"])
    assert not re.search(r"[\u4e00-\u9fff]", said["en"].replace("中文", ""))


def test_what_comes_from_files_cannot_become_markup():
    text = page.html(WHOLE)
    assert "<b>X" not in text
    assert "&lt;|xx|&gt;" in text
    assert "&lt;oops&gt;" in text


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check("a.b")], "The day passes."),
        ([check("a.b"), check("a.c", **FAILED, severity="warning")], "The day passes, with warnings. 1 warning;"),
        ([check("a.b", **FAILED)], "The day is refused. 1 check block"),
    ],
)
def test_the_verdict_stands_first(monkeypatch, checks, said):
    monkeypatch.setattr(page, "TABLES", {**page.TABLES, "a": ("A", "甲")})
    assert said in " ".join(read(page.html(result(*checks))).lang["en"].split())


def test_blocking_failures_come_before_warnings():
    found = page.html(WHOLE).partition("All checks")[0]
    assert found.index("turns.language") < found.index("turns.broken") < found.index("day.rejected_share")


def test_numbers_are_for_people():
    assert [page_parts.figure(v, share=True) for v in (0.25, 0.0, 1, 0.0123, 0.333)] == [
        "25 %",
        "0 %",
        "100 %",
        "1.23 %",
        "33.3 %",
    ]
    assert [page_parts.figure(v) for v in (1234567, 0.98765, 61.04, 12345.6, "x<")] == [
        "1,234,567",
        "0.988",
        "61",
        "12,346",
        "x&lt;",
    ]


@pytest.mark.parametrize("value", [0.0, 0.5, 3.0])
def test_a_chart_stays_within_its_frame(value):
    numbers = [float(n) for n in re.findall(r'(?:cx|cy|y|height)="([\d.-]+)"', page_parts.chart(part(value=value)))]
    assert all(0 <= number <= page_parts.WIDTH for number in numbers)
    assert json.dumps(SPAN[0])[1:-1] in page_parts.chart(part(value=value))
    level = {**part(value=1.0), "low": 1.0, "high": 1.0, "past": [[SPAN[0], 1.0]]}
    assert "nan" not in page_parts.chart(level)
