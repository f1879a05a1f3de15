"""Who is told of what: the routes of qa.toml, and the actions of rule packs that running rules name."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import qc_rules
from callqa import judge
from callqa.settings import RouteSettings, Settings
from qc_rules.hookspecs import Action


@dataclass(frozen=True)
class Route:
    """A route, made ready: the rules and packs whose hits it takes."""

    settings: RouteSettings
    rules: frozenset[str]
    """Ids of rules; those named, and those with one of its flags or actions."""
    action: Action | None = field(default=None, repr=False)
    """The rule pack's function, where that is the address."""

    @property
    def name(self) -> str:
        """As qa.toml has it."""
        return self.settings.name

    @property
    def by_severity_alone(self) -> bool:
        """Whether it takes every hit of its severities, and names nothing else."""
        one = self.settings
        return bool(one.severities) and not (self.rules or one.rules or one.packs or one.flags or one.actions)

    @property
    def chooses(self) -> bool:
        """Whether it takes hits at all, and is not only for events."""
        return bool(self.rules or self.settings.packs) or self.by_severity_alone

    def takes(self, rule: str, pack: str, severity: str) -> bool:
        """Whether a hit is told of here, as far as its rule goes."""
        if self.settings.severities and severity not in self.settings.severities:
            return False
        return rule in self.rules or pack in self.settings.packs or self.by_severity_alone


@dataclass(frozen=True)
class Routes:
    """All routes."""

    every: tuple[Route, ...]
    titles: Mapping[str, Mapping[str, str]]
    """Name of each installed rule by language, by id."""
    warnings: tuple[str, ...] = ()
    """Names in routes that nothing has: a hit of them never comes."""

    def named(self, name: str) -> Route | None:
        """The route of a name."""
        return next((route for route in self.every if route.name == name), None)


def of(settings: Settings) -> Routes:
    """The routes of the settings, and one for each registered action that a running rule names and no route is called.

    Raises:
        RulePackError: the installed rules cannot be used.
    """
    installed = judge.packs(settings.rules)
    actions = {name: action for pack in installed for name, action in pack.pack.actions.items()}
    running = [rule for pack in installed for rule in pack.rules if rule.id in pack.running]
    known = _known(installed, running)
    routes = [_route(one, running, actions) for one in settings.notify.routes]
    wanted = {name for rule in running for name in rule.actions} & set(actions)
    for name in sorted(wanted - {route.name for route in routes}):
        implied = RouteSettings.model_construct(name=name, address=f"action:{name}", when_unsure="repeat")
        routes.append(_route(implied, running, actions))
    return Routes(
        every=tuple(routes),
        titles={rule.id: dict(rule.name) for pack in installed for rule in pack.rules},
        warnings=tuple(warning for route in routes for warning in _unknown(route, known, actions)),
    )


def _route(one: RouteSettings, running: Sequence[qc_rules.Rule], actions: Mapping[str, Any]) -> Route:
    wanted = {one.name, *one.actions}
    rules = {rule.id for rule in running if wanted & set(rule.actions) or set(one.flags) & set(rule.flags)}
    kind, _, name = one.address.partition(":")
    return Route(one, frozenset(rules | set(one.rules)), actions.get(name) if kind == "action" else None)


def _known(installed: Iterable[judge.RulePack], running: Iterable[qc_rules.Rule]) -> dict[str, set[str]]:
    packs = list(installed)
    rules = list(running)
    return {
        "rules": {rule.id for rule in rules},
        "packs": {pack.name for pack in packs},
        "flags": {flag for rule in rules for flag in rule.flags},
        "actions": {action for rule in rules for action in rule.actions},
    }


def _unknown(route: Route, known: Mapping[str, set[str]], actions: Mapping[str, Any]) -> Iterable[str]:
    for key, names in known.items():
        for name in getattr(route.settings, key):
            if name not in names:
                yield f"route {route.name}: {key} names {name!r}, which no running rule has{_near(name, names)}"
    kind, _, name = route.settings.address.partition(":")
    if kind == "action" and route.action is None:
        yield f"route {route.name}: no installed pack registers an action {name!r}{_near(name, actions)}"


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(names), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def plain(route: Route) -> dict[str, Any]:
    """A route for a script; where its address is, never what it is."""
    return {**route.settings.model_dump(), "rules_taken": sorted(route.rules)}


def with_settings(route: Route, **changes: Any) -> Route:
    """The same route with other settings."""
    return dataclasses.replace(route, settings=route.settings.model_copy(update=changes))
