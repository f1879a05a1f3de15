"""`callqa notify`: messages looked at, sent, tried, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption

app = typer.Typer(help="Messages to people: who is told of what.")

DayOption = Annotated[str, typer.Option("--day", help="A published business day.", metavar="DAY")]
RouteOption = Annotated[str, typer.Option("--route", help="Its name in qa.toml.", metavar="NAME")]
OneRouteOption = Annotated[str | None, typer.Option("--route", help="Only this one.", metavar="NAME")]

NOT_SENT = 1
"""Exit code where a message is pending, may not have arrived, or was given up."""


@app.callback()
def _group() -> None:
    """Messages to people: who is told of what."""


@app.command("preview")
def preview(
    day: DayOption,
    route: RouteOption,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would be sent; send nothing."""
    from callqa import notify

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = notify.preview(chosen, pipeline.parse_day(day), route)
    if as_json:
        output.json(found)
        return
    _warn(output, found["warnings"])
    for number, message in enumerate(found["messages"], start=1):
        output.people.rule(f"{number} of {len(found['messages'])}")
        output.people.print(escape(f"{message['title']}\n{message['body']}"), soft_wrap=True)
    output.people.rule()
    output.people.print(
        f"{len(found['messages'])} message(s); {found['told_before']} hit(s) were told before", soft_wrap=True
    )


@app.command("send")
def send(
    day: DayOption,
    route: OneRouteOption = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send what nobody was told of yet, and what is pending; whatever the day's age."""
    from callqa import notify

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    sent = notify.send(chosen, pipeline.parse_day(day), only=route)
    if as_json:
        output.json(sent.plain())
    else:
        _show(output, list(sent.messages))
        _warn(output, sent.warnings)
    if any(sent.count(state) for state in ("pending", "unsure", "given up")):
        raise typer.Exit(NOT_SENT)


@app.command("test")
def try_out(route: RouteOption, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Send one message without any call in it."""
    from callqa import notify

    output = Output(as_json)
    outcome = notify.try_out(settings.load(config), route)
    if as_json:
        output.json({"route": route, "result": outcome.result, "reason": outcome.reason})
    else:
        said = f"{route}: {outcome.result}{': ' + outcome.reason if outcome.reason else ''}"
        output.people.print(escape(said), soft_wrap=True)
    if outcome.result != "sent":
        raise typer.Exit(NOT_SENT)


@app.command("list")
def show(
    day: Annotated[str | None, typer.Option("--day", help="Only of this business day.", metavar="DAY")] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every message, and what became of it."""
    from callqa import notify

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = notify.rows(chosen, pipeline.parse_day(day) if day else None)
    output.json(found) if as_json else _show(output, found)


def _show(output: Output, rows: list[dict[str, Any]]) -> None:
    if not rows:
        output.people.print("no message")
        return
    table = Table("day", "route", "message", "kind", "calls", "state", "attempts", "reason")
    for row in rows:
        cells = (row["message"], row["kind"], row["calls"], row["state"], row["attempts"], row["reason"])
        table.add_row(row["day"], row["route"], *(escape(str(cell)) for cell in cells))
    output.people.print(table)


def _warn(output: Output, warnings: Any) -> None:
    for warning in warnings:
        output.side.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
