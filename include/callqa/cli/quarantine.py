"""`callqa quarantine`: the days that the gate refused, and what is decided of them."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ByOption, ConfigOption, JsonOption, Output, ReasonOption, WarehouseOption

if TYPE_CHECKING:
    from callqa.publish import Quarantined

app = typer.Typer(help="The days that the quality gate refused: look at them, approve, reject.")

DayArgument = Annotated[str, typer.Argument(help="A refused business day, YYYY-MM-DD.", metavar="DAY")]
RunOption = Annotated[
    str | None, typer.Option("--run", help="Which of the day's refused runs, where there are several.", metavar="RUN")
]


@app.callback()
def _group() -> None:
    """The days that the quality gate refused: look at them, approve, reject."""


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also the decided ones.")] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What waits for a decision, with the gate's reasons."""
    from callqa import publish

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = [entry for entry in publish.quarantined(chosen.lake.root) if every or entry.waits]
    if as_json:
        output.json([_plain(entry) for entry in found])
    else:
        _show(output, found)


@app.command()
def approve(
    day: DayArgument,
    reason: ReasonOption,
    run: RunOption = None,
    by: ByOption = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a refused day all the same; the ledger keeps who and why."""
    _decide(True, day, reason, run, by, lake, config, as_json)


@app.command()
def reject(
    day: DayArgument,
    reason: ReasonOption,
    run: RunOption = None,
    by: ByOption = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave a refused day unpublished; its files stay in the quarantine."""
    _decide(False, day, reason, run, by, lake, config, as_json)


def _decide(
    approved: bool,
    day: str,
    reason: str,
    run: str | None,
    by: str | None,
    lake: str | None,
    config: str | None,
    as_json: bool,
) -> None:
    from callqa import publish

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    now = dt.datetime.now(dt.UTC)
    decision = publish.Decision(approved=approved, by=by or getpass.getuser(), reason=reason.strip(), at=now)
    entry = publish.undecided(chosen.lake.root, pipeline.parse_day(day), run)
    answer = pipeline.decide(chosen, entry, decision)
    if as_json:
        output.json(answer)
    elif answer["published"]:
        output.people.print(
            f"{day}: published, publication {answer['sequence']}, approved by {escape(decision.by or '')}"
        )
    else:
        output.people.print(f"{day}: rejected; the files stay in {escape(str(entry.folder))}")


def _plain(entry: Quarantined) -> dict[str, Any]:
    return {
        "day": entry.day,
        "run_id": entry.run_id,
        "folder": str(entry.folder),
        "since": entry.since,
        "origin": entry.origin,
        "blocking": entry.blocking,
        "reasons": entry.reasons,
        "decision": entry.decision and entry.decision.plain(),
    }


def _show(output: Output, found: list[Quarantined]) -> None:
    if not found:
        output.people.print("nothing waits for a decision")
        return
    table = Table("day", "run", "since (UTC)", "reasons", "decision")
    for entry in found:
        since = f"{entry.since:%Y-%m-%d %H:%M}"
        table.add_row(str(entry.day), escape(entry.run_id), since, escape("\n".join(entry.reasons)), _decision(entry))
    output.people.print(table)


def _decision(entry: Quarantined) -> str:
    if entry.decision is None:
        return "waits"
    said = "approved" if entry.decision.approved else "rejected"
    return escape(
        f"{said} by {entry.decision.by}: {entry.decision.reason}" if entry.decision.by else entry.decision.reason
    )
