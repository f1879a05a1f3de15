"""What a rule pack can register. Hooks only register; the engine runs what is registered."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from qc_rules.rule import Rule

PROJECT = "qc_rules"
"""Entry-point group of rule packs, and the name that hooks are marked with."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a pack's functions as hooks: `@hookimpl`."""


@hookspec
def register_rules() -> Iterable[type[Rule]]:  # type: ignore[empty-body]
    """The rule classes of the pack. Called once for each loading; import rules here, not at the module's top."""
