"""A PostgreSQL and an S3 server on this machine's loopback, for as long as the tests run."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

BUCKET = "callqa-tests"


def pytest_terminal_summary(terminalreporter) -> None:
    """What could not be tested is said aloud: a skipped test is a letter among hundreds."""
    skipped = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reason for reason in skipped if "NOT TESTED" in reason):
        terminalreporter.write_line(reason, red=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The SQLAlchemy URI of an empty database server."""
    programs = found_programs("initdb", "postgres")
    if programs is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("NOT TESTED: Postgres as catalog. Remedy: apt install postgresql, pip install 'psycopg[binary]'")
    # The server does not run as root; another user does not get into pytest's own folders.
    with tempfile.TemporaryDirectory() as folder, free_port() as port:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        run_as = {"user": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run(
            [programs["initdb"], "-D", data, "-U", "callqa", "-A", "trust", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **run_as,
        )  # fmt: skip
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
        with running([programs["postgres"], "-D", data, *options], port, cwd=folder, **run_as):
            yield f"postgresql+psycopg://callqa@127.0.0.1:{port}/postgres"


@pytest.fixture(scope="session")
def object_store() -> Iterator[dict[str, str]]:
    """The properties that open an S3 server with the bucket BUCKET."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask_cors") is None:
        pytest.skip("NOT TESTED: an S3 store. Remedy: pip install 'moto[s3]' flask flask-cors")
    with free_port() as port:
        endpoint = f"http://127.0.0.1:{port}"
        with running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")).close()
            yield {
                "s3.endpoint": endpoint,
                "s3.region": "us-east-1",
                "s3.access-key-id": "key",
                "s3.secret-access-key": "secret",
            }


@pytest.fixture
def rest_catalog(tmp_path) -> Iterator[str]:
    """The address of an empty REST catalog."""
    with free_port() as port:
        command = [sys.executable, "-m", "tests.warehouse.rest_catalog", str(port), str(tmp_path / "catalog")]
        with running(command, port, cwd=str(Path(__file__).parents[2])):
            yield f"http://127.0.0.1:{port}"


def found_programs(*names: str) -> dict[str, str] | None:
    """Where programs are; Debian keeps a server's out of the path."""
    places = [*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True), os.environ["PATH"]]
    found = {name: shutil.which(name, path=os.pathsep.join(places)) for name in names}
    return None if None in found.values() else found


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port


@contextlib.contextmanager
def running(command: list[str], port: int, **how: str) -> Iterator[None]:
    """A server that answers on its port, ended with the block."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how) as server:
        try:
            wait_for(server, port)
            yield
        finally:
            server.terminate()


def wait_for(server: subprocess.Popen, port: int, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{server.args[0]} does not answer on port {port} (ended: {server.poll()})")
