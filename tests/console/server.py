"""A real Airflow API server with the console in it, for the tests; nothing else of Airflow runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
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
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/.airflow/airflow.db",
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
def serving(home: Home):
    """The home's API server, until the block ends."""
    environment = {name: value for name, value in home.environment().items() if name not in _foreign(home)}
    log = (home.run / "api-server.log").open("ab")
    _migrate(home, environment)
    command = [sys.executable, "-m", "airflow", "api-server", "--workers", "1"]
    with (
        log,
        subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        ) as process,
    ):
        try:
            _wait(home, process)
            yield home.url()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


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


def _migrate(home: Home, environment: dict[str, str]) -> None:
    """The metadata database; migrated once, the other homes get copies."""
    if not _MIGRATED:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        _MIGRATED.append((home.state / "airflow.db").read_bytes())
    (home.state / "airflow.db").write_bytes(_MIGRATED[0])


_MIGRATED: list[bytes] = []


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
