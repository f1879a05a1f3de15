"""What an installed rule looks for, in the reader's language: its author's page, conditions, options, examples."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from callqa.settings import RuleSettings
from qc_rules import Call, Rule
from qc_rules.conditions.scope import Scope

SHOWN_EXAMPLES = 2
"""Of each outcome."""
OUTCOMES = ("hit", "clear", "unknown")
_BROKEN = re.compile(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f\n])")
"""A line's end inside of Chinese text, which has no spaces."""


@dataclass(frozen=True)
class Condition:
    """A condition of a YAML rule."""

    name: str
    scope: Scope
    asked: str
    """Operator and parameters, as YAML."""
    missing: str
    """What it counts as where it cannot be told: pass, fail or unknown."""


@dataclass(frozen=True)
class Option:
    """An option, with its default as YAML."""

    name: str
    type: str
    default: str
    note: str


@dataclass(frozen=True)
class RulePage:
    """What a pack says of a rule."""

    prose: Mapping[str, Markup]
    """The author's page by language, as HTML."""
    when: str
    """The expression of a YAML rule; empty where the rule is written in Python."""
    conditions: tuple[Condition, ...]
    options: tuple[Option, ...]
    examples: tuple[tuple[str, str, Call], ...]
    """Outcome, title and call of some of the pack's cases."""
    yaml: str
    """The rule as a text that can be tried; empty where the rule is written in Python."""

    def html(self, language: str) -> tuple[Markup, str]:
        """The author's page and the language that it is in: this one, or else the one that there is."""
        if language in self.prose:
            return self.prose[language], language
        return next(((text, other) for other, text in self.prose.items()), (Markup(), "en"))


def rule_page(settings: RuleSettings, rule: str, root: str) -> RulePage | None:
    """The page of an installed rule; `root` is the console's address. None where it is not installed."""
    return _page(settings.model_dump_json(), rule, root)


@functools.lru_cache(maxsize=256)
def _page(settings: str, wanted: str, root: str) -> RulePage | None:
    from callqa import judge
    from qa_console import rulebook

    chosen = RuleSettings.model_validate_json(settings)
    for pack in judge.packs(chosen):
        for rule in pack.rules:
            if rule.id == wanted:
                prose = {code: html(text, root) for code, text in rulebook.pages_of(rule.id, chosen).items() if text}
                return _of(type(rule), pack.name, prose)
    return None


def _of(kind: type[Rule], pack: str, prose: Mapping[str, Markup]) -> RulePage:
    from callqa.rules import describing, page_text
    from qc_rules.language import DeclaredRule
    from qc_rules.testing import packs_own_cases

    rule = kind()
    cases = [case for case in packs_own_cases(pack) if case.rule == rule.id and not case.options]
    return RulePage(
        prose=prose,
        when=str(rule.document.when) if isinstance(rule, DeclaredRule) else "",
        conditions=_conditions(rule) if isinstance(rule, DeclaredRule) else (),
        options=tuple(Option(one.name, one.type, one.default, one.note) for one in describing.parameters(kind)),
        examples=tuple(
            (outcome, case.title, case.call)
            for outcome in OUTCOMES
            for case in [one for one in cases if one.expected == outcome][:SHOWN_EXAMPLES]
        ),
        yaml=page_text.source(rule) if isinstance(rule, DeclaredRule) else "",
    )


def _conditions(rule: Rule) -> tuple[Condition, ...]:
    from callqa.rules import describing
    from qc_rules.language import DeclaredRule

    found = rule.plan.conditions.items() if isinstance(rule, DeclaredRule) else ()
    return tuple(Condition(name, one.scope, describing.asked(rule, name), one.when_missing) for name, one in found)


def html(text: str, root: str) -> Markup:
    """Markdown as HTML: no HTML of its own, no styles, and links to pages of rules only."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(_BROKEN.sub("", text))
    made = re.sub(r' style="[^"]*"', "", made).replace("<table>", '<div class="table-wrap"><table class="rows">')
    made = made.replace("</table>", "</table></div>").replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return Markup(re.sub(r'<a href="([^"]*)">(.*?)</a>', lambda found: _link(found, root), made))  # noqa: S704


def _link(found: re.Match[str], root: str) -> str:
    named = re.fullmatch(r"([A-Za-z0-9_-]+)\.md", found[1])
    return f'<a href="{root}/rules/{named[1]}">{found[2]}</a>' if named else found[2]
