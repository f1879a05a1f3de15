"""`callqa rules backtest` and `callqa rules diff`: a rule, or a change of one, tried on what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import qc_rules
from callqa import pipeline, settings
from callqa.cli import comparisons
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout
from callqa.cli.rejudge import FromOption, ToOption
from callqa.cli.rules.installed import everything
from callqa.errors import UsageError
from callqa.rules import Installed, rules_of_files
from callqa.settings import Settings
from qc_rules.vocabulary import did_you_mean

RuleArgument = Annotated[str, typer.Argument(help="Id of the rule.", metavar="RULE")]
OptionsOption = Annotated[
    list[str] | None,
    typer.Option("--options", help="An option of the rule, as in qa.toml; may be repeated.", metavar="KEY=VALUE"),
]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="Changed calls to show.", metavar="N")]


def backtest(
    rule: Annotated[str, typer.Option("--rule", help="Id of the rule.", metavar="RULE")],
    first: FromOption,
    last: ToOption,
    file: Annotated[
        Path | None, typer.Option("--file", help="Try the rule of this YAML file; it need not be installed.")
    ] = None,
    options: OptionsOption = None,
    limit: LimitOption = 20,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a rule over archived calls: what would change, and how right it is where reviewers looked.

    Nothing is published and no audio is touched.
    """
    from callqa.rejudge import backtest as tried
    from callqa.rejudge import reviewed, trial

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    start, end = pipeline.parse_day(first), pipeline.parse_day(last)
    there = everything(config)
    new = _candidate(chosen, there, rule, file, options or [])
    packs = tried.packs_of(chosen.lake, there, rule, start, end)
    comparison = trial.Comparison(rule, trial.Published(rule, packs), new)
    with quiet_stdout():
        reviews = reviewed.newest(chosen.lake, rule, start, end)
        trial.compare(chosen.lake, start, end, comparison, wanted=frozenset(review.key for review in reviews))
        figures = tried.figures(comparison, reviews)
    if as_json:
        output.json(tried.plain(comparison) | {"reviews": {"published": figures[0], "candidate": figures[1]}})
        return
    comparisons.show(output, comparison, limit)
    comparisons.show_reviews(output, *figures)


def diff(
    rule: RuleArgument,
    first: FromOption,
    last: ToOption,
    old: Annotated[Path | None, typer.Option("--old", help="YAML file of the old version.", metavar="FILE")] = None,
    new: Annotated[
        Path | None, typer.Option("--new", help="YAML file of the new version. Default: the installed rule.")
    ] = None,
    old_version: Annotated[
        int | None,
        typer.Option("--old-version", help="Compare with the findings that this version published.", metavar="N"),
    ] = None,
    options: OptionsOption = None,
    limit: LimitOption = 20,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions of a rule on the same archived calls: outcomes, changed calls, time.

    The old one is a file, what a version published, or else the installed rule; --options are the new one's.
    """
    from callqa.rejudge import backtest as tried
    from callqa.rejudge import trial

    output = Output(as_json)
    _check_sides(old, new, old_version, options)
    chosen = settings.load(config).with_folders(lake=lake)
    start, end = pipeline.parse_day(first), pipeline.parse_day(last)
    there = everything(config)
    one: trial.Side
    if old_version is None:
        one = _candidate(chosen, there, rule, old, [])
    else:
        one = trial.Published(rule, tried.packs_of(chosen.lake, there, rule, start, end), old_version)
    comparison = trial.Comparison(rule, one, _candidate(chosen, there, rule, new, options or []))
    with quiet_stdout():
        trial.compare(chosen.lake, start, end, comparison)
    if as_json:
        output.json(tried.plain(comparison))
        return
    comparisons.show(output, comparison, limit)


def _check_sides(old: Path | None, new: Path | None, old_version: int | None, options: list[str] | None) -> None:
    if old and old_version is not None:
        raise UsageError("--old and --old-version both name the old version", remedy="give one of them")
    if not (old or new or options or old_version is not None):
        raise UsageError(
            "both versions are the installed rule", remedy="give --old FILE, --new FILE, --options or --old-version N"
        )


def _candidate(chosen: Settings, there: Installed, rule_id: str, file: Path | None, options: list[str]) -> Any:
    """The installed rule, or that of a file, with the settings' options and those given."""
    from callqa.rejudge.backtest import configured
    from callqa.rejudge.trial import Candidate

    kind = _of_file(file, there, rule_id) if file else type(there.rule(rule_id).rule)
    rule = configured(kind, {**chosen.rules.options.get(rule_id, {}), **_values(options)})
    return Candidate(str(file) if file else "installed", rule, chosen.rules.time_limit_seconds)


def _of_file(file: Path, there: Installed, rule_id: str) -> type[qc_rules.Rule]:
    found = {kind.id: kind for kind in rules_of_files([file], there)}
    if rule_id not in found:
        raise UsageError(f"{file} has no rule {rule_id}{did_you_mean(rule_id, found)}", remedy="correct the id")
    return found[rule_id]


def _values(options: list[str]) -> dict[str, Any]:
    """`share=0.25` as TOML has it; a bare word is a text."""
    values: dict[str, Any] = {}
    for option in options:
        name, equals, text = (part.strip() for part in option.partition("="))
        if not (name and equals):
            raise UsageError(f"{option!r} is no option", remedy="write key=value: share=0.25")
        values[name] = settings.toml_value(text)
    return values
