"""A source of recordings in a folder."""

from datetime import date
from pathlib import Path

import pytest

from callqa.settings import SourceSettings

DAY = date(2026, 1, 5)


class Source:
    """Files of one day and the settings that read them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / DAY.isoformat()
        self.folder.mkdir(parents=True)

    def add(self, name: str, content: bytes = b"\0" * 160) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def settings(self, **more: object) -> SourceSettings:
        return SourceSettings(root=str(self.root), **more)


@pytest.fixture
def source(tmp_path) -> Source:
    return Source(tmp_path / "calls")
