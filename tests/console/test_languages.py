"""Every page in one language: no English sentence on a Chinese page, no Chinese one on an English page, but what was said."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from qa_console import trying
from qc_rules.testing import packs_own_cases
from tests.console.conftest import own_page

ENGLISH = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,;:.]+[A-Za-z][A-Za-z'’-]*){3,}")
"""Four words in a row."""
CHINESE = re.compile(r"[\u3400-\u9fff，。；：、（）]{8,}")
"""A clause: English pages quote single words of Chinese."""
LANGUAGES = {"zh-CN": ENGLISH, "en": CHINESE}
START = (
    "today",
    "calls",
    "calls?status=rejected",
    "calls?status=invalid",
    "review",
    "agents",
    "rules",
    "try",
    "runs",
    "audit",
)
EACH = 10
"""Pages of one kind that are looked at, such as calls."""
SILENT = {"script", "style", "svg", "code", "pre", "kbd", "textarea", "option"}
INLINE = {"a", "abbr", "b", "em", "i", "mark", "small", "span", "strong", "time"}
SPOKEN = ("aria-label", "placeholder", "alt")
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "rect", "circle"}
ORDINARY = {"vCon Contact Lens JSON"}
"""Names of formats that stand side by side."""
BOTH = "/gate/"
"""The gate's own page, a file that holds both languages and shows one."""


class Text(HTMLParser):
    """What a page says, without code, ids and drawings; and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.links: list[str] = []
        self.quiet: list[str] = []

    def handle_starttag(self, tag, attributes) -> None:
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag not in INLINE:
            self.parts.append("\n")
        if self.quiet:
            if tag not in VOID:
                self.quiet.append(tag)
            return
        self.parts += [f"\n{given[name]}\n" for name in SPOKEN if given.get(name)]
        if tag not in VOID and (tag in SILENT or given.get("translate") == "no"):
            self.quiet.append(tag)

    def handle_endtag(self, tag) -> None:
        if self.quiet:
            self.quiet.pop()
        if tag not in INLINE:
            self.parts.append("\n")

    def handle_data(self, text) -> None:
        if not self.quiet:
            self.parts.append(text)


def read(page: str) -> Text:
    text = Text()
    text.feed(page)
    return text


def kind(address: str) -> str:
    """Pages that one template makes for several things."""
    path, _, query = address.partition("?")
    path = re.sub(r"\d{4}-\d\d-\d\d", "DAY", path)
    path = re.sub(r"(calls/DAY|agents|rules|review|runs/DAY)/[^/]+(?<!try)", r"\1/X", path)
    return f"{path}?{'&'.join(sorted({part.partition('=')[0] for part in query.split('&') if part}))}"


def pages(one) -> Iterator[tuple[str, Text]]:
    """Every page that can be reached by links, some of each kind."""
    waiting = deque(f"/callqa/{path}" for path in START)
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    while waiting:
        address = waiting.popleft()
        made = kind(address)
        if address in seen or kinds.get(made, 0) >= (EACH if "?" in made and made.endswith("?") else 2):
            continue
        seen.add(address)
        answer = one.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        kinds[made] = kinds.get(made, 0) + 1
        text = read(answer.text)
        yield address, text
        own = (link.partition("#")[0] for link in text.links if link.startswith("/callqa/"))
        waiting.extend(link for link in own if "/static/" not in link and BOTH not in link)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def said(console_lake) -> str:
    """Whatever was said, written by people, or is a name: what may stand on a page in its own language."""
    lake = LakeSettings(root=console_lake)
    questions = (
        "select text from turns", "select unnest(evidence).text from findings where outcome = 'hit'",
        "select agent_name from calls union select team from calls union select queue from calls",
        "select note from reviews", "select approval_reason from publications",
    )  # fmt: skip
    rows = [row[0] for sql in questions for row in warehouse.query(lake, sql)[1]]
    examples = [turn.text for case in packs_own_cases("standard") for turn in case.call.turns]
    return squeezed("\n".join(text for text in [*rows, *examples] if text))


def foreign(text: Text, sentence: re.Pattern[str], said: str) -> list[str]:
    lines = "".join(text.parts).split("\n")
    found = [match for line in lines for match in sentence.findall(re.sub(r"\s+", " ", line))]
    return [one for one in found if squeezed(one) not in said and one not in ORDINARY]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "sentence"), LANGUAGES.items())
def test_no_page_says_a_sentence_in_the_other_language(client, said, language, sentence):
    one = client("ada", **{"accept-language": language})
    wrong, kinds = {}, set()
    for address, text in pages(one):
        kinds.add(kind(address).partition("?")[0])
        if found := foreign(text, sentence, said):
            wrong[address] = found[:5]
    assert wrong == {}
    assert {
        "/callqa/today",
        "/callqa/calls/DAY/X",
        "/callqa/rules/X",
        "/callqa/rules/X/compare",
        "/callqa/runs/DAY",
    } <= kinds


@pytest.mark.slow
@pytest.mark.parametrize(("language", "sentence"), LANGUAGES.items())
def test_what_a_comparison_finds_is_said_in_the_readers_language(client, said, language, sentence):
    one = client("mara", **{"accept-language": language})
    days = {"first": "2026-01-05", "last": "2026-01-07"}
    for rule, old, new in (("AW01", "published", "installed"), ("IV01", "installed", "v1"), ("HR01", "v1", "v2")):
        form = {"rule": rule, "old": old, "new": new, **days}
        answer = one.post("/callqa/rules/try", data=form, headers=own_page(one))
        assert foreign(read(answer.text), sentence, said) == []
    tried = one.post("/callqa/rules/try", data={"text": trying.EXAMPLE, **days}, headers=own_page(one))
    assert foreign(read(tried.text), sentence, said) == []


def test_the_walk_hears_sentences_and_not_code_or_ids():
    page = '<p>短 <b>the</b> agent hangs up <code>not this one at all</code></p><p translate="no">nor this one at <b>x</b> all</p><input placeholder="find a rule here now">'
    assert foreign(read(page), ENGLISH, "") == ["the agent hangs up", "find a rule here now"]
    assert foreign(read(page), ENGLISH, squeezed("well, the agent hangs up!")) == ["find a rule here now"]
    assert foreign(read("<p>该日从未发布，没有结果。</p>"), CHINESE, "") == ["该日从未发布，没有结果。"]
    assert kind("/callqa/calls/2026-01-05/20260105-1?in=x&t=3") == "/callqa/calls/DAY/X?in&t"
