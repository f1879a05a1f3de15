"""A small rule pack whose rules and version a test changes between a publication and its re-judging."""

from __future__ import annotations

import importlib
import shutil
import sys
import textwrap
from pathlib import Path

HEAD = """
from dataclasses import dataclass
from qc_rules import Rule, hookimpl
"""
WORD = """
@dataclass(frozen=True)
class {name}(Rule):
    '''The customer says a word.'''
    id = "{id}"
    version = {version}
    score = {score}
    severity = "major"
    flags = {flags!r}
    words: tuple[str, ...] = {words!r}

    def check(self, call):
        for turn in call.turns:
            for word in self.words:
                if word in turn.text:
                    yield self.hit(call, evidence=[turn.evidence("word", word)], message=f"says {{word}}")
"""
HOOK = """
@hookimpl
def register_rules():
    return [{names}]
"""


def word_rule(rule_id: str, *words: str, version: int = 1, score: float = -10, flags: tuple[str, ...] = ()) -> str:
    """Source of a rule that hits each of some words."""
    return WORD.format(name=f"Rule{rule_id}", id=rule_id, version=version, score=score, flags=flags, words=words)


class Acme:
    """The pack `acme`, installed in a folder on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, *rules: str, version: str = "1.0") -> None:
        """Install it, in place of what is there, with these rules."""
        self.uninstall()
        names = ", ".join(f"Rule{rule.split('id = ')[1][1:5]}" for rule in rules)
        module = self.folder / "pack_acme.py"
        module.write_text(textwrap.dedent(HEAD) + "".join(rules) + HOOK.format(names=names), encoding="utf-8")
        info = self.folder / f"qc_rules_acme-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: qc-rules-acme\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[qc_rules]\nacme = pack_acme\n")
        importlib.invalidate_caches()

    def uninstall(self) -> None:
        """Remove it, as pip would."""
        sys.modules.pop("pack_acme", None)
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        for info in self.folder.glob("*.dist-info"):
            shutil.rmtree(info)
        importlib.invalidate_caches()
