"""`callqa rules explain`: what a rule looks for, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from callqa.cli.output import ConfigOption, JsonOption, Output
from callqa.cli.rules.installed import everything
from callqa.rules import Installed, describing
from callqa.rules.describing import COUNTS
from qc_rules import ActiveRule, Rule
from qc_rules.language.explaining import Explained
from qc_rules.options import defaults


def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.", metavar="RULE")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a rule looks for: its conditions in words, its options as they are set, when it cannot tell."""
    output = Output(as_json)
    there = everything(config)
    active = there.rule(rule)
    if as_json:
        output.json(facts(active, there))
        return
    for line in _lines(active, there):
        output.people.print(line, markup=False, soft_wrap=True)


def facts(active: ActiveRule, there: Installed) -> dict[str, Any]:
    """Everything, for a script."""
    rule, found = active.rule, describing.explained(active.rule)
    return {
        "rule": rule.id,
        "names": dict(rule.name),
        "version": rule.version,
        "pack": active.pack.name,
        "pack_version": active.pack.version,
        "severity": rule.severity,
        "score": rule.score,
        "category": rule.category,
        "flags": list(rule.flags),
        "actions": list(rule.actions),
        "applies_to": rule.applies_to,
        "enabled": rule.id in there.enabled,
        "description": describing.page(type(rule)),
        "when": found.when if found else None,
        "conditions": [{**vars(one), "asked": describing.asked(rule, one.name)} for one in found.conditions]
        if found
        else [],
        "unknown": unknown(rule, there),
        "options": options(rule),
    }


def options(rule: Rule) -> list[dict[str, Any]]:
    """Each option with its default and its value."""
    return [
        {
            "option": one.name,
            "type": one.type,
            "default": one.default,
            "value": describing.plain(getattr(rule, one.name)),
            "note": one.note,
        }
        for one in describing.parameters(type(rule))
    ]


def unknown(rule: Rule, there: Installed) -> list[str]:
    """When it cannot tell: what the rule's own page says, or else what follows from its conditions."""
    found = describing.explained(rule)
    said = describing.unknown(describing.page(type(rule)))
    return [*([said] if said else []), *(_unknown_conditions(found, there, derive=not said) if found else ())]


def _unknown_conditions(found: Explained, there: Installed, *, derive: bool) -> Iterator[str]:
    for one in found.conditions:
        said = describing.unknown(describing.page(there.operators()[one.operator]))
        if one.when_missing != "unknown":
            yield f"{one.name}: counts {COUNTS[one.when_missing]} where it cannot be told"
        elif derive and said:
            yield f"{one.name}: {said.removeprefix('Unknown: ')}"
        elif derive and "turns" in one.scope:
            yield f"{one.name}: where it is not known who speaks a turn that decides it"


def _lines(active: ActiveRule, there: Installed) -> Iterator[str]:
    rule = active.rule
    yield f"{rule.id} {describing.names(rule)}"
    yield f"  version {rule.version} of pack {active.pack.name} {active.pack.version}" + (
        "" if rule.id in there.enabled else "; switched off in the settings"
    )
    yield f"  {rule.severity}, {rule.score:g} points" + "".join(
        f"; {name}: {value}" for name, value in _labels(rule) if value
    )
    yield f"  for calls: {rule.applies_to or 'all'}"
    yield ""
    yield from describing.page(type(rule)).splitlines()
    found = describing.explained(rule)
    if found:
        yield ""
        yield f"Hits when: {found.when}"
        for one in found.conditions:
            yield f"  {one.name}: {one.about}"
            yield f"    {describing.asked(rule, one.name)}"
            yield f"    in {one.scope}"
    yield from _unknown_lines(rule, there)
    yield from _option_lines(rule)


def _labels(rule: Rule) -> list[tuple[str, str]]:
    return [("category", rule.category), ("flags", ", ".join(rule.flags)), ("actions", ", ".join(rule.actions))]


def _unknown_lines(rule: Rule, there: Installed) -> Iterator[str]:
    found = [line for line in unknown(rule, there) if line not in " ".join(describing.page(type(rule)).split())]
    if found:
        yield ""
        yield "Unknown:"
        yield from (f"  {line}" for line in found)


def _option_lines(rule: Rule) -> Iterator[str]:
    listed = defaults(type(rule))
    if not listed:
        return
    yield ""
    yield f"Options, under [rules.options.{rule.id}] in qa.toml:"
    for name, default in listed.items():
        value = getattr(rule, name)
        changed = "" if value == default else f"   # default: {describing.setting(default)}"
        yield f"  {name} = {describing.setting(value)}{changed}"
