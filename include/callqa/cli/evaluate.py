"""`callqa eval MANIFEST`: how well a model does on recordings whose words are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from callqa import evaluate as evaluation
from callqa import settings, storage
from callqa.cli import evaluate_tables
from callqa.cli.output import CachesOption, ConfigOption, JsonOption, Output, VerboseOption, quiet_stdout
from callqa.errors import SourceError, UsageError
from callqa.settings import Settings

AS_SET = "as set"
"""What the settings are called where nothing was changed on the command line."""

Variants = list[tuple[str, Settings]]


def evaluate(
    manifest: Annotated[
        str | None,
        typer.Argument(help="JSON lines: audio, text and what else is known of it.", metavar="MANIFEST"),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Evaluate on the demo's calls.")] = False,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="Model to evaluate; several are compared with the first.", metavar="MODEL"),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            help='Other settings on the same recordings: "engine.precision=fp32". One is compared with the settings '
            "as they are, of several each with the first. Several keys in one: with spaces between them.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Another settings file, compared on the same recordings.", metavar="FILE"),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", help="Write the whole report there too, as JSON.", metavar="FILE")
    ] = None,
    lake: CachesOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Error rates, language, emotion and event figures on recordings whose words are known, with intervals."""
    output = Output(as_json, verbose)
    chosen = settings.load(config).with_folders(lake=lake)
    lines = evaluation.read(_path(manifest, demo, chosen))
    variants = variants_of(chosen, model or [], compare or [], against or [])
    for _, variant in variants:  # hours of one must not be lost to a misspelt other
        evaluation.model_facts(variant)
    report = _report(lines, variants, output)
    if out:
        storage.write_json(out, report)
    if as_json:
        output.json(report)
    else:
        evaluate_tables.show(output, report)
    first = report["evaluations"][0]
    return SourceError.exit_code if first["problems"] or first["not_heard"] else 0


def _path(manifest: str | None, demo: bool, chosen: Settings) -> str:
    if demo == bool(manifest):
        raise UsageError(
            "one of a manifest and --demo is needed", remedy="callqa eval FILE.jsonl, or callqa eval --demo"
        )
    if manifest:
        return manifest
    from callqa.evaluate.demo import write_manifest

    return write_manifest(Path(chosen.lake.root) / "evaluate" / "demo.jsonl")


def variants_of(chosen: Settings, models: Sequence[str], changes: Sequence[str], files: Sequence[str]) -> Variants:
    """What is evaluated, by name; the first is what the others are compared with.

    Raises:
        SettingsError: a key or a value is none, or a file of settings cannot be read.
    """
    base = chosen.with_model(models[0]) if models else chosen
    found = [(change, _changed(base, change)) for change in changes]
    if len(found) < 2:
        found.insert(0, (f"engine.model={models[0]}" if models else AS_SET, base))
    found += [(f"engine.model={name}", base.with_model(name)) for name in models[1:]]
    return found + [(file, settings.load(file).with_folders(lake=chosen.lake.root)) for file in files]


def _changed(chosen: Settings, changes: str) -> Settings:
    for change in changes.split():
        chosen = chosen.with_value(change)
    return chosen


def _report(manifest: evaluation.Manifest, variants: Variants, output: Output) -> dict[str, Any]:
    """The report of each variant, and of each but the first how it differs from the first."""
    found = []
    with quiet_stdout(), output.side.status(manifest.path) as status:
        if output.as_json or not output.side.is_terminal:
            status.stop()
        for name, chosen in variants:

            def tell(stage: str, done: int, total: int, name: str = name) -> None:
                status.update(f"{name}: {stage}, {done} of {total} recordings done")

            found.append(evaluation.evaluate(manifest, chosen, tell))
    names = [name for name, _ in variants]
    reports = [{"settings": name, **one.report} for name, one in zip(names, found, strict=True)]
    apart = [
        {"first": names[0], "second": name, **evaluation.compare(found[0], other)}
        for name, other in zip(names[1:], found[1:], strict=True)
    ]
    return {"evaluations": reports, "comparisons": apart}
