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
        (self.folder / f"pack_{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        return self._known(name, entry or name, version)

    def package(self, name: str, files: dict[str, str], *, version: str = "1.0") -> Path:
        """Install a distribution with one package `pack_<name>` of these files; returns the package's folder."""
        package = self.folder / f"pack_{name}"
        for path, text in {"__init__.py": "", **files}.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(textwrap.dedent(text), encoding="utf-8")
        self._known(name, name, version)
        return package

    def _known(self, name: str, entry: str, version: str) -> str:
        module, distribution = f"pack_{name}", f"qc-rules-{name}"
        info = self.folder / f"qc_rules_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[qc_rules]\n{entry} = {module}\n")
        return distribution


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Site(folder)
    for module in [name for name in sys.modules if name.startswith("pack_")]:
        del sys.modules[module]
