"""`callqa model`: is the model whole, and how to get it."""

from __future__ import annotations

from typing import Annotated

import typer

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
def check(model: ModelArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Load a model and compare every file, key and shape with what it should be."""
    from callqa.transcribe import model_store

    output = Output(as_json)
    engine = settings.load(config).with_model(model).engine
    with quiet_stdout():
        facts = model_store.check_whole(engine)
    if as_json:
        output.json(facts)
    else:
        for name, value in facts.items():
            output.people.print(f"{name:12} {value}")


@app.command()
def pull(
    model: ModelArgument = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="Branch, tag or commit of the hub; pin it.")
    ] = None,
    hub: Annotated[str | None, typer.Option("--hub", help="ms (ModelScope) or hf (Hugging Face).")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Download a model from its hub, once; afterwards no network is needed."""
    from callqa.transcribe import model_store

    output = Output(as_json, verbose)
    engine = settings.load(config).with_model(model, revision=revision, hub=hub).engine
    with quiet_stdout():
        folder = model_store.pull(engine)
    facts = {"model": engine.model, "folder": str(folder), "digest": model_store.digest(folder)}
    if as_json:
        output.json(facts)
    else:
        output.people.print(f"{engine.model} is in {folder} (digest {facts['digest'][:12]})")
