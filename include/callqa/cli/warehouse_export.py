"""`callqa warehouse export`: published days in the formats of other programs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.contracts import Publication
    from callqa.settings import LakeSettings

DayArgument = Annotated[str | None, typer.Argument(help="A published business day, YYYY-MM-DD.", metavar="DAY")]
FormatOption = Annotated[
    list[str],
    typer.Option(
        "--format",
        help="csv, xlsx, parquet, daily-json, contact-lens or vcon; may be repeated.",
        metavar="FORMAT",
    ),
]
HeadersOption = Annotated[
    Literal["en", "zh", "both"], typer.Option("--headers", help="csv, xlsx: language of the headers.")
]


def export(
    formats: FormatOption,
    out: Annotated[str, typer.Option("--out", help="Folder; a day and format each get one in it.", metavar="FOLDER")],
    date: DayArgument = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of a range.", metavar="DAY")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of a range, included.", metavar="DAY")] = None,
    call: Annotated[str | None, typer.Option("--call", help="Only this call of the day.", metavar="ID")] = None,
    headers: HeadersOption = "en",
    bom: Annotated[bool, typer.Option("--bom", help="csv: mark as UTF-8 for Excel on a Chinese Windows.")] = False,
    files: Annotated[
        bool, typer.Option("--files", help="contact-lens, vcon: a file a call, not a line a call.")
    ] = False,
    audio: Annotated[
        bool, typer.Option("--audio", help="vcon: embed the recording, personal data silent (reads the recordings).")
    ] = False,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="vcon: the masked form; the only one that is stored, so always.")
    ] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export of the same.")] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write published days for other programs: FOLDER/DAY/FORMAT/, whole or not at all.

    Every day is read at its newest publication; docs/exports.md says what each format holds.
    """
    from callqa.formats import Options, export_day

    del redacted  # says what is so anyway, for scripts that want to say it
    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    options = Options(headers=headers, bom=bom, a_file_a_call=files, audio=audio, source=chosen.source)
    wanted = _publications(chosen.lake, date, first, last, call)
    _require_formats(formats)
    with quiet_stdout():
        made = [
            export_day(chosen.lake, publication, format_, out, call=call, options=options, overwrite=overwrite)
            for publication in wanted
            for format_ in dict.fromkeys(formats)
        ]
    if as_json:
        output.json(made)
    else:
        _show(output, made)


def _require_formats(formats: list[str]) -> None:
    """Before the first is written, not when the third comes up."""
    from callqa.formats import FORMATS

    for format_ in formats:
        if format_ not in FORMATS:
            raise UsageError(f"no format is called {format_!r}", remedy=f"one of {', '.join(FORMATS)}")


def _publications(
    lake: LakeSettings, date: str | None, first: str | None, last: str | None, call: str | None
) -> list[Publication]:
    """The newest publication of the day, or of each published day of the range."""
    from callqa import warehouse
    from callqa.formats import newest

    if date is not None and first is None and last is None:
        return [newest(lake, pipeline.parse_day(date))]
    if date is not None or first is None or last is None:
        raise UsageError("which days is not clear", remedy="give one DAY, or --from DAY and --to DAY")
    if call is not None:
        raise UsageError("--call is of one day", remedy="give the call's DAY instead of --from and --to")
    days = pipeline.parse_day(first), pipeline.parse_day(last)
    found: dict[dt.date, Publication] = {
        one.call_date: one for one in warehouse.publications(lake) if days[0] <= one.call_date <= days[1]
    }
    if not found:
        raise UsageError(
            f"nothing is published from {first} to {last}",
            remedy="`callqa query` lists the days: select call_date from publications",
        )
    return list(found.values())


def _show(output: Output, made: list[dict[str, Any]]) -> None:
    for one in made:
        output.people.print(f"[bold]{escape(one['folder'])}[/]  publication {one['sequence']} of {one['day']}")
        for name, count in one["files"].items():
            output.people.print(f"  {escape(name)}: {count}")
        for left_out in one["left_out"]:
            output.people.print(f"  left out {left_out['calls']}: {escape(left_out['reason'])}")
