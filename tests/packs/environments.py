"""Virtual environments that packs are really installed into.

`clean` has nothing but what it is given; `beside_callqa` sees all that this environment has, so that callqa need not be
installed again, and takes packs of its own.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Environment:
    """A virtual environment without pip of its own."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def install(self, *what: str) -> None:
        """`pip install`, with the index that this machine's pip is set to."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--no-compile"]
        done = run([*pip, *what], self.folder)
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The environment's Python."""
        return run([str(self.python), *arguments], cwd or self.folder)

    def callqa(self, *commands: str) -> list[tuple[int, str]]:
        """Command lines, one after the other in one process: their exit codes and what they printed."""
        done = self.run("-c", _COMMANDS, json.dumps([shlex.split(command) for command in commands]))
        assert done.returncode == 0, done.stdout + done.stderr
        return [(code, text) for code, text in json.loads(done.stdout)]


_COMMANDS = """
import contextlib, io, json, sys
from callqa import cli

def done(arguments):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            cli.main(arguments)
        except SystemExit as ended:
            return ended.code or 0, printed.getvalue()

answers = [done(arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps(answers))
"""


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def clean(folder: Path) -> Environment:
    """Nothing but Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    return Environment(folder)


def beside_callqa(folder: Path) -> Environment:
    """All that the tests' environment has, and what is installed here."""
    made = clean(folder)
    ours = sysconfig.get_paths()["purelib"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    link = folder / "lib" / version / "site-packages" / "beside.pth"
    link.write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    return made


def wheel(package: str, folder: Path) -> Path:
    """The wheel of one of the repository's packages under `qc_rules/`."""
    done = run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        REPOSITORY / "qc_rules" / package,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob(f"qc_rules{'' if package == 'sdk' else f'_{package}'}-*.whl")
    return built
