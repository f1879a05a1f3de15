"""`callqa archive`: what running years of recordings would take, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout

app = typer.Typer(help="Days of the past: a plan before they are run, a report afterwards. docs/backfill.md.")

FromOption = Annotated[str, typer.Option("--from", help="The first business day, YYYY-MM-DD.", metavar="DAY")]
ToOption = Annotated[str, typer.Option("--to", help="The last business day, included.", metavar="DAY")]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="Folder that holds one folder a day. Default: qa.toml.", metavar="FOLDER"),
]
DAYS_SHOWN = 20


@app.callback()
def _group() -> None:
    """Days of the past: a plan before they are run, a report afterwards."""


@app.command()
def plan(
    first: FromOption,
    last: ToOption,
    source: SourceOption = None,
    again: Annotated[bool, typer.Option("--again", help="Also the days that are published.")] = False,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=0, help="How long the source may be looked at. Default: archive.look_seconds."),
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Days, recordings, hours, what is done already, time and space, before anything runs; nothing is changed."""
    from callqa import archive

    output = Output(as_json)
    chosen = settings.load(config).with_folders(source=source, lake=lake)
    span = archive.span_of(first, last, chosen.source.timezone)
    given = archive.conf(
        source=chosen.source.root if source else None, lake=chosen.lake.root if lake else None, again=again
    )
    with quiet_stdout():
        made = archive.plan(chosen, span, seconds=seconds, given=given)
    if as_json:
        output.json(made)
    else:
        _show_plan(output, made)


@app.command()
def report(
    first: FromOption,
    last: ToOption,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of the days: published, refused, empty, failed; hours, rejected recordings, cost, the gate."""
    from callqa import archive

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    made = archive.report(chosen, archive.span_of(first, last, chosen.source.timezone))
    if as_json:
        output.json(made)
    else:
        _show_report(output, made)


def _show_plan(output: Output, made: dict[str, Any]) -> None:
    days, cached, time, space = made["days"], made["cached"], made["time"], made["storage"]
    table = Table(title=f"{made['from']} to {made['to']}", show_header=False, title_justify="left")
    table.add_row("source", escape(made["source"]))
    table.add_row("days", f"{days['asked']}, with recordings {_about(days['with_recordings'])}")
    table.add_row("published already", f"{made['published']['days']} days, {made['published']['calls']} calls")
    table.add_row("days to run", str(days["to_do"]))
    table.add_row("recordings", _about(made["recordings"]))
    table.add_row("hours of audio", f"{_about(made['hours'])} (by {_counts(made['hours']['by'])})")
    table.add_row("", escape(made["basis"]))
    table.add_row("hours to hear", _about(cached["hours_to_hear"]))
    table.add_row("", escape(cached["basis"]))
    hours = _about(time["hours"]) if time["hours"] else "unknown"
    wall = "" if time["wall_hours"] is None else f", {time['wall_hours']} hours by the clock"
    wall += f" on {time['cores']} cores" if time["cores"] else ""
    table.add_row(f"{time['device'].upper()} hours", hours + wall)
    table.add_row("", escape(time["basis"]))
    enough = "" if space["enough"] else ": NOT ENOUGH"
    needed = space["cache_bytes"] + space["published_bytes"]
    table.add_row("storage", f"{_size(needed)} more, {_size(space['free_bytes'])} are free{enough}")
    table.add_row("", escape(f"by {space['basis']}"))
    output.people.print(table)
    for day, problem in made["problems"].items():
        output.people.print(f"{day}: {problem}", markup=False)
    output.people.print("start it:", made["commands"]["backfill"], markup=False, soft_wrap=True)
    output.people.print("report at its end:", made["commands"]["report"], markup=False, soft_wrap=True)


def _show_report(output: Output, made: dict[str, Any]) -> None:
    totals = made["totals"]
    table = Table(title=f"{made['from']} to {made['to']}", show_header=False, title_justify="left")
    table.add_row("days", ", ".join(f"{count} {state}" for state, count in made["states"].items() if count))
    table.add_row("recordings", f"{totals['recordings']}, of them rejected {totals['rejected']}")
    table.add_row("hours of audio", str(totals["hours"]))
    for reason, count in made["rejections"].items():
        table.add_row("", f"{reason}: {count}")
    for name, value in made["cost"].items():
        table.add_row(name.replace("_", " "), str(value))
    for check in made["checks"]:
        table.add_row(check["check"], f"{check['severity']}, {check['days']} days, {check['first']} to {check['last']}")
    output.people.print(table)
    unfinished = [day for day in made["days"] if day["state"] not in ("published", "empty")]
    for day in unfinished[:DAYS_SHOWN]:
        why = f": {', '.join(day['refused'])}" if day["refused"] else ""
        output.people.print(f"{day['day']}: {day['state']}{why}", markup=False)
    if len(unfinished) > DAYS_SHOWN:
        output.people.print(f"and {len(unfinished) - DAYS_SHOWN} days more: --json has them all", markup=False)


def _about(estimate: dict[str, Any]) -> str:
    if estimate["exact"]:
        return f"{estimate['value']:,}"
    return f"about {estimate['value']:,} ({estimate['low']:,} to {estimate['high']:,})"


def _counts(by: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in by.items()) or "nothing"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
