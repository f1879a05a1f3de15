"""`callqa late` and `callqa intraday`: recordings that came after their day was published, and today so far."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.day import show
from callqa.cli.output import ConfigOption, JsonOption, Output, VerboseOption, quiet_stdout
from callqa.errors import GateRefused, RunAtWorkError

if TYPE_CHECKING:
    from callqa.late import LateDay
    from callqa.settings import Settings

SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="Folder or address of the recordings. Default: qa.toml.", metavar="FOLDER"),
]
LakeOption = Annotated[
    str | None, typer.Option("--lake", help="Folder of runs, caches and the warehouse. Default: qa.toml.")
]


def late(
    date: Annotated[
        str | None, typer.Option("--date", help="Only this day. Default: the last days, see --days.", metavar="DAY")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", help="So many days up to yesterday. Default: source.late_days.", min=1, max=60),
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Also run the days that are to be run again.")] = False,
    source: SourceOption = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Days that have recordings which are not published, and what is to be done with each."""
    from callqa import intraday
    from callqa import late as looking

    output = Output(as_json)
    chosen = settings.load(config).with_folders(source=source, lake=lake)
    today = intraday.today(chosen)
    wanted = looking.days_back(today - dt.timedelta(days=1), days or chosen.source.late_days)
    with quiet_stdout():
        found = looking.look(chosen, [pipeline.parse_day(date)] if date else wanted, today)
        results = _run_again(chosen, found) if run else {}
    if as_json:
        output.json([{**day.plain(), **results.get(day.day, {})} for day in found])
    else:
        _show(output, found, results)
    if any("at_work" in result for result in results.values()):
        return RunAtWorkError.exit_code
    return 0 if all(result["published"] for result in results.values()) else GateRefused.exit_code


def _run_again(chosen: Settings, found: list[LateDay]) -> dict[dt.date, dict[str, Any]]:
    results = {}
    for one in found:
        if one.verdict == "run":
            results[one.day] = _run_day(chosen, one.day)
    return results


def _run_day(chosen: Settings, day: dt.date) -> dict[str, Any]:
    """What became of the day; one that another run is at work on does not keep the others from theirs."""
    try:
        done = pipeline.run_day(chosen, day)
    except RunAtWorkError as error:
        return {"published": False, "at_work": error.message}
    return {"published": done["published"], "sequence": done["outcome"].get("sequence")}


def _show(output: Output, found: list[LateDay], results: dict[dt.date, dict[str, Any]]) -> None:
    table = Table("day", "", "why", "files")
    for one in found:
        said: str = one.verdict
        if one.day in results:
            said += f", {_ending(results[one.day])}"
        names = [*one.difference.new, *one.difference.changed, *one.difference.told]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        table.add_row(str(one.day), said, escape(one.why), escape(shown))
    output.people.print(table)


def _ending(result: dict[str, Any]) -> str:
    if "at_work" in result:
        return f"left alone: {escape(result['at_work'])}"
    return "published" if result["published"] else "refused by the gate"


def intraday(
    date: Annotated[str | None, typer.Option("--date", help="The business day. Default: today.", metavar="DAY")] = None,
    source: SourceOption = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Hear what is new of a day that goes on, and publish the day so far, marked as incomplete."""
    from callqa import intraday as passes

    output = Output(as_json, verbose)
    chosen = settings.load(config).with_folders(source=source, lake=lake)
    day = pipeline.parse_day(date) if date else passes.today(chosen)
    with quiet_stdout():
        result = passes.publish_new(chosen, day, pipeline.new_run_id())
    if as_json:
        output.json(result)
    elif "nothing" in result:
        output.people.print(f"{day}: {escape(result['nothing'])}")
    else:
        show(output, result)
    return 0 if result["published"] or "nothing" in result else GateRefused.exit_code
