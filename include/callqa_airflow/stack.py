"""Airflow here: `python -m callqa_airflow.stack setup|up|down|status|run|worker QUEUE|ping QUEUE|airflow <arguments>`.

`up` starts API server, scheduler, DAG processor and triggerer, and with Celery's executor this machine's workers, as
processes of their own and waits until all are healthy; again, it does nothing. A keeper behind it starts again what
ends by itself. `run` is both in the foreground, for a container or a service manager. `worker gpu` is one Celery worker
in the foreground, `ping gpu` asks this machine's. Everything listens on loopback only unless AIRFLOW__API__HOST says
otherwise; AIRFLOW__API__PORT moves it to another port.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from callqa.errors import CallQAError, StageError, UsageError
from callqa.storage import digest_of
from callqa_airflow import home as homes
from callqa_airflow import keeping, workers
from callqa_airflow.home import ROOT, Home
from callqa_airflow.processes import COMPONENTS, Component
from callqa_airflow.rest import RestError, ask, health

START_SECONDS = 180.0
"""How long `up` waits; on two cores the components are healthy in about 10 s."""
GRACE_SECONDS = 30.0
"""How long a component may take to end before it is killed."""
RUN_ATTEMPTS = 5
"""Starts in a row that may fail before `run` ends: whoever started it may know better."""
POOL = "gpu"
CONSOLE = "/callqa"
"""Where the plugin puts the console."""


class StackError(StageError):
    """A component of Airflow did not start."""


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def components(home: Home) -> list[Component]:
    """All components with their files."""
    return [*(Component(name, home.run) for name in COMPONENTS), *workers.components(home)]


def setup(home: Home) -> None:
    """Secrets, password file, metadata database and pool; only what is missing or of another version is made."""
    with _locked(home):
        _setup(home)


def _setup(home: Home) -> None:
    homes.prepare(home)
    slots = os.environ.get("CALLQA_GPU_SLOTS", "1")
    if not slots.isdecimal() or int(slots) < 1:
        raise UsageError(f"CALLQA_GPU_SLOTS = {slots!r} is not a number of slots", remedy="give 1 for each GPU")
    stamp, made = home.run / "set-up", digest_of([version("apache-airflow-core"), _database(home), slots])
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made and _database_exists(home):
        return
    say("Airflow: metadata database")
    airflow(home, ["db", "migrate"])
    airflow(home, ["pools", "set", POOL, slots, "transcriptions at once: one for each GPU"])
    for file in home.state.glob("airflow.db*"):
        file.chmod(0o600)
    stamp.write_text(made, encoding="utf-8")


def airflow(home: Home, arguments: Sequence[str]) -> None:
    """One command of Airflow's own in this home, quietly.

    Raises:
        StackError: it failed; the message has the end of its output.
    """
    command = [sys.executable, "-m", "airflow", *arguments]
    done = subprocess.run(
        command, env=home.environment(), cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise StackError(
            f"airflow {' '.join(arguments)} ended with {done.returncode}:\n{tail}",
            remedy=f"mend what the output names; state that is beyond repair: remove {home.state} and set up again",
        )


def up(home: Home) -> None:
    """Start what does not run and wait until all of it is healthy.

    Raises:
        UsageError: somebody else has the port.
        StackError: a component ended, or was not healthy in time; the message has the end of its log.
    """
    with _locked(home):
        parts = components(home)
        if all(part.process() for part in parts) and _healthy(home):
            say(f"Airflow runs already: {home.url()}")
            _show_console(home)
            return
        _setup(home)
        if not parts[0].process():
            _require_port(home)
        for part in parts:
            if not part.process():
                part.stop(GRACE_SECONDS)  # what a crash may have left behind
                part.start(home.environment(), ROOT)
        _wait_healthy(home, parts)
    say(f"Airflow runs: {home.url()}  user {homes.USER}, password in {home.passwords}")
    _show_console(home)


def _show_console(home: Home) -> None:
    """Have the console made, so that nobody waits for its first page, and say where it is."""
    try:
        ask(f"{home.url()}{CONSOLE}/static/icon.svg", timeout=60)
    except RestError as error:
        say(f"The console does not answer: {error}")
        return
    say(f"Console:      {home.url()}{CONSOLE}/today  the same user")


def down(home: Home) -> None:
    """Stop all components; what does not run is no error."""
    if not home.run.exists():
        return
    with _locked(home):
        keeping.stop(home)
        for part in reversed(components(home)):
            say(f"Airflow {part.name}: {part.stop(GRACE_SECONDS)}")


def status(home: Home) -> bool:
    """Tell what runs; True where everything does and is healthy."""
    seen = health(home) | workers.health(home)
    good = True
    for part in components(home):
        process = part.process()
        state = f"process {process.pid}" if process else "not running"
        told = seen.get(part.name, "healthy" if part.name == "api-server" and seen else "unknown")
        good = good and process is not None and told == "healthy"
        say(f"{part.name:14} {state:16} {told}")
    keeper = keeping.component(home).process()
    duty = "starts again what ends" if keeper else "`make up` starts it; `stack run` is its own"
    say(f"{keeping.NAME:14} {f'process {keeper.pid}' if keeper else 'not running':16} {duty}")
    say(f"{'address':14} {home.url()}\n{'logs':14} {home.run}\n{'passwords':14} {home.passwords}")
    return good


def run(home: Home) -> None:
    """`up`, then start again what ends, until asked to end (SIGTERM, SIGINT) or until that did not help; then `down`.

    Raises:
        StackError: a component could not be started, several times in a row.
    """
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)
    try:
        up(home)
        keep(home, RUN_ATTEMPTS)
    finally:
        down(home)


def keep(home: Home, attempts: int | None = None) -> None:
    """Start again what ends by itself, for ever, or until so many attempts in a row have failed."""
    keeping.keep(lambda: _dead(components(home)), lambda: up(home), attempts)


def up_and_kept(home: Home) -> None:
    """`up`, with the keeper behind it."""
    up(home)
    with _locked(home):
        keeping.start(home)


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


@contextlib.contextmanager
def _locked(home: Home) -> Iterator[None]:
    """One set-up, start or stop of a home at a time."""
    home.run.mkdir(parents=True, exist_ok=True)
    with (home.run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _dead(parts: list[Component]) -> Component | None:
    return next((part for part in parts if not part.process()), None)


def _healthy(home: Home) -> bool:
    seen = health(home)
    wanted = ["metadatabase", *(name for name in COMPONENTS if name != "api-server")]
    if not all(seen.get(name) == "healthy" for name in wanted):
        return False
    return "unhealthy" not in workers.health(home).values()


def _wait_healthy(home: Home, parts: list[Component]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _healthy(home):
        if dead := _dead(parts):
            raise StackError(f"Airflow's {dead.name} ended at once:\n{dead.last_lines()}", remedy=f"see {dead.log}")
        if time.monotonic() > deadline:
            tails = "\n".join(f"  {part.name}:\n{part.last_lines(5)}" for part in parts)
            raise StackError(
                f"Airflow is not healthy after {START_SECONDS:.0f} s: {health(home)}\n{tails}", remedy=f"see {home.run}"
            )
        time.sleep(0.5)


def _require_port(home: Home) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", home.port()))
        except OSError as error:
            raise UsageError(
                f"port {home.port()} is taken ({error.strerror}): another Airflow or program runs there",
                remedy=f"stop it, or choose another port: AIRFLOW__API__PORT={home.port() + 1}",
            ) from error


def _database(home: Home) -> str:
    return home.environment().get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "sqlite")


def _database_exists(home: Home) -> bool:
    return not _database(home).startswith("sqlite") or (home.state / "airflow.db").exists()


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    home = Home(Path(os.environ.get("CALLQA_AIRFLOW_HOME", ROOT)).resolve())
    actions = {"setup": setup, "up": up_and_kept, "down": down, "run": run, "keep": keep}
    try:
        match list(arguments):
            case ["airflow", *rest]:
                workers.execute(tuple(rest), home.environment())
            case ["worker", queue]:
                workers.become(home, queue)
            case ["ping", queue]:
                return 0 if workers.answers(home, queue) else 1
            case ["status"]:
                return 0 if status(home) else 1
            case [name] if name in actions:
                actions[name](home)
                return 0
        raise UsageError(f"unknown: {' '.join(arguments) or '(nothing)'}", remedy=str(__doc__).splitlines()[0])
    except CallQAError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
