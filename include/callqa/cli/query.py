"""`callqa query`: SQL over what is published."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output


def query(
    sql: Annotated[
        str, typer.Argument(help="One SELECT over calls, turns, events, findings, publications.", metavar="SQL")
    ],
    lake: Annotated[
        str | None, typer.Option("--lake", help="Folder of the warehouse. Default: qa.toml.", metavar="FOLDER")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the warehouse; every day is seen as its newest publication left it."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    columns, rows = warehouse.query(chosen.lake, sql)
    if as_json:
        output.json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    output.people.print(table)
    output.side.print(f"{len(rows)} row(s)")
