from __future__ import annotations

import sys

import pytest

from callqa.settings import LakeSettings, Settings
from tests.rejudge.packs import Acme


@pytest.fixture
def acme(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Acme(folder)
    sys.modules.pop("pack_acme", None)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(lake=LakeSettings(root=str(tmp_path / "lake")))
