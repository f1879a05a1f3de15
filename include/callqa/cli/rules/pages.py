"""`callqa rules docs`: a page for each installed rule and operator, and one for the language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import qc_rules
from callqa.cli.output import JsonOption, Output
from callqa.errors import CallQAError, UsageError
from callqa.rules import pack_errors, page_text
from qc_rules import Pack
from qc_rules.language import DeclaredRule
from qc_rules.language.sources import operators_in
from qc_rules.testing import Case, packs_own_cases
from qc_rules.vocabulary import did_you_mean

INDEX, LANGUAGE = "README.md", "language.md"


def docs(
    out: Annotated[Path, typer.Option("--out", help="Folder of the pages.", metavar="FOLDER")] = Path("docs/rules"),
    pack: Annotated[
        list[str] | None, typer.Option("--pack", help="Only the rules of this pack.", metavar="PACK")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where a page is not right.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the pages of the installed rules, with the defaults of their options, and of all operators."""
    output = Output(as_json)
    with pack_errors():
        wanted = pages(pack or [])
    stale = [name for name, text in wanted.items() if _there(out / name) != text]
    extra = [name for name in _made(out) if name not in wanted]
    if check and (stale or extra):
        raise CallQAError(
            f"{out} is not what the installed rules say: {', '.join([*stale, *extra])}",
            remedy=f"run `callqa rules docs --out {out}` with the same packs and look at the difference",
        )
    _write(out, {name: wanted[name] for name in stale}, extra)
    if as_json:
        output.json({"folder": str(out), "pages": len(wanted), "written": stale, "removed": extra})
        return
    output.people.print(f"{out}: {len(wanted)} pages, {len(stale)} written, {len(extra)} removed", markup=False)


def pages(names: Sequence[str] = ()) -> dict[str, str]:
    """Every page by its path: of the rules and operators of these packs (none: all), and of the built-in operators.

    Raises:
        UsageError: a pack is not installed.
        PackError: one cannot be used as it is.
    """
    from qc_rules.operators.catalog import BUILT_IN

    packs = _chosen(qc_rules.installed(), names)
    own = [(operator, f"of pack {pack.name}") for pack in packs for operator in pack.operators]
    operators = sorted([*((one, "of the rule language") for one in BUILT_IN), *own], key=lambda pair: pair[0].name)
    cases = {pack.name: packs_own_cases(pack.name) for pack in packs}
    users = _users(packs)
    return {
        INDEX: page_text.index_page(packs),
        LANGUAGE: page_text.language_page([operator for operator, _ in operators]),
        **{
            f"operators/{operator.name}.md": page_text.operator_page(operator, origin, users.get(operator.name, {}))
            for operator, origin in operators
        },
        **_rule_pages(packs, cases),
    }


def _chosen(packs: Sequence[Pack], names: Sequence[str]) -> list[Pack]:
    known = [pack.name for pack in packs]
    for name in names:
        if name not in known:
            raise UsageError(f"no rule pack {name} is installed{did_you_mean(name, known)}", remedy="install it")
    return [pack for pack in packs if not names or pack.name in names]


def _rule_pages(packs: Sequence[Pack], cases: dict[str, list[Case]]) -> dict[str, str]:
    return {f"{rule.id}.md": page_text.rule_page(rule, pack, cases[pack.name]) for pack in packs for rule in pack.rules}


def _users(packs: Sequence[Pack]) -> dict[str, dict[str, str]]:
    """By an operator's name the rules that use it: by id, the first condition that does, as it is written."""
    found: dict[str, dict[str, str]] = {}
    for rule in (kind() for pack in packs for kind in pack.rules if issubclass(kind, DeclaredRule)):
        for one in rule.explain().conditions:
            for used in operators_in(rule.plan.conditions[one.name].operator):
                found.setdefault(used.name, {}).setdefault(rule.id, f"{one.name}: {one.written}")
    return found


def _there(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _made(out: Path) -> list[str]:
    """The pages in the folder that were made by this command."""
    found = sorted(file for file in out.rglob("*.md") if file.read_text(encoding="utf-8").startswith(page_text.MARK))
    return [file.relative_to(out).as_posix() for file in found]


def _write(out: Path, pages_: dict[str, str], extra: Sequence[str]) -> None:
    for name, text in pages_.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    for name in extra:
        (out / name).unlink()
