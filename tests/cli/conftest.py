"""The command line, run in this process."""

import pytest

from callqa import cli
from callqa.cli.rules import new
from tests.cli import rule_packs
from tests.conftest import REPOSITORY


@pytest.fixture
def callqa(capfd, monkeypatch):
    """Run the command line in this process: (exit code, standard output, standard error)."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture
def acme(callqa, tmp_path, monkeypatch):
    """The folder of a pack `acme` as `callqa rules new` writes it, installed: rules AC01 (Python) and AC02 (YAML)."""
    folder = tmp_path / "acme"
    new.write("acme", folder, "AC")
    rule_packs.installed(folder, monkeypatch)
    yield folder
    rule_packs.forget()
