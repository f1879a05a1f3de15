"""What was installed: packs, and what each of them registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qc_rules.detectors import Detector
from qc_rules.hookspecs import Action
from qc_rules.rule import Rule

if TYPE_CHECKING:
    from qc_rules.lexicons import Lexicon
    from qc_rules.operators import Operator
    from qc_rules.scorecards import Scorecard


@dataclass(frozen=True)
class Pack:
    """An installed rule pack."""

    name: str
    """Its entry point's name; `local` for the rule files that the settings name."""
    distribution: str
    version: str
    """Of the distribution; of `local` a digest of its files."""
    hooks: tuple[str, ...] = ()
    """Those that it implements, in the order of `hookspecs`."""
    rules: tuple[type[Rule], ...] = ()
    """Sorted by id."""
    operators: tuple[type[Operator], ...] = ()
    """Sorted by name, as are all that follow."""
    lexicons: tuple[Lexicon, ...] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    detectors: tuple[Detector, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    """Sorted by id."""

    def __str__(self) -> str:
        if self.name == LOCAL:
            return "the settings' own rule files"
        return f"rule pack {self.name} ({self.distribution} {self.version})"


LOCAL = "local"
"""Name of the pack that the rule files of the settings make."""


@dataclass(frozen=True)
class ActiveRule:
    """A rule with its options set, and the pack that it comes from."""

    rule: Rule
    pack: Pack
    uses: tuple[Pack, ...] = ()
    """The packs whose operators its conditions are written with, by name; its answers change with their versions."""
