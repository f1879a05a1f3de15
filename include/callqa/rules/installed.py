"""The installed packs as the settings want them; what the rule kit refuses becomes callqa's error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import qc_rules
from callqa import judge
from callqa.errors import RulePackError, UsageError
from callqa.settings import RuleSettings
from qc_rules.lexicons import Lexicon
from qc_rules.operators import Operator
from qc_rules.vocabulary import did_you_mean


@dataclass(frozen=True)
class Installed:
    """Packs and their rules."""

    packs: tuple[qc_rules.Pack, ...]
    rules: Mapping[str, qc_rules.ActiveRule]
    """All, by id, with the options that the settings set."""
    enabled: frozenset[str]
    """Ids of the rules that judge."""

    def operators(self) -> dict[str, type[Operator]]:
        """Those that come with the kit and those of packs, by name."""
        from qc_rules.operators.catalog import BUILT_IN

        operators = [*BUILT_IN, *(operator for pack in self.packs for operator in pack.operators)]
        return {operator.name: operator for operator in sorted(operators, key=lambda one: one.name)}

    def lexicons(self) -> dict[str, Lexicon]:
        """All word lists, by name."""
        return {lexicon.name: lexicon for pack in self.packs for lexicon in pack.lexicons}

    def rule(self, rule_id: str) -> qc_rules.ActiveRule:
        """One rule.

        Raises:
            UsageError: no pack has it.
        """
        if rule_id not in self.rules:
            raise UsageError(
                f"there is no rule {rule_id}{did_you_mean(rule_id, self.rules)}", remedy="`callqa rules list` shows all"
            )
        return self.rules[rule_id]

    def pack(self, name: str) -> qc_rules.Pack:
        """One pack.

        Raises:
            UsageError: there is none of this name.
        """
        names = {pack.name: pack for pack in self.packs}
        if name not in names:
            raise UsageError(f"no rule pack {name} is installed{did_you_mean(name, names)}", remedy="install it")
        return names[name]


def installed(settings: RuleSettings) -> Installed:
    """All that is installed, with the settings' own rule files.

    Raises:
        RulePackError: a pack cannot be used as it is, or the settings name what does not exist.
    """
    packs = judge.packs(settings)
    active = [qc_rules.ActiveRule(rule, pack.pack) for pack in packs for rule in pack.rules]
    return Installed(
        packs=tuple(pack.pack for pack in packs),
        rules={one.rule.id: one for one in sorted(active, key=lambda one: one.rule.id)},
        enabled=frozenset(rule_id for pack in packs for rule_id in pack.running),
    )


def rules_of_files(files: Sequence[Path], there: Installed) -> list[type[qc_rules.Rule]]:
    """The rules of YAML files that are in no pack, written with everything that is installed and their own word lists.

    Raises:
        UsageError: a file cannot be read.
        RulePackError: its rules are not ones, or two are called the same.
    """
    from qc_rules import local

    for file in files:
        read_text(file)
    with pack_errors():
        own = local.words_of(files)
        lexicons = {**there.lexicons(), **{lexicon.name: lexicon for lexicon in own.lexicons}}
        return list(local.with_rules(own, files, there.operators(), lexicons).rules)


def read_text(file: Path) -> str:
    """A file's text.

    Raises:
        UsageError: there is none.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", remedy="give the path of a file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no text: {error.reason}", remedy="save it as UTF-8") from error


@contextlib.contextmanager
def pack_errors() -> Iterator[None]:
    """What the rule kit refuses, as an error of callqa's."""
    try:
        yield
    except qc_rules.PackError as error:
        raise RulePackError(error.message, remedy=error.remedy) from error
