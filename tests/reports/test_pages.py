"""What stands on the pages: the numbers of the tables, in both languages, and nothing that could be run or fetched."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.reports import making
from callqa.reports.language import LANGUAGES, words
from callqa.reports.period import Period
from tests import rows
from tests.reports import lakes

LAST = lakes.DAY + dt.timedelta(days=2)
PAGES = [(page, language) for page in making.PAGES for language in LANGUAGES]


class Text(HTMLParser):
    """The figures of a page (label to value), its words, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: dict[str, str] = {}
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._label, self._in = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.append((tag, known))
        if tag in ("style", "script"):
            self._in = "hidden"
        elif tag == "dt" or (tag == "dd" and known.get("class") == "figure"):
            self._in = tag
        elif tag == "small":
            self._in = ""

    def handle_endtag(self, tag):
        self._in = "" if tag in ("dt", "dd", "style", "script") else self._in

    def handle_data(self, data):
        if self._in == "dt":
            self._label = data.strip()
        elif self._in == "dd" and data.strip():
            self.figures[self._label] = data.strip()
        if self._in != "hidden" and data.strip():
            self.words.append(data.strip())


def test_the_figures_of_a_day_are_those_of_the_tables(made):
    figures = Text(made.html("overview")).figures
    one = lambda sql: lakes.count(made.settings, f"select {sql} from calls where call_date = ?", LAST)  # noqa: E731
    assert figures["Risk calls"] == str(one("count(*) filter (where list_contains(flags, 'risk'))"))
    assert figures["Rejected"] == str(one("count(*) filter (where status = 'rejected')")) == "1"
    assert figures["Mean score"] == f"{one('avg(score)'):.1f}"
    assert figures["Calls heard"] == f"{one('''count(*) filter (where status <> 'rejected') / count(*)''') * 100:.0f}%"
    ends = (
        "count(*) filter (where emotion_shares_customer['angry'] >= 0.1) / count(*) filter (where status = 'analysed')"
    )
    assert figures["Angry customers"] == f"{one(ends) * 100:.1f}%"


def test_the_summary_is_that_of_the_tables(made):
    summary = made.report.summary
    sql = "select count(*) from calls where call_date = ? and list_has_any(flags, ['risk', 'regulator'])"
    assert summary["call_back"] == lakes.count(made.settings, sql, LAST)
    assert summary["rejected_by_reason"] == {"truncated": 1}
    assert summary["turned_worse"] == summary["risk"] == 6
    assert summary["turned_better"] == 0
    assert 0 < summary["open_warmly"] < 1


def test_a_week_counts_all_its_days_once(made):
    figures = Text(made.html("overview", week=True)).figures
    assert made.week.summary["made"] == lakes.count(made.settings, "select count(*) from calls") == 45
    assert figures["Risk calls"] == str(lakes.count(made.settings, "select count(*) from calls where score = 60"))
    assert "shifts" not in made.week.pages


def test_every_call_to_call_back_is_named_with_why_and_its_customer(made):
    said = Text(made.html("supervisors")).words
    sql = "select call_id from calls where call_date = ? and list_contains(flags, 'risk')"
    for (call_id,) in warehouse.query(made.settings.lake, sql, [LAST])[1]:
        assert call_id in said
    assert "我要投诉到12378" in said
    assert "139****5678" in said


def test_agents_are_compared_by_how_they_open_and_those_of_few_calls_only_counted(made):
    opened = Text(made.html("training")).words
    assert "Li Lei" in opened
    assert "王芳" in opened
    assert opened.index("王芳") < opened.index("Li Lei"), "warm openings first"
    few = lakes.settings(Path(made.settings.lake.root).parent, min_calls=10)
    page = Path(made.settings.lake.root).parent / "few"
    report = making.make(few, Period.of(LAST), pages=["training"], languages=["en"], out=page)
    text = Path(report.pages["training"]["en"]).read_text(encoding="utf-8")
    table = text[text.index('id="agents"') : text.index('id="best"')]
    assert "王芳" in table
    assert "Li Lei" not in table
    assert "1 agent has fewer." in table


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_a_page_is_whole_by_itself_and_asks_nobody_for_anything(made, page, language):
    html = made.html(page, language)
    tags = Text(html).tags
    assert not [attributes for tag, attributes in tags if tag in ("img", "link", "iframe", "object", "form", "base")]
    assert all("src" not in attributes for tag, attributes in tags if tag == "script")
    assert not [1 for _, attributes in tags for name in attributes if name == "style" or name.startswith("on")]
    assert "url(" not in html
    assert "@import" not in html
    sources = [attributes.get("src") for tag, attributes in tags if tag in ("audio", "source")]
    assert all((made.report.folder / str(source)).is_file() for source in sources)
    links = [str(attributes["href"]) for tag, attributes in tags if tag == "a"]
    assert all(re.match(r"[a-z]+\.(zh|en)\.html$|https://airflow\.example/callqa/", link) for link in links)
    assert 'content="default-src &#39;none&#39;' in html


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_a_page_is_in_its_language(made, page, language):
    html = made.html(page, language)
    other = "en" if language == "zh" else "zh"
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in html
    assert words()[f"base.{page}"][language].replace("'", "&#39;") in html
    assert words()[f"base.{page}"][other].replace("'", "&#39;") not in html


def test_every_word_is_on_a_page_and_every_key_of_a_page_is_a_word():
    folder = Path(making.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*folder.glob("*.py"), *folder.glob("templates/*")])
    named = {key for key in re.findall(r't\("([a-z_]+\.[a-z_0-9]+)"', code) if not key.endswith("_")}
    begun = re.findall(r't\("([a-z_]+\.[a-z_]+_)" ~', code)
    known = {key for key in words() if not key.startswith("term.")}
    named |= {key for key in known if any(key.startswith(start) for start in begun)}
    named |= {f"{kind}.{page}" for kind in ("base", "page") for page in making.PAGES} | {
        "shifts.before",
        "shifts.after",
    }
    named |= set(re.findall(r'else "((?:training|overview)\.\w+)"', code))
    assert named == known


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% raw %}",
        "</style><b>",
        "\x00\ud83d‮",
    ],
)
def test_what_was_said_stays_text(tmp_path, hostile):
    chosen = lakes.settings(tmp_path, languages=["en"], console_url="https://airflow.example/callqa")
    day = lakes.made()
    hostile = hostile.encode("utf-8", "replace").decode()
    day = day.replace("calls", 0, agent_name=hostile, queue=hostile, customer_number=hostile, team=hostile)
    for number in range(4):
        day = day.replace("turns", number, text=hostile)
    finding = day.findings[0]
    day = day.replace(
        "findings", 0, rule=hostile, evidence=[lakes.Evidence(**{**vars(finding.evidence[0]), "text": hostile})]
    )
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY))
    for page, paths in report.pages.items():
        html = Path(paths["en"]).read_text(encoding="utf-8")
        tags = Text(html).tags
        assert [tag for tag, _ in tags if tag == "script"] == ["script"], page
        assert not [tag for tag, _ in tags if tag in ("img", "b")], page
        assert ">49<" not in html
    if hostile.startswith("<script"):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in Path(report.pages["supervisors"]["en"]).read_text("utf-8")


def test_a_day_without_calls_and_one_of_rejected_recordings_have_pages_too(tmp_path):
    chosen = lakes.settings(tmp_path)
    lakes.publish(chosen, rows.empty(), tmp_path)
    refused = rows.empty(LAST)
    refused.calls = [rows.rejected(f"c-{number}", LAST) for number in range(5)]
    lakes.publish(chosen, refused, tmp_path)
    for day in (lakes.DAY, LAST):
        report = making.make(chosen, Period.of(day))
        assert set(report.pages) == set(making.PAGES)
        assert report.summary["heard"] == 0
    html = Path(report.pages["overview"]["en"]).read_text(encoding="utf-8")
    assert Text(html).figures["Calls heard"] == "0%"
    assert Text(html).figures["Rejected"] == "5"
    assert "Not audio" in html


def test_more_risk_calls_than_analysed_ones_have_pages_too(tmp_path):
    """Calls that were found invalid, in which the few words are a threat."""
    chosen = lakes.settings(tmp_path, languages=["en"])
    day = lakes.made(calls=4)
    for number in (0, 1, 2):
        day = day.replace("calls", number, status="invalid", score=None, flags=["risk"])
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY))
    assert report.summary["risk"] == 4
    assert "100.0% of the calls heard" in Path(report.pages["overview"]["en"]).read_text(encoding="utf-8")


def test_what_retention_took_is_said_to_be_gone(tmp_path):
    chosen = lakes.settings(tmp_path, languages=["en"])
    day = lakes.made()
    for number, turn in enumerate(day.turns):
        day = day.replace("turns", number, text="", text_match="", text_raw="", words=[], redactions=turn.redactions)
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY))
    assert "What was said is no longer kept." in Path(report.pages["shifts"]["en"]).read_text(encoding="utf-8")
    assert "What was said is no longer kept." in Path(report.pages["training"]["en"]).read_text(encoding="utf-8")


def test_calls_of_which_little_is_known_have_pages_too(tmp_path):
    """No times, no agents, no customers, nobody told apart."""
    chosen = lakes.settings(tmp_path, languages=["en"])
    day = lakes.made()
    for number in range(12):
        nothing = dict.fromkeys(
            ("started_at", "agent_id", "agent_name", "team", "queue", "customer_id", "customer_number")
        )
        day = day.replace("calls", number, **nothing, emotion_shares_customer={}, emotion_shares_agent={})
    for number, _ in enumerate(day.turns):
        day = day.replace("turns", number, role="unknown", emotion="unknown", emotion_score=None)
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY))
    assert report.summary["call_back"] == 4
    assert report.summary["turned_worse"] == 0
    assert report.summary["open_warmly"] is None
    said = {page: Text(Path(paths["en"]).read_text(encoding="utf-8")).words for page, paths in report.pages.items()}
    assert "No call has a time." in said["overview"]
    assert "In no call of this time is it known what the agent said." in said["training"]
    assert "number not kept: look the call up in the telephone system" in said["supervisors"]
    assert "No customer turned to anger." in said["shifts"]
