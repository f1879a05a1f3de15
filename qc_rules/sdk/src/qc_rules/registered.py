"""What hooks return, item by item: read, checked, and refused by the pack's name where it is not what a hook wants."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from qc_rules import scorecards
from qc_rules.declaration import check_declaration, check_operator
from qc_rules.detectors import Detector, check_detector
from qc_rules.discovery import Found
from qc_rules.errors import PackError, described, is_of_a_pack, said_by
from qc_rules.hookspecs import Action
from qc_rules.lexicons import Lexicon, read_lexicons
from qc_rules.operators import Operator
from qc_rules.rule import Rule
from qc_rules.scorecards import Scorecard

Operators = Mapping[str, type[Operator]]
Lexicons = Mapping[str, Lexicon]


def operators_of(found: Found) -> list[type[Operator]]:
    """The operator classes of a pack, by name."""
    classes = [_class(found, "register_operators", item, Operator) for item in found.listed("register_operators")]
    for class_ in classes:
        _check(found, class_, check_operator)
    return sorted(classes, key=lambda class_: str(class_.name))


def lexicons_of(found: Found) -> list[Lexicon]:
    """The word lists of a pack, those of its files too, by name."""
    lexicons = list(_objects(found, "register_lexicons", Lexicon, lexicons_in))
    return sorted(lexicons, key=lambda lexicon: str(lexicon.name))


def rules_of(found: Found, operators: Operators, lexicons: Lexicons) -> list[type[Rule]]:
    """The rule classes of a pack, those of its files too, by id."""
    rules: list[type[Rule]] = []
    for item in found.listed("register_rules"):
        if _is_path(item):
            from qc_rules.language import parse_rules

            rules += parse_rules(*_read(found, "register_rules", item), operators, lexicons)
        else:
            rules.append(_class(found, "register_rules", item, Rule))
            _check(found, item, check_declaration)
    return sorted(rules, key=lambda rule: rule.id)


def scorecards_of(found: Found) -> list[Scorecard]:
    """The scorecards of a pack, those of its files too, by id."""
    cards = _objects(found, "register_scorecards", Scorecard, lambda text, origin: [scorecards.load(text, origin)])
    return sorted(cards, key=lambda card: str(card.id))


def actions_of(found: Found) -> dict[str, Action]:
    """The actions of a pack, by name."""
    actions = found.named("register_actions")
    for name, action in actions.items():
        if not isinstance(name, str) or not name:
            raise found.error(f"register_actions calls an action {name!r}", remedy="give it a word for a name")
        if not callable(action) or isinstance(action, type) or not _takes_one(action):
            raise found.error(
                f"register_actions gives {action!r} as {name}, which is not a function of a day's findings",
                remedy="give a function that takes one list of findings",
            )
    return dict(sorted(actions.items()))


def detectors_of(found: Found) -> list[Detector]:
    """The detectors of a pack, made where it gives classes, by name."""
    detectors = [_detector(found, item) for item in found.listed("register_detectors")]
    return sorted(detectors, key=lambda detector: detector.name)


def lexicons_in(text: str, origin: str) -> list[Lexicon]:
    """The word lists of a YAML text.

    Raises:
        PackError: names the file, the list and what is wrong.
    """
    try:
        return read_lexicons(text, origin)
    except ValueError as error:
        raise PackError(str(error), remedy="correct the file") from error


def text_of(file: Any, origin: str) -> str:
    """What is written in a file.

    Raises:
        PackError: it is not there, is a folder, or holds no UTF-8 text.
    """
    if not file.is_file():
        what = "is a folder: name its files" if file.is_dir() else "does not exist"
        raise PackError(f"{origin} {what}", remedy="correct the path, and see that the built package has the file")
    try:
        # Windows' editors begin a file with a byte order mark, which is no part of its first key.
        return str(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{origin} cannot be read: {error}", remedy="save the file as UTF-8 text") from error


def _objects(found: Found, hook: str, kind: type[Any], parse: Callable[[str, str], Any]) -> Iterator[Any]:
    """Objects of a kind, those that files describe too."""
    for item in found.listed(hook):
        if _is_path(item):
            yield from parse(*_read(found, hook, item))
        elif isinstance(item, kind):
            yield item
        else:
            raise _refused(found, hook, item, f"give objects of {kind.__name__}, or paths of files")


def _class(found: Found, hook: str, item: Any, base: type[Any]) -> Any:
    if isinstance(item, type) and issubclass(item, base) and item is not base:
        return item
    home = base.__module__.rpartition(".")[0]
    what = "the class, not an instance" if isinstance(item, base) else f"classes derived from {home}.{base.__name__}"
    raise _refused(found, hook, item, f"return {what}")


def _detector(found: Found, item: Any) -> Detector:
    try:
        detector = item() if isinstance(item, type) and issubclass(item, Detector) else item
    except BaseException as error:  # whatever its constructor raises
        if not is_of_a_pack(error):
            raise
        raise found.error(f"{item.__name__} cannot be made: {described(error)}") from error
    if not isinstance(detector, Detector):
        raise _refused(found, "register_detectors", item, "give classes derived from qc_rules.Detector, or objects")
    _check(found, detector, check_detector)
    return detector


def _refused(found: Found, hook: str, item: Any, remedy: str) -> PackError:
    if isinstance(item, str):
        remedy = f'give a file as a path: importlib.resources.files("{_top(found)}") / "name.yaml"'
    return found.error(f"{hook} gives {item!r}, which it cannot use", remedy=remedy)


def _check(found: Found, item: Any, check: Callable[[Any], None]) -> None:
    name = getattr(item, "__name__", None) or type(item).__name__
    try:
        check(item)
    except (ValueError, TypeError, NameError) as error:
        raise found.error(f"{name}: {said_by(error)}", remedy="correct the class") from error
    except BaseException as error:  # whatever a class does that is asked for its attributes, or made
        if not is_of_a_pack(error):
            raise
        raise found.error(f"{name}: {described(error)}", remedy="correct the class") from error


def _takes_one(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind([])
    except TypeError:
        return False
    except ValueError:  # one of a library, that does not tell what it takes
        return True
    return True


def _is_path(item: Any) -> bool:
    """A path, or a file in a package that is a zip."""
    return not isinstance(item, type) and hasattr(item, "read_text") and hasattr(item, "is_file")


def _read(found: Found, hook: str, item: Any) -> tuple[str, str]:
    """A file's text and what to call it in messages: the pack, and the file within the package."""
    name = str(item)
    if isinstance(item, Path):
        roots = [root for root in _folders(found) if item.resolve().is_relative_to(root)]
        if not roots:
            raise found.error(
                f"{hook} gives the file {item}, which is not in its package",
                remedy=f'give a file of the package: importlib.resources.files("{_top(found)}") / "{item.name}"',
            )
        name = str(item.resolve().relative_to(roots[0]))
    origin = f"{found.pack}: {name}"
    return text_of(item, origin), origin


def _top(found: Found) -> str:
    """The package that the pack's module is in."""
    return str(getattr(found.module, "__module__", None) or found.module.__name__).partition(".")[0]


def _folders(found: Found) -> list[Path]:
    """Of the package; of a pack that is one module only, the folder that it lies in."""
    top = sys.modules[_top(found)]
    paths = list(getattr(top, "__path__", [])) or [str(Path(str(top.__file__)).parent)]
    return [Path(path).resolve() for path in paths]
