"""What a rule pack can register. Hooks only register; the engine runs what is registered.

A hook is called once for each loading and returns a list: import what it returns inside it, not at the module's top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from qc_rules.detectors import Detector
    from qc_rules.lexicons import Lexicon
    from qc_rules.operators import Operator
    from qc_rules.rule import Rule
    from qc_rules.scorecards import Scorecard

PROJECT = "qc_rules"
"""Entry-point group of rule packs, and the name that hooks are marked with."""

Action = Callable[[Sequence[Mapping[str, object]]], object]
"""Takes the findings of a day that are routed to it, as plain mappings."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a pack's functions as hooks: `@hookimpl`."""


@hookspec
def register_rules() -> Iterable[type[Rule] | Traversable]:  # type: ignore[empty-body]
    """Rule classes, and YAML files of rules in the package: `files("qc_rules_acme") / "rules.yaml"`."""


@hookspec
def register_operators() -> Iterable[type[Operator]]:  # type: ignore[empty-body]
    """Operator classes, which conditions of every pack's YAML rules may then use by name."""


@hookspec
def register_lexicons() -> Iterable[Lexicon | Traversable]:  # type: ignore[empty-body]
    """Word lists, and YAML files of them, which every pack's YAML rules may then use as `$name`."""


@hookspec
def register_actions() -> Mapping[str, Action]:  # type: ignore[empty-body]
    """Ways to report, by the name that rules and routes use: functions of the findings of a day."""


@hookspec
def register_detectors() -> Iterable[type[Detector] | Detector]:  # type: ignore[empty-body]
    """Detectors of sounds, run on every recording's audio as it was recorded, before denoising."""


@hookspec
def register_scorecards() -> Iterable[Scorecard | Traversable]:  # type: ignore[empty-body]
    """Scorecards, and YAML files of them, that calls and agents are scored by."""
