"""The cases of a pack, found in it, and made into one parametrised pytest test."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from qc_rules.errors import PackError
from qc_rules.hookspecs import PROJECT
from qc_rules.loader import installed
from qc_rules.rule import Rule
from qc_rules.testing.cases import Case, parse_cases, refuse_unknown_rules
from qc_rules.testing.errors import CaseError
from qc_rules.vocabulary import did_you_mean

CASES = "cases"
"""A pack's cases are in its module: `cases.yaml`, or files of a folder `cases`."""
_FILES = (f"{CASES}.yaml", f"{CASES}.yml")


def cases(pack: str, folder: str | Path | None = None) -> Callable[..., None]:
    """A pytest test of all cases of a pack: `test_rules = cases("acme")`.

    `pack` is an installed pack's name, or its module's. Its cases are in its module (`cases.yaml`, or `cases/*.yaml`),
    or in `folder`.

    Where the pack or a case is wrong (see `pack_cases`), pytest fails while it collects, with what and the remedy.
    """
    import pytest

    try:
        rules, found = pack_cases(pack, folder)
    except PackError as error:
        pytest.fail(str(error), pytrace=False)

    @pytest.mark.parametrize("case", found, ids=str)
    def test(case: Case) -> None:
        problem = case.problem(rules[case.rule])
        if problem:
            pytest.fail(problem, pytrace=False)

    return test


def pack_cases(pack: str, folder: str | Path | None = None) -> tuple[dict[str, type[Rule]], list[Case]]:
    """The rules of an installed pack by id, and its cases.

    Raises:
        CaseError: there is no such pack, a case file is wrong, there is none, or a rule has no hitting or no clear
            case.
        PackError: the installed packs cannot be loaded.
    """
    point = _entry_point(pack)
    [rules] = [{rule.id: rule for rule in one.rules} for one in installed() if one.name == point.name]
    found = load_cases(Path(folder) if folder is not None else module_folder(point))
    refuse_unknown_rules(found, rules)
    refuse_gaps(found, rules, point.name)
    return rules, found


def packs_own_cases(pack: str) -> list[Case]:
    """The cases that an installed pack ships; none where it ships none.

    Raises:
        CaseError: there is no such pack, or a case file is wrong.
    """
    point = _entry_point(pack)
    package = importlib.import_module(point.module).__package__
    return load_cases(files(package)) if package and has_cases(files(package)) else []


def has_cases(folder: Traversable) -> bool:
    """Is there a file `cases.yaml`, or a folder `cases`?"""
    return any(folder.joinpath(name).is_file() for name in _FILES) or folder.joinpath(CASES).is_dir()


def module_folder(point: EntryPoint) -> Traversable:
    """The folder of a pack's package, with whatever it ships.

    Raises:
        CaseError: the pack is a module without a folder of its own.
    """
    package = importlib.import_module(point.module).__package__
    if not package:
        raise CaseError(
            f"rule pack {point.name} is one module without a folder, which cannot ship cases",
            remedy=f"make {point.module} a package (a folder with __init__.py), or give the folder of the cases",
        )
    return files(package)


def load_cases(folder: Traversable) -> list[Case]:
    """All cases of a file, or of a folder: its `cases.yaml`, or the files in its folder `cases`, or else its own.

    Raises:
        CaseError: there is none, or a file is wrong.
    """
    found = [case for file in case_files(folder) for case in parse_cases(file.read_text(encoding="utf-8"), file.name)]
    twice = _twice(found)
    if twice:
        raise CaseError(f"{twice.origin}: there are two cases {twice}", remedy="say in one of them what is different")
    return found


def case_files(folder: Traversable) -> list[Traversable]:
    """The case files of a folder (or the file itself), by name.

    Raises:
        CaseError: there is none.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise CaseError(f"there is no {folder}", remedy="give a file of cases, or a folder that has some")
    places = [folder.joinpath(name) for name in _FILES]
    inner = folder.joinpath(CASES)
    found = [place for place in places if place.is_file()] + (_yaml_in(inner) if inner.is_dir() else [])
    if not found and isinstance(folder, Path) and folder.name == CASES:
        found = _yaml_in(folder)
    if not found:
        raise CaseError(
            f"{folder}: there are no cases", remedy=f"write {CASES}.yaml, or a folder {CASES} with YAML files"
        )
    return found


def _yaml_in(folder: Traversable) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.is_file() and file.name.endswith((".yaml", ".yml"))]
    return sorted(found, key=lambda file: file.name)


def refuse_gaps(found: Iterable[Case], rules: Mapping[str, type[Rule]], pack: str) -> None:
    """Every rule must have a hitting and a clear case.

    Raises:
        CaseError: one has not.
    """
    there = {(case.rule, case.expected) for case in found}
    for rule in sorted(rules):
        for outcome in ("hit", "clear"):
            if (rule, outcome) not in there:
                raise CaseError(
                    f"rule pack {pack}: rule {rule} has no {outcome} case",
                    remedy=f"write one under `{rule}:` in the pack's cases: `- {outcome}: …`",
                )


def _twice(found: Iterable[Case]) -> Case | None:
    seen: set[str] = set()
    for case in found:
        if str(case) in seen:
            return case
        seen.add(str(case))
    return None


def _entry_point(pack: str) -> EntryPoint:
    points: Any = entry_points(group=PROJECT)
    for point in points:
        called = (point.name, point.module, point.dist.name if point.dist else point.name)
        if pack.replace("-", "_") in [name.replace("-", "_") for name in called]:
            return point  # type: ignore[no-any-return]
    names = sorted({point.name for point in points})
    raise CaseError(
        f"no rule pack {pack} is installed{did_you_mean(pack, names)}",
        remedy="install it where the tests run: pip install -e .",
    )
