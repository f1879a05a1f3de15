"""`callqa warehouse erase`: calls, or all calls of a customer, leave no trace; a certificate says so."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout

if TYPE_CHECKING:
    from callqa.upkeep import Certificate


def erase(
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the certificate.", metavar="TEXT")],
    call: Annotated[
        list[str] | None, typer.Option("--call", help="A call, by its day and id; may be repeated.", metavar="DAY/ID")
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="All calls of a number, as it is dialled.", metavar="NUMBER")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who decides; kept too. Default: your login.", metavar="NAME")
    ] = None,
    delete_recordings: Annotated[
        bool, typer.Option("--delete-recordings", help="Delete the recordings in the source too, with their rows.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove every trace of calls from the lake, search it for what is left, and write a certificate.

    Exit code 1 where something was found afterwards, 10 where a hold lies on a call, 11 where a run that has it is at
    work or waits for a decision.
    """
    from callqa import upkeep
    from callqa.upkeep import asked

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    with quiet_stdout():
        made = upkeep.erase(
            chosen,
            [asked.parse(one) for one in call or ()],
            customer,
            by=by or getpass.getuser(),
            reason=reason,
            delete_recordings=delete_recordings,
            dry_run=dry_run,
        )
    _show(output, made, chosen.lake.root)
    if not made.complete:
        raise typer.Exit(1)


def _show(output: Output, made: Certificate, root: str) -> None:
    from callqa.upkeep import certificate, lake

    folder = Path(root) / lake.CERTIFICATES
    path = None if made.dry_run else str(folder / f"{made.id}.json")
    if output.as_json:
        output.json({**made.plain(), "certificate": path})
        return
    output.people.print(escape(certificate.text(made.plain())), soft_wrap=True, end="")
    if path:
        output.side.print(escape(f"certificate: {path}"), soft_wrap=True)
