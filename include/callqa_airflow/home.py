"""Where an Airflow of this checkout keeps its state, and the environment that all of its processes share.

A home is one folder, `<home>/.airflow`, readable by its owner only: metadata database, logs, passwords, secrets, the
process files of `callqa_airflow.stack`. The checkout itself is the usual home; `make demo` has one of its own.
"""

from __future__ import annotations

import configparser
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from callqa.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: airflow.cfg, dags/ and qa.toml lie here."""

SECRETS = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY")
"""One value each for all processes: with two, every task fails with 'Invalid auth token'."""

USER = "admin"


@dataclass(frozen=True)
class Home:
    """An Airflow home of this checkout. `extra` is environment that only this home's processes get."""

    folder: Path = ROOT
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """`<home>/.airflow`."""
        return self.folder / ".airflow"

    @property
    def run(self) -> Path:
        """Process files and the processes' logs."""
        return self.state / "run"

    @property
    def passwords(self) -> Path:
        """JSON object, password by user."""
        return self.state / "passwords.json"

    def port(self) -> int:
        """The API server's: AIRFLOW__API__PORT, else airflow.cfg's.

        Raises:
            SettingsError: it is not a number.
        """
        value = {**os.environ, **self.extra}.get("AIRFLOW__API__PORT") or _config()["api"]["port"]
        if not value.isdecimal():
            raise SettingsError(
                f"AIRFLOW__API__PORT = {value!r} is not a port", remedy="give a number, for example 8081"
            )
        return int(value)

    def url(self) -> str:
        """The API server's address on this machine."""
        return f"http://127.0.0.1:{self.port()}"

    def environment(self) -> dict[str, str]:
        """What every process of this home runs with; a secret that the environment has already wins over the file."""
        ours = {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW_CONFIG": str(ROOT / "airflow.cfg"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
        }
        defaults = {
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url()}/execution/",
            "CALLQA_CONFIG": str(ROOT / "qa.toml"),
            "NO_PROXY": "127.0.0.1,localhost",
            **read_secrets(self),
        }
        return {**defaults, **os.environ, **self.extra, **ours}


def prepare(home: Home) -> None:
    """The home's folder, secrets and password file; what is there already stays, but nobody else may read it."""
    home.run.mkdir(parents=True, exist_ok=True)
    home.state.chmod(0o700)
    if not _secrets_file(home).exists():
        lines = "".join(f"{name}={_secret(name)}\n" for name in SECRETS)
        _write_private(_secrets_file(home), lines)
    if not home.passwords.exists():
        _write_private(home.passwords, json.dumps({USER: secrets.token_urlsafe(18)}) + "\n")
    for file in (_secrets_file(home), home.passwords):
        file.chmod(0o600)


def password(home: Home) -> str:
    """The password of USER."""
    return str(json.loads(home.passwords.read_text(encoding="utf-8"))[USER])


def read_secrets(home: Home) -> dict[str, str]:
    """The secrets of a home that was prepared; none before."""
    file = _secrets_file(home)
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if line)
    return {name: value for name, _, value in pairs}


def _secrets_file(home: Home) -> Path:
    return home.state / "secrets.env"


def _secret(name: str) -> str:
    if name.endswith("FERNET_KEY"):
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()
    return secrets.token_urlsafe(64)


def _write_private(path: Path, text: str) -> None:
    """Written by nobody else at the same time (the caller holds the home's lock), never readable by others."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _config() -> configparser.ConfigParser:
    file = ROOT / "airflow.cfg"
    if not file.is_file():
        raise SettingsError(f"no {file}", remedy="run from a checkout of callqa, installed with `make setup`")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(file, encoding="utf-8")
    return parser
