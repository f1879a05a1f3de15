"""The installed rules as the settings want them; what the rule kit refuses becomes an error of ours."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qc_rules
from callqa.errors import RulePackError
from callqa.settings import RuleSettings


@dataclass(frozen=True)
class RulePack:
    """An installed rule pack with its rules, options set; those that are disabled too."""

    name: str
    version: str
    distribution: str
    rules: tuple[qc_rules.Rule, ...]


def packs(settings: RuleSettings) -> list[RulePack]:
    """Every installed pack, by name.

    Raises:
        RulePackError: a pack cannot be used as it is, or the settings name a rule or an option that does not exist.
    """
    active_rules(settings)  # refuses unknown ids in `disable`
    with _as_ours():
        installed = qc_rules.installed()
        rules = qc_rules.load(options=settings.options)
    of_pack = {pack.name: tuple(active.rule for active in rules if active.pack.name == pack.name) for pack in installed}
    return [RulePack(pack.name, pack.version, pack.distribution, of_pack[pack.name]) for pack in installed]


def active_rules(settings: RuleSettings) -> list[qc_rules.ActiveRule]:
    """The rules that judge, by id.

    Raises:
        RulePackError: as `packs`.
    """
    with _as_ours():
        return qc_rules.load(settings.disable, settings.options)


def identity(active: qc_rules.ActiveRule) -> dict[str, Any]:
    """What a rule's answers depend on. The source's digest notices a rule edited without a new version."""
    return {
        "rule": active.rule.id,
        "version": active.rule.version,
        "options": {name: _plain(value) for name, value in vars(active.rule).items()},
        "pack": [active.pack.name, active.pack.distribution, active.pack.version],
        "source": _source_digest(type(active.rule)),
    }


def _plain(value: object) -> object:
    """Sets in order: their own order is another in every process."""
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value


def _source_digest(rule: type) -> str:
    try:
        return hashlib.sha256(Path(inspect.getfile(rule)).read_bytes()).hexdigest()
    except (OSError, TypeError):  # a pack in a zip file, or one that ships no sources: its version must do
        return ""


@contextlib.contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except qc_rules.PackError as error:
        raise RulePackError(error.message, remedy=error.remedy) from error
