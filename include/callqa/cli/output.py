"""What the commands print: tables and colours for people, nothing but JSON for scripts."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape

from callqa import logs
from callqa.errors import CallQAError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on standard output.")]
ConfigOption = Annotated[
    str | None, typer.Option("--config", help="Settings file. Default: $CALLQA_CONFIG, then ./qa.toml.", metavar="FILE")
]
CachesOption = Annotated[
    str | None, typer.Option("--lake", help="Folder of the caches. Default: qa.toml.", metavar="FOLDER")
]
WarehouseOption = Annotated[
    str | None, typer.Option("--lake", help="Folder of the warehouse. Default: qa.toml.", metavar="FOLDER")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept.", metavar="TEXT")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; kept. Default: your login.", metavar="NAME")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log what the stages do to standard error.")]


class Output:
    """Standard output for the result, standard error for everything else."""

    def __init__(self, as_json: bool, verbose: bool = False) -> None:
        self.as_json = as_json
        self.people = Console(highlight=False)
        self.side = Console(stderr=True, highlight=False)
        handler = self._handler()
        handler.addFilter(lambda record: record.name.startswith("callqa") or record.levelno >= logging.ERROR)
        handler.addFilter(logs.Tagging())
        level = logging.INFO if verbose else logging.ERROR
        logging.basicConfig(level=level, handlers=[handler], force=True)

    def _handler(self) -> logging.Handler:
        """Of the log, on standard error: for people, or as lines of JSON where CALLQA_LOG_FORMAT says json."""
        handler: logging.Handler
        if os.environ.get("CALLQA_LOG_FORMAT", "").strip().lower() == "json":
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logs.Lines())
        else:
            handler = RichHandler(console=self.side, show_path=False)
            handler.setFormatter(logs.Text("%(message)s"))
        return handler

    def json(self, value: Any) -> None:
        """The result for a script."""
        text = json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)
        # Half a character, which somebody's error message may have, is written as JSON escapes it.
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
        sys.stdout.flush()

    def error(self, error: CallQAError) -> None:
        """A failure: one JSON object on standard output, or message and remedy on standard error."""
        if self.as_json:
            self.json({"error": error.message, "remedy": error.remedy, "exit_code": error.exit_code})
            return
        self.side.print(f"[bold red]error:[/] {escape(error.message)}")
        if error.remedy:
            self.side.print(f"[bold]remedy:[/] {escape(error.remedy)}")


def _jsonable(value: Any) -> Any:
    """A value as strict JSON: it has no NaN and no infinity (null here), and its keys are texts."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)


@contextlib.contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send standard output to standard error for a while, what is written below Python included.

    Libraries print (FunASR names its version, ModelScope its downloads); a script that reads our JSON must not see it.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
