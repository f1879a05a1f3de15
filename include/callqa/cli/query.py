"""`callqa query`: SQL over what is published."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption


def query(
    sql: Annotated[
        str, typer.Argument(help="One SELECT over calls, turns, events, findings, publications.", metavar="SQL")
    ],
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the warehouse; every day is seen as its newest publication left it."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    columns, rows = warehouse.query(chosen.lake, sql)
    if as_json:
        names = _distinct(columns)
        output.json([dict(zip(names, row, strict=True)) for row in rows])
        return
    table = Table(*(escape(name) for name in columns))
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    output.people.print(table)
    output.side.print(f"{len(rows)} row(s)")


def _distinct(columns: list[str]) -> list[str]:
    """Names that an object can have side by side: the second `a` becomes `a_1`, as DuckDB calls it in a subquery."""
    names: list[str] = []
    for column in columns:
        tries = (column, *(f"{column}_{number}" for number in range(1, len(columns) + 1)))
        names.append(next(name for name in tries if name not in names))
    return names
