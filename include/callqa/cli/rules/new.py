"""`callqa rules new`: a rule pack to begin with; it installs, lists and passes its tests as it is."""

from __future__ import annotations

import keyword
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from callqa.cli.output import JsonOption, Output
from callqa.cli.rules.installed import everything
from callqa.errors import UsageError

TEMPLATE = Path(__file__).parent / "template"
_TAKEN_NAMES = ("local", "example")
"""`local` are the settings' own rule files."""


def new(
    name: Annotated[str, typer.Argument(help="The pack's name: small letters, digits and hyphens.", metavar="NAME")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Folder to make. Default: ./NAME.", metavar="FOLDER")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a rule pack to begin with: a rule in Python, one in YAML, a word list, cases and a test."""
    output = Output(as_json)
    _check_name(name)
    target = folder if folder is not None else Path(name)
    files = write(name, target, prefix(name, _installed_ids()))
    if as_json:
        output.json({"pack": _module_part(name), "folder": str(target), "files": files})
        return
    output.people.print(f"{target} is a rule pack. Next:", markup=False, soft_wrap=True)
    for line in (f"pip install -e {target}", "callqa rules list", f"callqa rules test {name}"):
        output.people.print(f"  {line}", markup=False, soft_wrap=True)


def write(name: str, target: Path, letters: str) -> list[str]:
    """The pack's files, in a folder that must not be there; their paths in it.

    Raises:
        UsageError: the folder is there, or cannot be made.
    """
    try:
        target.mkdir(parents=True)
        written = [_copy(file, name, target, letters) for file in _template_files()]
    except FileExistsError:
        remedy = "give another name or --folder; nothing is written over"
        raise UsageError(f"there is something at {target} already", remedy=remedy) from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}", remedy="give another --folder") from error
    return written


def prefix(name: str, taken: Iterable[str]) -> str:
    """Two capital letters for the ids of its rules, which no installed rule begins with.

    Raises:
        UsageError: there are none left that begin with the name's letter.
    """
    used = {rule_id[:2] for rule_id in taken}
    for letters in _prefixes(name.upper()):
        if letters not in used:
            return letters
    raise UsageError(f"rules of every id that begins with {name[0].upper()} are installed", remedy="give another name")


def _prefixes(name: str) -> Iterator[str]:
    """Its words' initials, its first letter with its others, then with any."""
    words = re.findall("[A-Z]+", name)
    yield from (words[0][0] + word[0] for word in words[1:])
    yield from (words[0][0] + letter for letter in "".join(words)[1:])
    yield from (words[0][0] + letter for letter in string.ascii_uppercase)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"{name!r} is no name for a pack", remedy="small letters, digits, hyphens: my-pack")
    if name.startswith("qc-rules"):
        raise UsageError(f"{name}: qc-rules- is put before the name", remedy="give the name without it")
    if name in _TAKEN_NAMES or keyword.iskeyword(name):
        raise UsageError(f"no pack can be called {name}", remedy="give another name")
    if _module_part(name) in {pack for pack, _ in _installed()}:
        raise UsageError(f"a pack {_module_part(name)} is installed", remedy="give another name, or change that one")


def _installed() -> list[tuple[str, tuple[str, ...]]]:
    """Packs and the ids of their rules."""
    return [(pack.name, tuple(rule.id for rule in pack.rules)) for pack in everything().packs]


def _installed_ids() -> list[str]:
    return [rule_id for _, ids in _installed() for rule_id in ids]


def _template_files() -> list[Path]:
    found = [path for path in TEMPLATE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return sorted(path.relative_to(TEMPLATE) for path in found)


def _copy(file: Path, name: str, target: Path, letters: str) -> str:
    place = Path(_renamed(str(file), name, letters))
    (target / place).parent.mkdir(parents=True, exist_ok=True)
    text = (TEMPLATE / file).read_text(encoding="utf-8")
    (target / place).write_text(_renamed(text, name, letters), encoding="utf-8")
    return place.as_posix()


def _renamed(text: str, name: str, letters: str) -> str:
    """The template is a pack called `example` whose rules are EX01 and EX02."""
    module = _module_part(name)
    for old, new_ in (
        (r"EX(?=\d\d)", letters),
        ("qc-rules-example", f"qc-rules-{name}"),
        ("qc_rules_example", f"qc_rules_{module}"),
        ("rules test example", f"rules test {name}"),
        (r"\bexample(?=[\" _=])", module),
    ):
        text = re.sub(old, new_, text)
    return text


def _module_part(name: str) -> str:
    return name.replace("-", "_")
