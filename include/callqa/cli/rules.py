"""`callqa rules`: which rules are installed, from which packs."""

from __future__ import annotations

import dataclasses
from typing import Any

import typer
from rich.table import Table

from callqa import judge, settings
from callqa.cli.output import ConfigOption, JsonOption, Output

app = typer.Typer(help="The installed rule packs.")


@app.callback()
def _group() -> None:
    """The installed rule packs."""


@app.command("list")
def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every installed pack and rule, with version, severity, options and whether it is switched on."""
    output = Output(as_json)
    chosen = settings.load(config)
    rows = [row for pack in judge.packs(chosen.rules) for row in _rows(pack, chosen.rules.disable)]
    if as_json:
        output.json(rows)
        return
    output.people.print(_table(rows))
    output.people.print("options, to be set under [rules.options.<rule>] in qa.toml:", markup=False)
    for row in rows:
        for name, value in row["options"].items():
            output.people.print(f"  {row['rule']}  {_short(f'{name} = {value}')}", markup=False)


def _table(rows: list[dict[str, Any]]) -> Table:
    columns = ("rule", "name", "version", "pack", "severity", "score", "on")
    table = Table(*columns)
    for row in rows:
        pack, on = f"{row['pack']} {row['pack_version']}", "yes" if row["enabled"] else "no"
        table.add_row(row["rule"], row["name"], str(row["version"]), pack, row["severity"], f"{row['score']:g}", on)
    return table


def _short(text: str, length: int = 56) -> str:
    """Word lists would fill the screen; `--json` has them whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _rows(pack: Any, disabled: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "rule": rule.id,
            "name": rule.title(),
            "version": rule.version,
            "pack": pack.name,
            "pack_version": pack.version,
            "severity": rule.severity,
            "score": rule.score,
            "category": rule.category,
            "enabled": rule.id not in disabled,
            "options": {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)},
        }
        for rule in pack.rules
    ]
