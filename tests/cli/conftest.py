"""The command line, run in this process."""

import pytest

from callqa import cli
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
