"""Rule packs for the command line's tests: the folder that `callqa rules new` writes, as if pip had installed it."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def installed(folder: Path, monkeypatch) -> None:
    """Do for a pack's folder what an editable installation does: path, name, version and entry point."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = "".join(f"{name} = {module}\n" for name, module in project["entry-points"]["qc_rules"].items())
    (info / "entry_points.txt").write_text(f"[qc_rules]\n{points}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))


def forget() -> None:
    """Packs of one test are not those of the next."""
    for module in [name for name in sys.modules if name.startswith("qc_rules_") and "standard" not in name]:
        del sys.modules[module]
