"""`callqa warehouse hold`: legal holds on calls and days, which nothing removes while they stand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ByOption, ConfigOption, JsonOption, Output, ReasonOption, WarehouseOption

if TYPE_CHECKING:
    from callqa.contracts import Hold

app = typer.Typer(help="Legal holds: what neither retention nor erasure may remove.")

WhatArgument = Annotated[str, typer.Argument(help="A business day, or a call of it.", metavar="DAY[/ID]")]
MatterOption = Annotated[str, typer.Option("--matter", help="The case that it is for.", metavar="TEXT")]


@app.callback()
def _group() -> None:
    """Legal holds: what neither retention nor erasure may remove."""


@app.command("add")
def add(
    what: WhatArgument,
    matter: MatterOption,
    reason: ReasonOption,
    by: ByOption = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a call, or a whole day; it need not be published yet."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    day, call_id = _parsed(what)
    row = warehouse.place_hold(chosen.lake, day, call_id, by=by or getpass.getuser(), reason=reason, matter=matter)
    _say(output, row, "held")


@app.command("release")
def release(
    what: WhatArgument,
    matter: MatterOption,
    reason: ReasonOption,
    by: ByOption = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Release what a matter holds; other matters go on holding it."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    day, call_id = _parsed(what)
    row = warehouse.release_hold(chosen.lake, day, call_id, by=by or getpass.getuser(), reason=reason, matter=matter)
    _say(output, row, "released")


@app.command("list")
def show(
    day: Annotated[str | None, typer.Argument(help="Only of this business day.", metavar="DAY")] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The holds that stand."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = warehouse.active_holds(chosen.lake, pipeline.parse_day(day) if day else None)
    if as_json:
        output.json([dataclasses.asdict(row) for row in found])
        return
    table = Table("day", "call", "matter", "since (UTC)", "by", "reason")
    for row in found:
        since = f"{row.at:%Y-%m-%d %H:%M}"
        cells = (row.call_id or "all of it", row.matter, since, row.by, row.reason)
        table.add_row(str(row.call_date), *map(escape, cells))
    output.people.print(table)


def _parsed(what: str) -> tuple[dt.date, str | None]:
    day, slash, call_id = what.partition("/")
    return pipeline.parse_day(day), call_id if slash else None


def _say(output: Output, row: Hold, done: str) -> None:
    if output.as_json:
        output.json(dataclasses.asdict(row))
        return
    what = f"call {row.call_id} of {row.call_date}" if row.call_id else f"all of {row.call_date}"
    output.people.print(escape(f"{what} is {done} for {row.matter}"), soft_wrap=True)
