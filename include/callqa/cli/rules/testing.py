"""`callqa rules test`: the cases of packs, or of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from callqa.cli.output import ConfigOption, JsonOption, Output, quiet_stdout
from callqa.cli.rules.checking import FileOption
from callqa.cli.rules.installed import everything
from callqa.errors import UsageError
from callqa.rules import Installed, pack_errors, rules_of_files
from qc_rules import Rule
from qc_rules.packs import LOCAL
from qc_rules.testing import Case, load_cases, pack_cases, refuse_gaps
from qc_rules.testing.cases import refuse_unknown_rules
from qc_rules.vocabulary import did_you_mean


@dataclass(frozen=True)
class Tested:
    """The cases of one pack or folder, and what is wrong with some."""

    name: str
    cases: list[Case]
    problems: list[str]


def run_cases(
    what: Annotated[
        str | None, typer.Argument(help="A pack, or a folder or file of cases. Default: every pack.", metavar="PACK")
    ] = None,
    file: FileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run cases: of every installed pack, of one, or of a folder. Exit code 1: a rule answers otherwise."""
    output = Output(as_json)
    there = everything(config)
    with pack_errors(), quiet_stdout():
        tested = _tested(there, what, file or [])
    if as_json:
        output.json([_row(one) for one in tested])
    else:
        for one in tested:
            _print(output, one)
    if any(one.problems for one in tested):
        raise typer.Exit(1)


def _tested(there: Installed, what: str | None, files: list[Path]) -> list[Tested]:
    names = [pack.name for pack in there.packs if pack.name != LOCAL]
    if files or (what and what not in names and Path(what).exists()):
        return [_folder(there, _path(what), files)]
    if what and what.replace("-", "_") not in names and what not in names:
        raise UsageError(
            f"{what} is neither an installed pack nor a folder{did_you_mean(what, names)}",
            remedy="install it (pip install -e …), or give the folder that its cases are in",
        )
    wanted = [name for name in names if what is None or name in (what, what.replace("-", "_"))]
    return [_run(name, *pack_cases(name)) for name in wanted]


def _path(what: str | None) -> Path:
    if what is None:
        raise UsageError("--file goes with the folder or the file of its cases", remedy="give that too")
    if (Path(what) / "pyproject.toml").is_file():
        raise UsageError(f"{what} is a package", remedy=f"install it (pip install -e {what}) and give the pack's name")
    return Path(what)


def _folder(there: Installed, folder: Path, files: list[Path]) -> Tested:
    own = {kind.id: kind for kind in rules_of_files(files, there)}
    rules: dict[str, type[Rule]] = {**{one: type(active.rule) for one, active in there.rules.items()}, **own}
    found = load_cases(folder)
    refuse_unknown_rules(found, rules)
    refuse_gaps(found, own, str(folder))
    return _run(str(folder), rules, found)


def _run(name: str, rules: Mapping[str, type[Rule]], found: list[Case]) -> Tested:
    return Tested(name, found, [text for case in found if (text := case.problem(rules[case.rule]))])


def _print(output: Output, tested: Tested) -> None:
    for problem in tested.problems:
        output.people.print(problem, markup=False, soft_wrap=True)
    wrong = f", {len(tested.problems)} answer otherwise" if tested.problems else ""
    output.people.print(f"{tested.name}: {len(tested.cases)} cases{wrong}", markup=False, soft_wrap=True)


def _row(tested: Tested) -> dict[str, Any]:
    rules = sorted({case.rule for case in tested.cases})
    return {"tested": tested.name, "cases": len(tested.cases), "rules": rules, "problems": tested.problems}
