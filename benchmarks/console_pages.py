"""How fast the console's pages come over HTTP, from a real Airflow API server over a million published calls.

The lake is that of `benchmarks.console` (which makes it); the pages are asked for as a browser does, by somebody who is
logged in, one after another, each time for another call, agent, rule or filter.

    PYTHONPATH=plugins python -m benchmarks.console_pages --folder /tmp/console
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import console_lake
from callqa_airflow import home as homes
from callqa_airflow.home import ROOT, Home
from callqa_airflow.rest import call, health

GOALS_MS = {"calls": 300, "a call": 500}
START_SECONDS = 120


@contextlib.contextmanager
def served(lake: Path) -> Iterator[tuple[Home, psutil.Process]]:
    """An API server with the console over the lake, of an Airflow of its own, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(
            Path(folder), {"AIRFLOW__API__PORT": str(free_port()), "CALLQA_LAKE__ROOT": str(lake)} | airflow(folder)
        )
        homes.prepare(home)
        environment = home.environment()
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True
        )
        command = [sys.executable, "-m", "airflow", "api-server", "--workers", "1"]
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait(home, process)
                yield home, psutil.Process(process.pid)
            finally:
                process.terminate()


def airflow(folder: str) -> dict[str, str]:
    """Settings of an Airflow whose state lies in the folder."""
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/.airflow/airflow.db?timeout=60",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": f"{folder}/.airflow/passwords.json",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": f"{folder}/.airflow/logs",
    }


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(home: Home, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while not health(home):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the API server of {home.folder} does not answer")
        time.sleep(0.3)


def pages(client: httpx.Client, days: Sequence[dt.date]) -> dict[str, Callable[[random.Random], str]]:
    """Addresses by kind of page."""
    known = listed(client, days[-10:])
    return {
        "today": lambda rng: f"/callqa/today?day={rng.choice(days)}",
        "calls": lambda _: "/callqa/calls",
        "calls, by score": lambda _: "/callqa/calls?sort=score",
        "calls, of an agent": lambda rng: f"/callqa/calls?agent=a{rng.randrange(200):04d}",
        "calls, a rule": lambda rng: f"/callqa/calls?rule={rng.choice(console_lake.RULES)}",
        "a call": lambda rng: rng.choice(known),
        "agents": lambda _: "/callqa/agents",
        "rules": lambda _: "/callqa/rules",
        "runs": lambda _: "/callqa/runs",
    }


def listed(client: httpx.Client, days: Sequence[dt.date]) -> list[str]:
    """Addresses of calls, from the lists of the days that have turns."""
    found: list[str] = []
    for day in days:
        text = client.get(f"/callqa/calls?from={day}&to={day}").text
        found += re.findall(rf'href="(/callqa/calls/{day}/[^"?]+)', text)
    return found


def measured(
    client: httpx.Client, server: psutil.Process, address: Callable[[random.Random], str], rounds: int
) -> dict[str, Any]:
    """Milliseconds of one kind of page: the first time, and the median and 95th percentile of the rounds after it."""
    rng = random.Random(1)
    times, cores = [], []
    for _ in range(rounds + 1):
        before, began = spent(server), time.perf_counter()
        answer = client.get(address(rng))
        times.append(1000 * (time.perf_counter() - began))
        cores.append(1000 * (spent(server) - before))
        if answer.status_code != 200:
            raise SystemExit(f"{answer.url}: {answer.status_code}")
    warm = sorted(times[1:])
    return {
        "first": times[0],
        "median": statistics.median(warm),
        "p95": warm[int(0.95 * (len(warm) - 1))],
        "cores": statistics.mean(cores[1:]),
        "KB": len(answer.content) / 1000,
    }


def spent(server: psutil.Process) -> float:
    """Seconds of cores that the server and its children have used."""
    total = 0.0
    for process in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def logged_in(home: Home) -> httpx.Client:
    """A client of the administrator's."""
    words = {"username": "admin", "password": homes.password(home)}
    token = call("POST", f"{home.url()}/auth/token", words)["access_token"]
    return httpx.Client(
        base_url=home.url(), cookies={"_token": token}, headers={"accept": "text/html"}, timeout=120, trust_env=False
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="that benchmarks.console made its lake in")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args(arguments)
    days = sorted(dt.date.fromisoformat(one.name) for one in (options.folder / "days").iterdir())
    load = os.getloadavg()[0]
    with served(options.folder / "lake") as (home, server), logged_in(home) as client:
        began = time.perf_counter()
        client.get("/callqa/today").raise_for_status()
        print(f"the first page of a new server: {time.perf_counter() - began:.1f} s")
        found = {name: measured(client, server, one, options.rounds) for name, one in pages(client, days).items()}
        print(
            f"memory of the server: {sum(p.memory_info().rss for p in (server, *server.children(True))) / 1e6:.0f} MB"
        )
    print(f"{'ms':24} {'first':>7} {'median':>7} {'p95':>7} {'cores':>7} {'KB':>6}")
    for name, row in found.items():
        goal = f"  goal {GOALS_MS[name]}" if name in GOALS_MS else ""
        print(f"{name:24} " + " ".join(f"{row[key]:7.0f}" for key in ("first", "median", "p95", "cores", "KB")) + goal)
    print(f"{os.cpu_count()} cores, load before it began {load:.1f}")
    (options.folder / "pages.json").write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
