"""How much what a rule found matters, for lists that have only the rules' ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callqa.contracts import SEVERITIES
from callqa.errors import RulePackError
from qa_console import data
from qa_console.visit import Visiting

RANK = {name: place for place, name in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Weights:
    """Severity of each installed rule, and of each flag the gravest of the rules that set it."""

    rules: Mapping[str, str]
    flags: Mapping[str, str]

    @classmethod
    def of(cls, visit: Visiting) -> Weights:
        """As the installed packs have them; of a pack that is gone nothing is known, and `info` is said."""
        try:
            installed = data.installed(visit.settings.rules)
        except RulePackError:  # what was published does not depend on what can be run now
            installed = ()
        flags: dict[str, str] = {}
        for rule in installed:
            for flag in rule.flags:
                flags[flag] = max(flags.get(flag, "info"), rule.severity, key=RANK.__getitem__)
        return cls({rule.rule: rule.severity for rule in installed}, flags)

    def of_rules(self, rules: Iterable[str]) -> list[tuple[str, str]]:
        """Rules with their severity, the gravest first."""
        return _ranked(rules, self.rules)

    def of_flags(self, flags: Iterable[str]) -> list[tuple[str, str]]:
        """Flags with their severity, the gravest first."""
        return _ranked(flags, self.flags)


def _ranked(names: Iterable[str], known: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((name, known.get(name, "info")) for name in names), key=lambda one: (-RANK[one[1]], one[0]))
