"""`callqa rules list`: which packs and rules are installed."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from callqa.cli.output import ConfigOption, JsonOption, Output
from callqa.cli.rules.installed import everything
from callqa.rules import Installed, describing
from qc_rules import Pack

_KINDS = ("operators", "lexicons", "actions", "detectors", "scorecards")
"""What a pack can register besides rules."""


def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every installed pack with all that it brings, and every rule, with its options and whether it is switched on."""
    output = Output(as_json)
    there = everything(config)
    packs, rules = [_pack(pack) for pack in there.packs], _rules(there)
    if as_json:
        output.json({"packs": packs, "rules": rules})
        return
    output.people.print(_rules_table(rules))
    output.people.print(_packs_table(packs))
    output.people.print("options, to be set under [rules.options.<rule>] in qa.toml:", markup=False)
    for row in rules:
        for name, value in row["options"].items():
            text = _short(f"{name} = {describing.setting(value)}")
            output.people.print(f"  {row['rule']}  {text}", markup=False, soft_wrap=True)


def _pack(pack: Pack) -> dict[str, Any]:
    return {
        "pack": pack.name,
        "version": pack.version,
        "distribution": pack.distribution,
        "hooks": list(pack.hooks),
        "rules": [rule.id for rule in pack.rules],
        "operators": [operator.name for operator in pack.operators],
        "lexicons": [lexicon.name for lexicon in pack.lexicons],
        "actions": list(pack.actions),
        "detectors": [detector.name for detector in pack.detectors],
        "scorecards": [card.id for card in pack.scorecards],
    }


def _rules(there: Installed) -> list[dict[str, Any]]:
    return [
        {
            "rule": active.rule.id,
            "name": active.rule.title(),
            "version": active.rule.version,
            "pack": active.pack.name,
            "pack_version": active.pack.version,
            "severity": active.rule.severity,
            "score": active.rule.score,
            "category": active.rule.category,
            "enabled": active.rule.id in there.enabled,
            "options": dict(vars(active.rule)),
        }
        for active in there.rules.values()
    ]


def _rules_table(rows: list[dict[str, Any]]) -> Table:
    table = Table("rule", "name", "version", "pack", "severity", "score", "on")
    for row in rows:
        pack, on = f"{row['pack']} {row['pack_version']}", "yes" if row["enabled"] else "no"
        cells = (row["rule"], row["name"], str(row["version"]), pack, row["severity"], f"{row['score']:g}", on)
        table.add_row(*map(escape, cells))
    return table


def _packs_table(rows: list[dict[str, Any]]) -> Table:
    table = Table("pack", "version", "distribution", "what it brings besides rules")
    for row in rows:
        brings = "; ".join(f"{kind}: {', '.join(row[kind])}" for kind in _KINDS if row[kind])
        table.add_row(*map(escape, (row["pack"], row["version"], row["distribution"], brings)))
    return table


def _short(text: str, length: int = 56) -> str:
    """Word lists would fill the screen; `--json` has them whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
