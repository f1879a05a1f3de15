"""`callqa warehouse backup` and `restore`: a lake copied while it is in use, and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption

if TYPE_CHECKING:
    from callqa.upkeep import Copied

FolderArgument = Annotated[str, typer.Argument(help="Folder of the backup.", metavar="FOLDER")]


def backup(
    folder: FolderArgument,
    again: Annotated[
        bool, typer.Option("--with-caches", help="Also caches and runs' folders, which running days again would make.")
    ] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the lake into a new folder while it is in use; publishers wait some seconds."""
    from callqa.upkeep import back_up

    copied = back_up(settings.load(config).with_folders(lake=lake), folder, again=again)
    _show(Output(as_json), copied, f"copied {copied.root} into {folder}")


def restore(
    folder: FolderArgument, lake: WarehouseOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Put a backup back where it was made from; the lake's folder must be empty or not there."""
    from callqa.upkeep import restore as put_back

    copied = put_back(settings.load(config).with_folders(lake=lake), folder)
    _show(Output(as_json), copied, f"restored {copied.root}, as it was at {copied.at[:19]} UTC")


def _show(output: Output, copied: Copied, said: str) -> None:
    counts: dict[str, Any] = {"files": len(copied.files), "bytes": copied.bytes}
    if output.as_json:
        output.json({"root": copied.root, "at": copied.at, "version": copied.version, **counts})
        return
    output.people.print(escape(f"{said}: {counts['files']:,} files, {counts['bytes']:,} bytes"), soft_wrap=True)
