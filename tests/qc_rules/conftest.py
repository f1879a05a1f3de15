"""Little rule packs, installed for one test: a folder on the path with a module and its dist-info."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

RULE = """
    from dataclasses import dataclass
    from qc_rules import Rule, hookimpl

    @dataclass(frozen=True)
    class Farewell(Rule):
        '''The agent ends the call without saying goodbye.'''
        id = "{rule_id}"
        phrases: tuple[str, ...] = ("再见",)
        turns: int = 2

        def check(self, call):
            last = call.turns_of("agent")[-self.turns:]
            if not any(phrase in turn.text for turn in last for phrase in self.phrases):
                yield self.hit(call, turns=last, message="no farewell")

    @hookimpl
    def register_rules():
        return [Farewell]
"""


class Site:
    """A folder of installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, source: str, *, entry: str | None = None, version: str = "1.0") -> str:
        """Install distribution `qc-rules-<name>` with one module `pack_<name>`; returns the distribution's name."""
        module, distribution = f"pack_{name}", f"qc-rules-{name}"
        (self.folder / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        info = self.folder / f"qc_rules_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[qc_rules]\n{entry or name} = {module}\n")
        return distribution


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Site(folder)
    for module in [name for name in sys.modules if name.startswith("pack_")]:
        del sys.modules[module]
