"""A real Airflow API server with the console in it, for the tests; nothing else of Airflow runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from callqa_airflow import home as homes
from callqa_airflow.home import ROOT, Home
from callqa_airflow.rest import call, health

PEOPLE = {"lin": "viewer", "nobody": "viewer", "rui": "user", "mara": "op", "ada": "admin", "guest": "public"}
"""User of Airflow by role there: agent, an agent whom the settings know by no agent id, reviewer, manager, admin; the last
has a login, and a role that is none here."""
START_SECONDS = 120
TIED = Path(__file__).with_name("tied.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def passwords() -> dict[str, str]:
    return {name: f"{name}-password" for name in PEOPLE}


def made_home(folder: Path, lake: str, agents: dict[str, str]) -> Home:
    """A home with these people, whose console reads this lake."""
    port = str(free_port())
    extra = {
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in PEOPLE.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / ".airflow" / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/.airflow/airflow.db?timeout=60",
        "AIRFLOW__API__WORKERS": "1",
        "CALLQA_CONFIG": str(ROOT / "qa.toml"),
        "CALLQA_LAKE__ROOT": lake,
        "CALLQA_CONSOLE__AGENTS": "{" + ", ".join(f'"{name}" = "{agent}"' for name, agent in agents.items()) + "}",
    }
    home = Home(folder, extra)
    homes.prepare(home)
    home.passwords.write_text(json.dumps(passwords()))
    return home


@contextmanager
def starting(home: Home, plugins: Path = ROOT / "plugins") -> Iterator[Callable[[], None]]:
    """The home's API server on its way, until the block ends or these tests do, however that is; yields what waits for it.

    The console reads the lake when it is first asked for a page: what it shows may be made meanwhile.
    """
    environment = {name: value for name, value in home.environment().items() if name not in _foreign(home)}
    environment["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(plugins)
    command = [
        sys.executable,
        str(TIED),
        "sh",
        "-ec",
        SERVE,
        sys.executable,
        str(home.state / "airflow.db"),
        *_MIGRATED[:1],
    ]
    _MIGRATED.append(str(home.state / "migrated.db"))
    log = (home.run / "api-server.log").open("ab")
    # What ends the server is that its standard input is closed, at the end of this block at the latest.
    with (
        log,
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.PIPE) as process,
    ):
        yield lambda: _wait(home, process)


@contextmanager
def serving(home: Home, plugins: Path = ROOT / "plugins") -> Iterator[str]:
    """The home's API server, until the block ends."""
    with starting(home, plugins) as ready:
        ready()
        yield home.url()


SERVE = """
if test -n "$2"; then
  while ! test -e "$2"; do sleep 0.1; done
  cp "$2" "$1"
else
  "$0" -m airflow db migrate
  cp "$1" "$1.new"
  mv "$1.new" "${1%/*}/migrated.db"
fi
exec "$0" -m airflow api-server --workers 1 --apps core
"""
"""$0 is Python, $1 the metadata database, $2 one that is (being) migrated already: the first server does that."""


def _foreign(home: Home) -> set[str]:
    """What other tests set for an Airflow of their own in this process."""
    ours = {
        *home.extra,
        *homes.SECRETS,
        "AIRFLOW_HOME",
        "AIRFLOW_CONFIG",
        "AIRFLOW__CORE__DAGS_FOLDER",
        "AIRFLOW__CORE__PLUGINS_FOLDER",
    }
    return {name for name in os.environ if name.startswith("AIRFLOW") and name not in ours}


_MIGRATED: list[str] = []


def _wait(home: Home, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not health(home) or process.poll() is not None:
        assert process.poll() is None, (home.run / "api-server.log").read_text()[-3000:]
        assert time.monotonic() < deadline, (home.run / "api-server.log").read_text()[-3000:]
        time.sleep(0.3)


def token(home: Home, person: str) -> str:
    """What Airflow's login gives this person."""
    return call("POST", f"{home.url()}/auth/token", {"username": person, "password": passwords()[person]})[
        "access_token"
    ]


def get(home: Home, path: str, token: str) -> httpx.Response:
    """One request of somebody who is logged in."""
    with httpx.Client(
        base_url=home.url(), cookies={"_token": token}, headers={"accept": "text/html"}, timeout=60, trust_env=False
    ) as one:
        return one.get(path)
