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
from qc_rules.language import DeclaredRule


@dataclass(frozen=True)
class RulePack:
    """An installed rule pack with its rules, options set; those that do not run too."""

    name: str
    version: str
    distribution: str
    rules: tuple[qc_rules.Rule, ...]
    running: frozenset[str]
    """Ids of the rules that judge."""
    pack: qc_rules.Pack
    """With all else that it registers."""


def packs(settings: RuleSettings) -> list[RulePack]:
    """Every installed pack, by name, and last the settings' own rule files.

    Raises:
        RulePackError: a pack cannot be used as it is, or the settings name a rule or an option that does not exist.
    """
    installed = installed_packs(settings)
    with _as_ours():
        every = qc_rules.chosen(installed, options=settings.options)
    running = frozenset(active.rule.id for active in active_rules(settings, installed))
    return [_pack(pack, every, running) for pack in installed]


def _pack(pack: qc_rules.Pack, every: list[qc_rules.ActiveRule], running: frozenset[str]) -> RulePack:
    rules = tuple(active.rule for active in every if active.pack.name == pack.name)
    own = running & {rule.id for rule in rules}
    return RulePack(pack.name, pack.version, pack.distribution, rules, own, pack)


def installed_packs(settings: RuleSettings) -> list[qc_rules.Pack]:
    """Every installed pack, as it registers itself.

    Raises:
        RulePackError: a pack or a file cannot be used as it is.
    """
    with _as_ours():
        return qc_rules.installed(_files(settings.files))


def active_rules(settings: RuleSettings, installed: list[qc_rules.Pack] | None = None) -> list[qc_rules.ActiveRule]:
    """The rules that judge, by id; `installed` where the packs are loaded already.

    Raises:
        RulePackError: as `packs`.
    """
    installed = installed_packs(settings) if installed is None else installed
    with _as_ours():
        return qc_rules.chosen(installed, settings.disable, settings.options, enable=settings.enable)


def _files(patterns: list[str]) -> list[Path]:
    """The files that the patterns name, each once, in order."""
    files: dict[Path, None] = {}
    for pattern in patterns:
        root = Path(Path(pattern).anchor)
        inside = str(Path(pattern).relative_to(root))
        # A root alone is no pattern, and glob falls over it.
        found = sorted(path for path in root.glob(inside) if path.is_file()) if inside != "." else []
        if not found:
            raise RulePackError(
                f"rules.files: there is no file {pattern}",
                remedy="correct the path or the pattern in qa.toml; it is relative to that file",
            )
        files.update(dict.fromkeys(found))
    return list(files)


def identity(active: qc_rules.ActiveRule) -> dict[str, Any]:
    """What a rule's answers depend on. The source's digest notices a rule edited without a new version.

    Of a rule of a YAML file the source is its text, the word lists that it names and the code of its operators.
    """
    return {
        "rule": active.rule.id,
        "version": active.rule.version,
        "options": {name: _plain(value) for name, value in vars(active.rule).items()},
        "pack": [active.pack.name, active.pack.distribution, active.pack.version],
        "uses": [[pack.name, pack.version] for pack in active.uses],
        "source": _source_digest(type(active.rule)),
    }


def _plain(value: object) -> object:
    """Sets in order: their own order is another in every process."""
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value


def _source_digest(rule: type) -> str:
    if issubclass(rule, DeclaredRule):
        return hashlib.sha256(rule.source.encode()).hexdigest()
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
