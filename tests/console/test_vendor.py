"""What the pages load in the browser: pinned, copied, nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from callqa.errors import SettingsError
from qa_console import vendor
from tests.conftest import REPOSITORY


def test_set_up_left_every_file():
    assert vendor.missing() == []


def test_versions_are_exact_and_the_lock_file_names_digests_and_no_registry():
    package = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
    text = (REPOSITORY / "package-lock.json").read_text(encoding="utf-8")
    locked = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert all(one["integrity"].startswith("sha512-") for one in locked.values())
    assert '"resolved"' not in text
    assert ".tgz" not in text


def test_what_is_missing_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(vendor, "TARGET", tmp_path)
    with pytest.raises(SettingsError, match=r"htmx\.min\.js") as caught:
        vendor.require()
    assert caught.value.remedy == "run `make setup`"


def test_a_copy_leaves_nothing_of_an_older_one(tmp_path, monkeypatch):
    modules = tmp_path / "node_modules"
    for source in vendor.FILES.values():
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text(source)
    monkeypatch.setattr(vendor, "TARGET", tmp_path / "vendor")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "old.js").write_text("old")
    vendor.copy(modules)
    assert vendor.missing() == []
    assert not (tmp_path / "vendor" / "old.js").exists()


def test_without_node_modules_it_says_what_to_do(tmp_path):
    copied = tmp_path / "plugins" / "qa_console" / "vendor.py"
    copied.parent.mkdir(parents=True)
    copied.write_text(
        (REPOSITORY / "plugins" / "qa_console" / "vendor.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    done = subprocess.run([sys.executable, copied], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "remedy: npm ci" in done.stderr
