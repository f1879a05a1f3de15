"""`callqa listen DAY CALL_ID`: a copy of a call's recording that people may hear."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption


def listen(
    day: Annotated[str, typer.Argument(help="The business day, YYYY-MM-DD.", metavar="DAY")],
    call_id: Annotated[str, typer.Argument(help="Id of a published call.", metavar="CALL_ID")],
    out: Annotated[
        str | None,
        typer.Option("--out", help=".flac, .wav, .opus or .ogg. Default: CALL_ID.flac here.", metavar="FILE"),
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a call's recording, silent wherever the published turns have personal data."""
    from callqa import listen as listening

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = listening.published(chosen.lake, pipeline.parse_day(day), call_id)
    target = out or f"{Path(call_id).name}.flac"
    made = listening.copy(found.uri, found.spans, target, sha256=found.sha256, source=chosen.source)
    silent = {channel: [list(span) for span in spans] for channel, spans in made.silent.items() if spans}
    if as_json:
        output.json({"file": made.path, "seconds": made.seconds, "channels": made.channels, "silent": silent})
        return
    count = sum(len(spans) for spans in silent.values())
    output.people.print(
        f"{escape(made.path)}: {made.seconds:.1f} s, {made.channels} channel(s), {count} silent span(s)"
    )
