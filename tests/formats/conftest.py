from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callqa.contracts import Publication
from callqa.formats import Options, export_day
from callqa.settings import LakeSettings
from tests.formats import published


@dataclass(frozen=True)
class Archive:
    """The published day, and how to export it."""

    lake: LakeSettings
    publication: Publication

    def export(self, format_: str, out: Path, **more: Any) -> tuple[Path, dict[str, Any]]:
        """The export's folder and its answer."""
        options = {name: more.pop(name) for name in list(more) if name not in ("call", "overwrite")}
        made = export_day(self.lake, self.publication, format_, out, options=Options(**options), **more)
        return Path(made["folder"]), made


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    return Archive(*published.lake(tmp_path_factory.mktemp("archive")))
