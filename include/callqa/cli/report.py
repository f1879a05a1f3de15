"""`callqa report --day D`: the pages of a published day, week or month."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption
from callqa.errors import UsageError


def report(
    day: Annotated[str, typer.Option("--day", help="A business day, YYYY-MM-DD.", metavar="DAY")],
    group: Annotated[
        str | None,
        typer.Option("--for", help="training, supervisors or planners. Default: every page.", metavar="GROUP"),
    ] = None,
    period: Annotated[
        str, typer.Option("--period", help="day, or the week or month that the day lies in.", metavar="PERIOD")
    ] = "day",
    language: Annotated[
        str | None, typer.Option("--language", help="zh or en. Default: reports.languages.", metavar="LANGUAGE")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", help="A new folder, or one of an earlier report. Default: in the lake.", metavar="FOLDER"
        ),
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the reports of published days: pages of HTML that open from a file.

    In the lake all pages are made, and those asked for are named; with --out only these are written. What is there
    already, made from the same publications, is left as it is.
    """
    from callqa.reports import described, making
    from callqa.reports.language import LANGUAGES
    from callqa.reports.period import Period

    output = Output(as_json)
    page = _known("--for", group, making.GROUPS)
    spoken = _known("--language", language, LANGUAGES)
    chosen = settings.load(config).with_folders(lake=lake)
    made = making.make(
        chosen,
        Period.of(pipeline.parse_day(day), period),
        pages=[page] if page and out else making.PAGES,
        languages=[spoken] if spoken and out else (),
        out=out,
    )
    asked = {
        name: {code: path for code, path in paths.items() if spoken in (None, code)}
        for name, paths in made.pages.items()
        if page in (None, name)
    }
    if as_json:
        output.json({**described(made), "pages": asked})
        return
    output.people.print(f"{escape(str(made.folder))}: {'made' if made.changed else 'as it was, nothing has changed'}")
    for path in (path for paths in asked.values() for path in paths.values()):
        output.people.print(f"  {escape(path)}", soft_wrap=True)


def _known(option: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise UsageError(f"{option} {value}: there is none of this name", remedy=f"give one of {', '.join(known)}")
    return value
