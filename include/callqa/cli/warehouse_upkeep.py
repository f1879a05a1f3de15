"""`callqa warehouse upkeep`: what every night does, by hand or to see what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout


def upkeep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove what is past its time, as qa.toml says (retention, upkeep), and what nobody needs any more.

    Exit code 1 where a step failed; the others are done.
    """
    from callqa.upkeep import run

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    with quiet_stdout():
        done = run(chosen, dry_run=dry_run)
    if as_json:
        output.json(done)
    else:
        _show(output, done)
    if done["failed"]:
        raise typer.Exit(1)


def _show(output: Output, done: Mapping[str, Any]) -> None:
    would = "would go" if done["dry_run"] else "went"
    table = Table("step", "what", would, "bytes")
    for step in ("compact", "expire", "retain", "tidy", "sweep"):
        for row in _rows(step, done[step]):
            table.add_row(*(escape(cell) for cell in row))
    output.people.print(table)
    for step in ("retain", "tidy"):
        for place, why in _stayed(done[step]):
            output.people.print(escape(f"stays: {place}: {why}"), soft_wrap=True)
    for step in done["failed"]:
        for line in _errors(step, done[step]):
            output.people.print(f"[bold red]failed:[/] {escape(line)}", soft_wrap=True)
    for warning in done["warnings"]:
        output.people.print(f"[bold]look:[/] {escape(warning)}", soft_wrap=True)


def _rows(step: str, found: Any) -> list[tuple[str, str, str, str]]:
    if found is None:
        return [(step, "not tried in a dry run", "", "")]
    if "error" in found:
        return [(step, "failed", "", "")]
    if step == "compact":
        return [(step, one["table"], f"{one['files_before']} → {one['files_after']} files", "") for one in found]
    if step == "expire":
        return [(step, one["table"], f"{one['expired']} snapshots", "") for one in found if one["expired"]]
    if step == "sweep":
        return [(step, "files that nothing names", f"{found['files']:,} files", f"{found['bytes']:,}")]
    days = [
        (step, f"{of} of {day}", said, "") for of, each in found.get("days", {}).items() for day, said in each.items()
    ]
    return [*days, *((step, place, _went(went), f"{went['bytes']:,}") for place, went in found["removed"].items())]


def _went(went: Mapping[str, int]) -> str:
    rows = f", {went['rows']:,} rows" if went["rows"] else ""
    return f"{went['files']:,} files{rows}"


def _stayed(found: Any) -> list[tuple[str, str]]:
    return list(found.get("stayed", {}).items()) if isinstance(found, dict) else []


def _errors(step: str, found: Mapping[str, Any]) -> list[str]:
    if "error" in found:
        return [f"{step}: {found['error']}; {found['remedy']}"]
    return [f"{step}: {what}: {why}" for what, why in found["failed"].items()]
