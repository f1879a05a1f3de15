"""A rule's own page, which its pack can write as Markdown, as HTML of ours; and its YAML, where it has one."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from markupsafe import Markup

from callqa.settings import RuleSettings


@dataclass(frozen=True)
class RulePage:
    """What a pack says of a rule."""

    html: Markup
    """In English, without the heading and the YAML."""
    yaml: str
    """The rule as a text that can be tried; empty where the rule is written in Python."""


def rule_page(settings: RuleSettings, rule: str, root: str) -> RulePage | None:
    """The page of an installed rule; `root` is the console's address. None where it is not installed."""
    return _pages(settings.model_dump_json(), rule, root)


@functools.lru_cache(maxsize=256)
def _pages(settings: str, wanted: str, root: str) -> RulePage | None:
    from callqa import judge
    from callqa.cli.rules import page_text
    from qc_rules.testing import packs_own_cases

    for pack in judge.packs(RuleSettings.model_validate_json(settings)):
        for rule in pack.rules:
            if rule.id == wanted:
                text = page_text.rule_page(type(rule), pack.pack, packs_own_cases(pack.name))
                body, _, yaml = text.removeprefix(page_text.MARK).partition("\n## The rule\n")
                return RulePage(html(_without_head(body), root), _fenced(yaml))
    return None


def _without_head(text: str) -> str:
    """Without the heading and the table of facts: the page shows both in its own way."""
    lines = text.strip().splitlines()
    start = next((at for at, line in enumerate(lines) if line and not line.startswith(("#", "|", "<!--"))), 0)
    return "\n".join(lines[start:])


def _fenced(text: str) -> str:
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    return found[1] if found else ""


def html(text: str, root: str) -> Markup:
    """Markdown as HTML: no HTML of its own, no styles, and links to pages of rules only."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    made = re.sub(r' style="[^"]*"', "", made).replace("<table>", '<div class="table-wrap"><table class="rows">')
    made = made.replace("</table>", "</table></div>").replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return Markup(re.sub(r'<a href="([^"]*)">(.*?)</a>', lambda found: _link(found, root), made))  # noqa: S704


def _link(found: re.Match[str], root: str) -> str:
    named = re.fullmatch(r"([A-Za-z0-9_-]+)\.md", found[1])
    return f'<a href="{root}/rules/{named[1]}">{found[2]}</a>' if named else found[2]
