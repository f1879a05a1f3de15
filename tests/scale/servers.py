"""Redis and PostgreSQL for tests and benchmarks: Debian's, on loopback, on free ports, in a folder of their own.

They ask for a password (another user of the machine could connect otherwise), and may be killed and started again over
the same data.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

BINARIES = "/usr/lib/postgresql"
START_SECONDS = 60.0


def postgres_folder() -> Path | None:
    """Where Debian keeps PostgreSQL's programs, the newest version's; None where it is not installed."""
    found = sorted(Path(BINARIES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def missing() -> list[str]:
    """The servers that are not installed here."""
    there = {"redis-server": shutil.which("redis-server"), "postgresql": postgres_folder()}
    return [name for name, found in there.items() if not found]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One server over a folder of its own; `start` and `stop` may be called again and again."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        raise NotImplementedError

    @property
    def user(self) -> str | None:
        """Who it runs as; None: who runs this."""
        return None

    def start(self) -> None:
        """Start it and wait until it accepts connections.

        Raises:
            RuntimeError: it ended, or does not accept; the message has the end of its log.
        """
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, user=self.user
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-10:])
                raise RuntimeError(f"{self.command[0]} does not start:\n{tail}")
            time.sleep(0.1)

    def accepts(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        """SIGKILL for all of its processes."""
        assert self.process
        tree = [psutil.Process(self.process.pid)]
        tree += tree[0].children(recursive=True)
        for process in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(30)
        psutil.wait_procs(tree, timeout=10)

    def stop(self) -> None:
        """End it in order, or not."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL waits for nobody then; at SIGTERM for every connection
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Redis(Server):
    """Keeps what it was told over a kill, as compose.yaml's does."""

    @property
    def command(self) -> list[str]:
        return ["redis-server", str(self.folder / "redis.conf")]

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Its settings; the password is not on the command line, which everybody may read."""
        lines = ["bind 127.0.0.1", f"port {self.port}", f"requirepass {self.password}", "appendonly yes", 'save ""']
        (self.folder / "redis.conf").write_text("\n".join([*lines, f"dir {self.folder}", ""]))

    def accepts(self) -> bool:
        import redis

        try:
            with contextlib.closing(redis.Redis.from_url(self.url, socket_timeout=2)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class Postgres(Server):
    """A cluster with the databases `airflow` and `callqa`; safe against kills of its processes, not against power cuts."""

    @property
    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                    "fsync": "off", "max_connections": 200, "shared_buffers": "64MB"}  # fmt: skip
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._program("postgres")), "-D", str(self.folder / "data"), *given]

    @property
    def user(self) -> str | None:
        return "postgres" if os.geteuid() == 0 else None  # it refuses to run as root

    def prepare(self) -> None:
        """Make the cluster."""
        password = self.folder / "password"
        password.write_text(self.password)
        if self.user:
            owner = pwd.getpwnam(self.user)
            for path in (self.folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        subprocess.run(
            [self._program("initdb"), "-D", self.folder / "data", "-U", "callqa", f"--pwfile={password}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, user=self.user, cwd=self.folder,
        )  # fmt: skip
        password.unlink()
        self.start()
        for name in ("airflow", "callqa"):
            self._execute(f"CREATE DATABASE {name}")

    def address(self, database: str, driver: str = "psycopg2") -> str:
        """As SQLAlchemy writes it."""
        return f"postgresql+{driver}://callqa:{self.password}@127.0.0.1:{self.port}/{database}"

    def accepts(self) -> bool:
        import psycopg

        try:
            self._execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _execute(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="callqa", password=self.password, dbname="postgres",
            autocommit=True, connect_timeout=5,
        ) as connection:  # fmt: skip
            connection.execute(sql.encode())

    def _program(self, name: str) -> Path:
        folder = postgres_folder()
        assert folder
        return folder / name


@dataclass
class Servers:
    """Both."""

    redis: Redis
    postgres: Postgres

    def environment(self) -> dict[str, str]:
        """What makes an Airflow use them: Celery's executor over Redis, the metadata in PostgreSQL."""
        return {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.postgres.address("airflow"),
            "AIRFLOW__CELERY__BROKER_URL": self.redis.url,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{self.postgres.address('airflow')}",
        }


@contextlib.contextmanager
def running() -> Iterator[Servers]:
    """Both, started; they end and their folder goes with the block."""
    with tempfile.TemporaryDirectory(prefix="callqa-servers-") as folder, contextlib.ExitStack() as at_the_end:
        Path(folder).chmod(0o711)  # PostgreSQL's user goes through it to its own
        places = {name: Path(folder) / name for name in ("redis", "postgres")}
        for place in places.values():
            place.mkdir(mode=0o700)
        servers = Servers(Redis(places["redis"]), Postgres(places["postgres"]))
        servers.redis.prepare()
        at_the_end.callback(servers.redis.stop)
        servers.redis.start()
        at_the_end.callback(servers.postgres.stop)
        servers.postgres.prepare()
        yield servers
