"""Finds the installed rule packs and makes their rules ready to run.

Strict: whatever is wrong with one pack or with what the settings say stops loading, names the pack and says what to
do. A rule that quietly is not there reads as "all calls pass".
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from qc_rules import hookspecs
from qc_rules.declaration import check_declaration
from qc_rules.errors import PackError
from qc_rules.options import configure
from qc_rules.rule import Rule
from qc_rules.vocabulary import did_you_mean


@dataclass(frozen=True)
class Pack:
    """An installed rule pack."""

    name: str
    """Its entry point's name."""
    distribution: str
    version: str
    """Of the distribution."""
    rules: tuple[type[Rule], ...] = ()
    """Sorted by id."""

    def __str__(self) -> str:
        return f"rule pack {self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class ActiveRule:
    """A rule with its options set, and the pack that it comes from."""

    rule: Rule
    pack: Pack


def installed() -> list[Pack]:
    """Every installed pack with its rules, by name.

    Raises:
        PackError: a pack cannot be imported or registers what cannot be used, two packs have one name, or two rules
            one id.
    """
    found = sorted(entry_points(group=hookspecs.PROJECT), key=lambda point: (point.name, _distribution(point)))
    _refuse_same_name(found)
    packs = [_load(point) for point in found]
    _refuse_same_id(packs)
    return packs


def load(disable: Iterable[str] = (), options: Mapping[str, Mapping[str, Any]] | None = None) -> list[ActiveRule]:
    """The rules to run, by id: all installed ones but the disabled, with options by rule id.

    Raises:
        PackError: as `installed`; or a rule named here is not installed, or an option is not one.
    """
    options, disabled = options or {}, set(disable)
    found = {rule.id: (rule, pack) for pack in installed() for rule in pack.rules}
    for rule_id in sorted(disabled | set(options)):
        if rule_id not in found:
            what = "disable names" if rule_id in disabled else "options are set for"
            raise PackError(
                f"{what} rule {rule_id}, which no installed pack has{did_you_mean(rule_id, found)}",
                remedy="correct the id in the settings, or install the pack that has the rule",
            )
    ready = [_configured(*found[rule_id], options.get(rule_id, {})) for rule_id in sorted(found)]
    return [active for active in ready if active.rule.id not in disabled]


def _configured(rule: type[Rule], pack: Pack, values: Mapping[str, Any]) -> ActiveRule:
    try:
        return ActiveRule(configure(rule, values), pack)
    except (ValueError, TypeError) as error:
        raise PackError(
            f"{pack}: rule {rule.id}: {error}",
            remedy=f"correct the options of {rule.id} in the settings; the rule's docstring lists them",
        ) from error


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "?"


def _refuse_same_name(points: list[EntryPoint]) -> None:
    for one, other in itertools.pairwise(points):
        if one.name == other.name:
            raise PackError(
                f"two rule packs are called {one.name}: {one.value} of {_distribution(one)} and "
                f"{other.value} of {_distribution(other)}",
                remedy="uninstall one of the two, or give one another entry-point name",
            )


def _refuse_same_id(packs: list[Pack]) -> None:
    owners: dict[str, tuple[type[Rule], Pack]] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in owners:
                other, owner = owners[rule.id]
                raise PackError(
                    f"two rules have the id {rule.id}: {other.__name__} of {owner} and {rule.__name__} of {pack}",
                    remedy="give one of them another id, or uninstall one of the packs",
                )
            owners[rule.id] = rule, pack


def _load(point: EntryPoint) -> Pack:
    pack = Pack(point.name, _distribution(point), point.dist.version if point.dist else "?")
    try:
        module = point.load()
    except (Exception, SystemExit) as error:
        raise PackError(
            f"{pack}: {point.value} cannot be imported: {type(error).__name__}: {error}",
            remedy=f"repair or uninstall {pack.distribution}",
        ) from error
    rules = [_checked(pack, item) for item in _registered(pack, module)]
    return Pack(pack.name, pack.distribution, pack.version, tuple(sorted(rules, key=lambda rule: rule.id)))


def _registered(pack: Pack, module: object) -> list[object]:
    """What the pack's own hooks return. A plugin manager for each pack: one that raises is known by its name."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module, pack.name)
        manager.check_pending()
        if not manager.get_hookcallers(module):
            raise LookupError("it has no hook: mark a function register_rules with @hookimpl")
        answers = manager.hook.register_rules()
        if not answers:
            raise LookupError("register_rules returns None: return a list, also where it is empty")
        return [item for items in answers for item in _listed(items)]
    except (Exception, SystemExit) as error:
        raise PackError(
            f"{pack}: its hooks fail: {type(error).__name__}: {error}",
            remedy=f"repair or uninstall {pack.distribution}",
        ) from error


def _listed(items: object) -> Iterable[object]:
    if isinstance(items, (list, tuple, set, frozenset, Iterator)):
        return items
    raise TypeError(f"register_rules returns {items!r}, not a list of rule classes")


def _checked(pack: Pack, item: object) -> type[Rule]:
    if isinstance(item, (str, os.PathLike)) or hasattr(item, "read_text"):
        raise PackError(
            f"{pack}: register_rules gives the rule file {item}, but this qc-rules runs rules of Python only",
            remedy="write the rule as a class, or install a qc-rules that reads rule files",
        )
    if not (isinstance(item, type) and issubclass(item, Rule)):
        raise PackError(
            f"{pack}: register_rules gives {item!r}, which is not a rule class",
            remedy="return classes derived from qc_rules.Rule: the class, not an instance",
        )
    try:
        check_declaration(item)
    except (ValueError, TypeError, NameError) as error:
        raise PackError(f"{pack}: {item.__name__}: {error}", remedy="correct the class") from error
    return item
