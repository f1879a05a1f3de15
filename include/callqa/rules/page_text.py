"""The pages of rules, operators and the language, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from callqa.rules import describing
from callqa.rules.describing import COUNTS, Parameter
from qc_rules import Pack, Rule
from qc_rules.language import DeclaredRule, print_rule
from qc_rules.language.explaining import Explained
from qc_rules.language.values import takes_mapping
from qc_rules.operators import Operator
from qc_rules.scorecards import Scorecard
from qc_rules.testing import Case, shown_call

MARK = "<!-- Made by `callqa rules docs`: change what it is made of, not this file. -->\n"
LANGUAGE = Path(__file__).parent / "language.md"
_SHOWN_CASES = 2
"""Of each outcome on a rule's page."""


def rule_page(kind: type[Rule], pack: Pack, cases: Sequence[Case]) -> str:
    """A rule's page."""
    rule = kind()
    parts = [f"# {rule.id} {describing.names(rule)}", _facts(rule, pack), describing.page(kind)]
    found = describing.explained(rule)
    if found:
        parts += list(_conditions(rule, found))
    parts += list(_options(rule))
    parts += list(_examples([case for case in cases if case.rule == rule.id and not case.options]))
    if isinstance(rule, DeclaredRule):
        parts += ["## The rule", f"```yaml\n{source(rule)}```"]
    return _joined(parts)


def operator_page(kind: type[Operator], origin: str, users: Mapping[str, str]) -> str:
    """An operator's page; `users` are the rules that it is used in: by id, a condition that does."""
    said, listed = describing.page(kind), describing.parameters(kind)
    parts = [f"# `{kind.name}`", f"An operator {origin}.", said]
    if users and "```yaml" not in said:
        parts.append(f"```yaml\n{next(iter(users.values()))}\n```")
    if listed:
        parts += ["## Parameters", _parameters(listed)]
    if kind.shorthand and not takes_mapping(kind, kind.shorthand):
        parts.append(f"`{kind.name}: …` with a bare value is `{kind.name}: {{{kind.shorthand}: …}}`.")
    if not kind.has_places:
        parts.append("Its matches are no places in the call: nothing can be anchored to it.")
    used = ", ".join(f"[{rule_id}](../{rule_id}.md)" for rule_id in users)
    return _joined([*parts, *([f"Used in {used}."] if used else [])])


def language_page(operators: Iterable[type[Operator]]) -> str:
    """The page of the language, with a table of the operators."""
    rows = [f"| [`{kind.name}`](operators/{kind.name}.md) | {_cell(describing.about(kind))} |" for kind in operators]
    return _joined(
        [LANGUAGE.read_text(encoding="utf-8").strip(), "\n".join(["| operator | holds where |", "|---|---|", *rows])]
    )


def index_page(packs: Iterable[Pack]) -> str:
    """The rules by pack."""
    guides = "[the guide](../rules.md) and [the language](language.md)"
    intro = f"What every installed rule looks for. How rules are written: {guides}."
    parts = ["# Rules by pack", intro]
    for pack in packs:
        parts += list(_pack(pack))
    return _joined(parts)


def _pack(pack: Pack) -> Iterator[str]:
    yield f"## {pack.name} {pack.version}"
    yield f"Distribution `{pack.distribution}`."
    if pack.rules:
        rows = [_row(rule) for rule in pack.rules]
        yield "\n".join(["| rule | name | severity | score | category |", "|---|---|---|---|---|", *rows])
    if pack.operators:
        links = ", ".join(f"[`{kind.name}`](operators/{kind.name}.md)" for kind in pack.operators)
        yield f"Operators of its own: {links}."
    if pack.lexicons:
        rows = [
            f"| `${lexicon.name}` | {len(lexicon.words)} | {_cell(_few(lexicon.words))} |" for lexicon in pack.lexicons
        ]
        yield "\n".join(["| word list | words | such as |", "|---|---|---|", *rows])
    for card in pack.scorecards:
        yield from _scorecard(card)


def _row(rule: type[Rule]) -> str:
    cells = (
        f"[{rule.id}]({rule.id}.md)",
        _cell(describing.names(rule)),
        rule.severity,
        f"{rule.score:g}",
        rule.category,
    )
    return f"| {' | '.join(cells)} |"


def _scorecard(card: Scorecard) -> Iterator[str]:
    yield f"### Scorecard `{card.id}`: {card.title()}, version {card.version}"
    yield f"For calls: {f'`{card.applies_to}`' if card.applies_to else 'all'}. Passed from {card.pass_mark:g} of 100."
    rows = [
        f"| {_cell(section.title())} ({section.weight:g}) | [{item.rule}]({item.rule}.md) | {item.points:g} | "
        f"{item.critical.replace('_', ' ')} | {item.unknown} |"
        for section in card.sections
        for item in section.items
    ]
    head = ["| section (weight) | rule | points | critical | an unknown outcome |", "|---|---|---|---|---|"]
    yield "\n".join([*head, *rows])


def _few(words: Sequence[str], count: int = 8) -> str:
    return ", ".join(words[:count]) + (" …" if len(words) > count else "")


def _facts(rule: Rule, pack: Pack) -> str:
    facts = [
        ("pack", f"{pack.name} {pack.version}"),
        ("version", str(rule.version)),
        ("severity", rule.severity),
        ("score", f"{rule.score:g}"),
        ("category", rule.category),
        ("flags", ", ".join(f"`{flag}`" for flag in rule.flags)),
        ("actions", ", ".join(f"`{action}`" for action in rule.actions)),
        ("for calls", f"`{rule.applies_to}`" if rule.applies_to else "all"),
    ]
    rows = [f"| {name} | {_cell(value)} |" for name, value in facts if value]
    return "\n".join(["| | |", "|---|---|", *rows])


def _conditions(rule: Rule, found: Explained) -> Iterator[str]:
    yield "## What it looks for"
    yield f"Hits when `{found.when}`, where"
    rows = [
        f"| `{one.name}` | {one.scope} | [`{one.operator}`](operators/{one.operator}.md)"
        f"{_cell(describing.asked(rule, one.name).removeprefix(one.operator))} | "
        f"{COUNTS.get(one.when_missing, 'as unknown')} |"
        for one in found.conditions
    ]
    yield "\n".join(["| condition | looks at | for | where it cannot be told it counts |", "|---|---|---|---|", *rows])


def _options(rule: Rule) -> Iterator[str]:
    listed = describing.parameters(type(rule))
    if listed:
        yield "## Options"
        yield f"Set in `qa.toml` under `[rules.options.{rule.id}]`."
        yield _parameters(listed)


def _parameters(listed: Sequence[Parameter]) -> str:
    with_notes = any(one.note for one in listed)
    head = ["| name | value | default |", "|---|---|---|"]
    if with_notes:
        head = ["| name | value | default | |", "|---|---|---|---|"]
    rows = [
        f"| `{one.name}` | {_cell(one.type)} | {f'`{_cell(one.default)}`' if one.default else 'must be given'} |"
        + (f" {_cell(one.note)} |" if with_notes else "")
        for one in listed
    ]
    return "\n".join([*head, *rows])


def _examples(cases: Sequence[Case]) -> Iterator[str]:
    """The first cases of each outcome; they are tests too."""
    chosen: list[Case] = []
    for outcome in ("hit", "clear", "unknown", "not_applicable"):
        chosen += [case for case in cases if case.expected == outcome][:_SHOWN_CASES]
    if chosen:
        yield "## Examples"
    for case in chosen:
        lines = "\n".join(line.removeprefix("  ") for line in shown_call(case.call))
        yield f"**{case.expected.replace('_', ' ')}**: {case.title}"
        yield f"```\n{lines}\n```"


def source(rule: DeclaredRule) -> str:
    """The rule's YAML; its description is the page itself."""
    import dataclasses

    return print_rule(dataclasses.replace(rule.document, description=""))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join([MARK.strip(), *(part.strip("\n") for part in parts if part)]) + "\n"
