"""`callqa model`: get a speech model, look through it, prepare it, and see what is here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, VerboseOption, quiet_stdout

app = typer.Typer(help="The speech model's files.")

ModelArgument = Annotated[
    str | None,
    typer.Argument(
        help="`demo`, a folder, or a hub's id such as iic/SenseVoiceSmall. Default: qa.toml.", metavar="MODEL"
    ),
]


@app.command()
def pull(
    model: ModelArgument = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="Branch, tag or commit of the hub; pin it.")
    ] = None,
    hub: Annotated[str | None, typer.Option("--hub", help="ms (ModelScope) or hf (Hugging Face).")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to fetch into. Default: the model cache.", metavar="FOLDER")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the hub's files where they are no longer those that are here.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Download a model from its hub, once; afterwards no network is needed. An interrupted download goes on."""
    from callqa.transcribe.models import model_store

    output = Output(as_json, verbose)
    engine = settings.load(config).with_model(model, revision=revision, hub=hub).engine
    with quiet_stdout():
        pulled = model_store.pull(engine, to=to.resolve() if to else None, replace=replace)
        facts = model_store.describe(pulled.folder)
    if as_json:
        output.json({"model": engine.model, "fetched": pulled.fetched, "note": pulled.note, **facts})
        return
    done = "was fetched into" if pulled.fetched else "is in"
    output.people.print(f"{engine.model} {done} {pulled.folder} (digest {facts['digest'][:12]})")
    if pulled.note:
        output.side.print(f"[yellow]note:[/] {escape(pulled.note)}")


@app.command()
def check(model: ModelArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Compare every file with its hub's digest, load the model, and compare every key and shape. Exit code 5: no."""
    from callqa.transcribe.models import model_store

    output = Output(as_json)
    engine = settings.load(config).with_model(model).engine
    with quiet_stdout():
        facts = model_store.check_whole(engine)
    if as_json:
        output.json(facts)
    else:
        _print(output, facts)


@app.command()
def prepare(
    model: ModelArgument = None,
    precision: Annotated[
        Literal["int8", "fp32"], typer.Option("--precision", help="int8 is quicker, fp32 exact.")
    ] = "int8",
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Export a model for the onnx engine (CPU), once; a run does it too where it was not done before."""
    from callqa.transcribe.models import model_store
    from callqa.transcribe.onnx import onnx_export

    output = Output(as_json, verbose)
    engine = settings.load(config).with_model(model).engine
    with quiet_stdout():
        identity = model_store.identify(engine)
        file = onnx_export.prepare(identity, precision)
    facts = {
        "model": identity.name,
        "digest": identity.digest,
        "precision": precision,
        "file": str(file),
        "size": file.stat().st_size,
    }
    if as_json:
        output.json(facts)
    else:
        _print(output, facts)


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """The models that are here: the demo's, and what was fetched into the cache."""
    from callqa.transcribe.models import model_store

    output = Output(as_json)
    models = model_store.models()
    if as_json:
        output.json(models)
        return
    table = Table("model", "revision", "hub", "digest", "MB", "fetched", "prepared")
    table.add_column("folder", overflow="fold")
    for row in models:
        table.add_row(*(escape(text) for text in _cells(row)))
    output.people.print(table)


def _cells(row: dict[str, Any]) -> list[str]:
    digest = row["digest"][:12] if row["digest"] else f"not whole: {row['problem']}"
    revision = f"{row['revision'] or ''} {(row['commit'] or '')[:12]}".strip()
    megabytes = f"{row['size'] / 1e6:.1f}"
    prepared = ", ".join(row["prepared"])
    return [
        row["model"],
        revision,
        row["hub"] or "",
        digest,
        megabytes,
        row["pulled_at"] or "",
        prepared,
        row["folder"],
    ]


def _print(output: Output, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        output.people.print(f"{name:12} {escape(str(value))}")
