"""`callqa rules backtest` and `callqa rules diff`: a rule, or a change of one, tried on what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import qc_rules
from callqa import pipeline, settings
from callqa.cli import comparisons
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption, quiet_stdout
from callqa.cli.rejudge import FromOption, ToOption
from callqa.cli.rules.installed import Installed, everything, pack_errors, rules_of_file
from callqa.errors import UsageError
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
    from callqa.rejudge import reviewed, trial

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    start, end = pipeline.parse_day(first), pipeline.parse_day(last)
    there = everything(config)
    new = _candidate(chosen, there, rule, file, options or [])
    comparison = trial.Comparison(rule, trial.Published(rule, _packs(chosen, there, rule, start, end)), new)
    with quiet_stdout():
        reviews = reviewed.newest(chosen.lake, rule, start, end)
        trial.compare(chosen.lake, start, end, comparison, wanted=frozenset(review.key for review in reviews))
        figures = [
            reviewed.figures(reviews, {key: pair[side] for key, pair in comparison.answers.items()}, hits)
            for side, hits in enumerate(comparison.counts(side).get("hit", 0) for side in (0, 1))
        ]
    if as_json:
        output.json(comparisons.plain(comparison) | {"reviews": {"published": figures[0], "candidate": figures[1]}})
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
        one = trial.Published(rule, _packs(chosen, there, rule, start, end), old_version)
    comparison = trial.Comparison(rule, one, _candidate(chosen, there, rule, new, options or []))
    with quiet_stdout():
        trial.compare(chosen.lake, start, end, comparison)
    if as_json:
        output.json(comparisons.plain(comparison))
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
    from callqa.rejudge.trial import Candidate

    kind = _of_file(file, there, rule_id) if file else type(there.rule(rule_id).rule)
    values = {**chosen.rules.options.get(rule_id, {}), **_values(options)}
    with pack_errors():
        rule = _configured(kind, values)
    return Candidate(str(file) if file else "installed", rule, chosen.rules.time_limit_seconds)


def _configured(kind: type[qc_rules.Rule], values: Mapping[str, Any]) -> qc_rules.Rule:
    from qc_rules.options import configure

    try:
        return configure(kind, values)
    except (ValueError, TypeError) as error:
        raise UsageError(f"rule {kind.id}: {error}", remedy=f"`callqa rules explain {kind.id}` lists them") from error


def _of_file(file: Path, there: Installed, rule_id: str) -> type[qc_rules.Rule]:
    found = {kind.id: kind for kind in rules_of_file(file, there)}
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


def _packs(chosen: Settings, there: Installed, rule_id: str, first: dt.date, last: dt.date) -> frozenset[str]:
    """The packs that the rule comes from, now and where it was published."""
    from callqa import warehouse

    sql = "select distinct pack from findings where rule = ? and call_date between ? and ?"
    names = {str(pack) for (pack,) in warehouse.query(chosen.lake, sql, [rule_id, first, last])[1]}
    installed = {there.rules[rule_id].pack.name} if rule_id in there.rules else set()
    return frozenset(names | installed)
