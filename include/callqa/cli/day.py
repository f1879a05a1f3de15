"""`callqa run`: one day in one process."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, VerboseOption, quiet_stdout
from callqa.errors import GateRefused


def run(
    date: Annotated[str, typer.Option("--date", help="The business day, YYYY-MM-DD.", metavar="DAY")],
    source: Annotated[
        str | None,
        typer.Option("--source", help="Folder that holds one folder a day. Default: qa.toml.", metavar="FOLDER"),
    ] = None,
    lake: Annotated[
        str | None,
        typer.Option("--lake", help="Folder of runs, caches and the warehouse. Default: qa.toml.", metavar="FOLDER"),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Fetch, prepare, transcribe, parse, judge, export, gate and publish one day."""
    output = Output(as_json, verbose)
    day = pipeline.parse_day(date)
    chosen = settings.load(config).with_folders(source=source, lake=lake)
    with quiet_stdout(), _progress(output) as bar:
        task = bar.add_task(f"{day}", total=None)

        def tell(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{day} {stage}", completed=done, total=total)

        result = pipeline.run_day(chosen, day, tell)
    if as_json:
        output.json(result)
    else:
        show(output, result)
    return 0 if result["published"] else GateRefused.exit_code


def _progress(output: Output) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=output.side,
        transient=True,
        disable=output.as_json or not output.side.is_terminal,
    )


def show(output: Output, result: dict[str, Any]) -> None:
    """A day's summary for people."""
    table = Table(title=f"callqa {result['day']}", show_header=False, title_justify="left")
    table.add_row("recordings", str(result["recordings"]))
    table.add_row("analysed", str(result["analysed"]))
    table.add_row("invalid", str(result["invalid"]))
    table.add_row("rejected", str(result["rejected"]))
    for rejection in result["rejections"]:
        table.add_row("", escape(f"{rejection['file']}: {rejection['reason']}"))
    for rule, ids in result["hits"].items():
        table.add_row(f"rule {rule}", escape(f"{len(ids)}: {', '.join(ids)}"))
    table.add_row("gate", result["gate"])
    for kind, checks in result["gate_failures"].items():
        if checks:
            table.add_row(f"  {kind}", ", ".join(checks))
    table.add_row("published", escape(_publication(result)))
    output.people.print(table)


def _publication(result: dict[str, Any]) -> str:
    outcome = result["outcome"]
    if not result["published"]:
        return (
            f"no; the day's files and the reasons are in {outcome['quarantine']}; to publish it all the same:"
            f" callqa quarantine approve {result['day']} --reason ..."
        )
    unchanged = " (same content as before: nothing was written)" if outcome.get("unchanged") else ""
    return f"yes, publication {outcome['sequence']} of the day{unchanged}"
