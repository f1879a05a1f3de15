"""`callqa rejudge`: rules run again over published days."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, VerboseOption, WarehouseOption, quiet_stdout
from callqa.errors import GateRefused, RunAtWorkError

FromOption = Annotated[str, typer.Option("--from", help="The first business day, YYYY-MM-DD.", metavar="DAY")]
ToOption = Annotated[str, typer.Option("--to", help="The last business day, included.", metavar="DAY")]
RulesOption = Annotated[
    list[str] | None, typer.Option("--rule", help="Id of a rule to run; may be repeated.", metavar="RULE")
]
PacksOption = Annotated[
    list[str] | None, typer.Option("--pack", help="A pack all of whose rules to run; may be repeated.", metavar="PACK")
]


def rejudge(
    first: FromOption,
    last: ToOption,
    rules: RulesOption = None,
    packs: PacksOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report the difference, publish nothing.")] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Run rules again over published turns, and publish what changes; no audio is touched.

    Without --rule and --pack all installed rules run. What rules that are not chosen said stays as it was published.
    """
    from callqa import rejudge as archive

    output = Output(as_json, verbose)
    chosen = settings.load(config).with_folders(lake=lake)
    choice = archive.Choice.of({"rules": rules, "packs": packs})
    days = pipeline.parse_day(first), pipeline.parse_day(last)

    def tell(day: dt.date, step: str) -> None:
        if not as_json and output.side.is_terminal:
            output.side.print(f"{day} {step}")

    with quiet_stdout():
        result = archive.rejudge(chosen, *days, choice, dry_run=dry_run, tell=tell)
    if as_json:
        output.json(result)
    else:
        show(output, result, str(choice))
    outcomes = {entry["outcome"] for entry in result["days"]}
    codes = {"refused": GateRefused.exit_code, "at_work": RunAtWorkError.exit_code}
    return next((code for outcome, code in codes.items() if outcome in outcomes), 0)


def show(output: Output, result: dict[str, Any], choice: str) -> None:
    """What became of each day, and what changed by rule, for people."""
    output.people.print(_days(result, choice))
    rules = result["changes"]["rules"]
    if rules:
        output.people.print(_changes(rules))
    for entry in result["days"]:
        for reason in entry.get("reasons", ()):
            output.people.print(f"{entry['day']}: {reason}", markup=False)
        if entry["outcome"] in ("difference", "refused"):
            output.people.print(f"{entry['day']}: {entry['difference']}", markup=False)


def _days(result: dict[str, Any], choice: str) -> Table:
    title = f"{'difference' if result['dry_run'] else 'rejudge'}: {choice}"
    table = Table("day", "outcome", "calls", "changed", title=escape(title), title_justify="left")
    for entry in result["days"]:
        changes = entry.get("changes", {})
        table.add_row(
            entry["day"], escape(_outcome(entry)), str(changes.get("calls", "")), str(changes.get("changed_calls", ""))
        )
    return table


def _outcome(entry: dict[str, Any]) -> str:
    if entry["outcome"] == "published":
        return f"published, sequence {entry['sequence']}"
    if entry["outcome"] == "unchanged":
        return "unchanged: nothing was published"
    if entry["outcome"] == "skipped":
        return f"skipped: {entry['reason']}"
    if entry["outcome"] == "at_work":
        return f"left alone: {entry['reason']}"
    if entry["outcome"] == "refused":
        return f"refused by the gate: {', '.join(entry['blocking'])}"
    return "would change; nothing was published"


def _changes(rules: dict[str, dict[str, int]]) -> Table:
    from callqa.rejudge.difference import KINDS

    table = Table("rule", *(kind.replace("_", " ") for kind in KINDS))
    for rule, counts in rules.items():
        table.add_row(rule, *(str(counts[kind] or "") for kind in KINDS))
    return table
