"""`callqa rules check`: rules on a call that somebody wrote down, each with its outcome, reason and evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import qc_rules
from callqa.cli.output import ConfigOption, JsonOption, Output, quiet_stdout
from callqa.cli.rules.installed import everything
from callqa.errors import UsageError
from callqa.rules import Installed, pack_errors, read_text, rules_of_files
from qc_rules.vocabulary import did_you_mean

FileOption = Annotated[
    list[Path] | None,
    typer.Option("--file", help="A YAML file of rules, or of word lists, that no pack has.", metavar="FILE"),
]
"""Rules that are in no pack."""


def check(
    call: Annotated[Path, typer.Argument(help="A call as YAML or JSON, as in the cases of rules.", metavar="CALL")],
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only this rule.", metavar="ID")] = None,
    file: FileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run rules on a call: those that are switched on, or those of a rule file."""
    from qc_rules.testing import parse_call, shown_call, shown_outcome
    from qc_rules.testing.documents import read_yaml

    output = Output(as_json)
    text = read_text(call)
    with pack_errors():
        subject = parse_call(read_yaml(text, str(call))[0], str(call))
    rules = _rules(everything(config), rule or [], file or [])
    with quiet_stdout():
        outcomes = qc_rules.judge(subject, rules)
    if as_json:
        output.json([_row(outcome) for outcome in outcomes])
        return
    for line in shown_call(subject):
        output.people.print(line, markup=False, soft_wrap=True)
    for one, outcome in zip(rules, outcomes, strict=True):
        output.people.print(f"{one.id} {one.title()}", markup=False, style="bold", soft_wrap=True)
        for line in shown_outcome(outcome):
            output.people.print(line, markup=False, soft_wrap=True)


def _rules(there: Installed, ids: list[str], files: list[Path]) -> list[qc_rules.Rule]:
    if not files:
        return [there.rule(one).rule for one in ids or sorted(there.enabled)]
    found = {kind.id: kind for kind in rules_of_files(files, there)}
    for one in ids:
        if one not in found:
            raise UsageError(f"no file given has rule {one}{did_you_mean(one, found)}", remedy="correct the id")
    return [kind() for kind in found.values() if not ids or kind.id in ids]


def _row(outcome: qc_rules.Outcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule,
        "version": outcome.rule_version,
        "result": outcome.result,
        "applies": outcome.applies,
        "message": outcome.message,
        "reason": outcome.reason,
        "evidence": [dict(vars(piece)) for piece in outcome.evidence],
    }
