"""`callqa warehouse diff` and `rollback`: what a publication changed, and an older one put in place again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption

if TYPE_CHECKING:
    from callqa.settings import LakeSettings
    from callqa.warehouse import Difference, TableDifference

DayArgument = Annotated[str, typer.Argument(help="A published business day, YYYY-MM-DD.", metavar="DAY")]


def diff(
    date: DayArgument,
    first: Annotated[
        int | None, typer.Option("--from", help="Publication, by number. Default: the one before.", metavar="NUMBER")
    ] = None,
    second: Annotated[
        int | None, typer.Option("--to", help="Publication, by number. Default: the newest.", metavar="NUMBER")
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed between two publications of a day: rows added, removed, changed, and in which columns."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = warehouse.compare(chosen.lake, pipeline.parse_day(date), first, second)
    if as_json:
        output.json(dataclasses.asdict(found))
    else:
        _show(output, found)


def rollback(
    date: DayArgument,
    to: Annotated[int, typer.Option("--to", help="Publication to put in place again, by number.", metavar="NUMBER")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.", metavar="TEXT")],
    by: Annotated[
        str | None, typer.Option("--by", help="Who decides; kept in the ledger. Default: your login.", metavar="NAME")
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish an older publication's rows again, as a new publication; nothing is erased.

    A run of the day that began before it is refused when it publishes.
    """
    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    answer = _roll_back(chosen.lake, pipeline.parse_day(date), to, by or getpass.getuser(), reason)
    if as_json:
        output.json(answer)
    elif answer["unchanged"]:
        output.people.print(f"{date} has the rows of publication {to} already: nothing changed")
    else:
        output.people.print(f"{date}: publication {answer['sequence']} restores {to}")


def _roll_back(lake: LakeSettings, day: dt.date, to: int, by: str, reason: str) -> dict[str, Any]:
    """The day's flat file is made again of the rows that are restored."""
    from callqa import formats, warehouse

    restored = warehouse.publication(lake, day, to)
    with tempfile.TemporaryDirectory() as folder:
        made = formats.export_day(lake, restored, "daily-json", folder)
        companions = {"daily_qc": str(Path(made["folder"]) / "daily_qc.json")}
        publication, changed = warehouse.roll_back(lake, day, to, by=by, reason=reason, companions=companions)
    return {**dataclasses.asdict(publication), "unchanged": not changed}


def _show(output: Output, found: Difference) -> None:
    first, second = found.first, found.second
    output.people.print(f"{second.call_date}: from publication {first.sequence} to {second.sequence}")
    table = Table("table", "added", "removed", "changed", "columns that differ")
    for name, one in found.tables.items():
        columns = ", ".join(f"{column} ({count:,})" for column, count in one.columns.items())
        table.add_row(name, *(f"{n:,}" for n in (one.added, one.removed, one.changed)), columns)
    output.people.print(table)
    for name, one in found.tables.items():
        _show_samples(output, name, one)


def _show_samples(output: Output, name: str, one: TableDifference) -> None:
    for kind, samples in one.samples.items():
        output.people.print(f"[bold]{name} {kind}[/], of {getattr(one, kind):,} the first {len(samples)}:")
        for sample in samples:
            columns = sample.get("columns")
            named = " ".join(str(value) for key, value in sample.items() if key != "columns")
            output.people.print(f"  {escape(named)}" + (f": {', '.join(columns)}" if columns else ""))
