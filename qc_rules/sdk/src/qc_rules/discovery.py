"""Finds the installed packs and asks their hooks, strictly: what a pack says is a list of the right things, or an
error that names the pack, the hook and the remedy."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from qc_rules import hookspecs
from qc_rules.errors import PackError, described, is_of_a_pack
from qc_rules.packs import LOCAL, Pack
from qc_rules.vocabulary import did_you_mean

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("register_"))
"""Names of the hooks, in the order in which they are specified."""


@dataclass(frozen=True)
class Found:
    """A pack whose module was imported, and its hooks, which are yet to be asked."""

    pack: Pack
    """Name, distribution, version and hooks only."""
    module: Any
    hooks: Mapping[str, Any]
    """The pack's functions by the hook's name."""

    def listed(self, hook: str) -> list[Any]:
        """What a hook returns, item by item; none where the pack does not implement it.

        Raises:
            PackError: the hook raises, or returns no list.
        """
        return list(self._asked(hook, _items))

    def named(self, hook: str) -> dict[str, Any]:
        """What a hook returns that gives things by their names.

        Raises:
            PackError: the hook raises, or returns no mapping.
        """
        return dict(self._asked(hook, _mapping))

    def error(self, what: str, remedy: str = "") -> PackError:
        """What is wrong with the pack."""
        return PackError(f"{self.pack}: {what}", remedy=remedy or f"repair or uninstall {self.pack.distribution}")

    def _asked(self, hook: str, read: Any) -> Any:
        if hook not in self.hooks:
            return read(hook, [])
        try:
            return read(hook, self.hooks[hook]())
        except BaseException as error:
            if not is_of_a_pack(error):
                raise
            raise self.error(f"its hook {hook} fails: {described(error)}") from error


def found() -> list[Found]:
    """Every installed pack, by name.

    Raises:
        PackError: two packs have one name, one cannot be imported, or has hooks that are none.
    """
    points = sorted(entry_points(group=hookspecs.PROJECT), key=lambda point: (point.name, _distribution(point)))
    _refuse_names(points)
    return [_imported(point) for point in points]


def _distribution(point: EntryPoint) -> str:
    # Of a distribution without metadata both are None, whatever their types say.
    return (point.dist.name if point.dist else "") or "?"


def _version(point: EntryPoint) -> str:
    return (point.dist.version if point.dist else "") or "?"


def _refuse_names(points: list[EntryPoint]) -> None:
    for one, other in itertools.pairwise(points):
        if one.name == other.name:
            raise PackError(
                f"two rule packs are called {one.name}: {one.value} of {_distribution(one)} and "
                f"{other.value} of {_distribution(other)}",
                remedy="uninstall one of the two, or give one another entry-point name",
            )
    for point in points:
        if point.name == LOCAL:
            raise PackError(
                f"the rule pack of {_distribution(point)} is called {LOCAL}, as the settings' own rule files are",
                remedy="give it another entry-point name, or uninstall it",
            )


def _imported(point: EntryPoint) -> Found:
    pack = Pack(point.name, _distribution(point), _version(point))
    try:
        module = point.load()
    except BaseException as error:
        if not is_of_a_pack(error):
            raise
        raise PackError(
            f"{pack}: {point.value} cannot be imported: {described(error)}",
            remedy=f"repair or uninstall {pack.distribution}",
        ) from error
    hooks = _hooks(Found(pack, module, {}))
    named = Pack(pack.name, pack.distribution, pack.version, tuple(name for name in HOOKS if name in hooks))
    return Found(named, module, hooks)


def _hooks(found: Found) -> dict[str, Any]:
    """The pack's own functions. A plugin manager for each pack: one that is wrong is known by its name."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(found.module, found.pack.name)
    except BaseException as error:  # pluggy's own, and whatever a module does that is asked for its names
        if not is_of_a_pack(error):
            raise
        raise found.error(f"its hooks cannot be used: {described(error)}") from error
    callers = manager.get_hookcallers(found.module) or []
    for caller in callers:
        if not caller.has_spec():
            raise found.error(
                f"it has a hook {caller.name}, which there is not{did_you_mean(caller.name, HOOKS)}",
                remedy="correct the function's name",
            )
    _refuse_unmarked(found, {caller.name for caller in callers})
    if not callers:
        raise found.error("it has no hook", remedy="mark a function register_rules with @hookimpl")
    return {caller.name: _only(found, caller) for caller in callers}


def _refuse_unmarked(found: Found, marked: set[str]) -> None:
    """A hook that nobody would ask: its rules would quietly not be there."""
    for name in HOOKS:
        if name not in marked and callable(inspect.getattr_static(found.module, name, None)):
            raise found.error(f"its function {name} is not marked as a hook", remedy="write @hookimpl above it")


def _only(found: Found, caller: Any) -> Any:
    [implementation] = caller.get_hookimpls()
    if implementation.wrapper or implementation.hookwrapper:
        raise found.error(f"its hook {caller.name} is a wrapper", remedy="hooks register: return a list, wrap nothing")
    return implementation.function


def _items(hook: str, answer: Any) -> list[Any]:
    if answer is None:
        raise LookupError(f"{hook} returns None: return a list, also where it is empty")
    if isinstance(answer, (list, tuple, set, frozenset, Iterator)):
        return list(answer)
    raise TypeError(f"{hook} returns {answer!r}, which is not a list")


def _mapping(hook: str, answer: Any) -> Mapping[str, Any]:
    if answer is None:
        raise LookupError(f"{hook} returns None: return a mapping, also where it is empty")
    if isinstance(answer, Mapping):
        return answer
    if answer == []:
        return {}
    raise TypeError(f"{hook} returns {answer!r}, which is not a mapping of names")


def unique(kind: str, owned: Iterable[tuple[str, Pack]]) -> None:
    """Refuse a name that two packs, or one pack twice, give to things of one kind.

    Raises:
        PackError: names the thing and both packs.
    """
    owners: dict[str, Pack] = {}
    for name, pack in owned:
        if name in owners:
            raise PackError(
                f"two {kind}s are called {name}: one of {owners[name]} and one of {pack}",
                remedy="give one of them another name, or uninstall one of the packs",
            )
        owners[name] = pack
