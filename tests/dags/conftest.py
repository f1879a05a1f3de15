"""An Airflow of the tests' own: its home is made and named before anything imports airflow."""

from __future__ import annotations

import atexit
import csv
import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from callqa_airflow.home import Home

REPO = Path(__file__).resolve().parents[2]
DEMO_CALLS = REPO / "include" / "callqa" / "demo" / "calls"
_HOME = Path(tempfile.mkdtemp(prefix="callqa-airflow-tests-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

# A developer's own Airflow must neither be used nor harmed.
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ.update(
    AIRFLOW_HOME=str(_HOME),
    AIRFLOW_CONFIG=str(REPO / "airflow.cfg"),
    AIRFLOW__CORE__DAGS_FOLDER=str(REPO / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(REPO / "plugins"),
    AIRFLOW__CORE__FERNET_KEY="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    AIRFLOW__API_AUTH__JWT_SECRET="tests-only-" * 8,
    AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
    CALLQA_TASK_RETRIES="2",
    CALLQA_RETRY_SECONDS="0.1",  # what is tried again is tried again, but nobody waits for it
)
(_HOME / ".airflow").mkdir()


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Metadata database and pool, as set-up makes them."""
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    Pool.create_or_update_pool("gpu", slots=1, description="", include_deferred=False)


@pytest.fixture(scope="session")
def dags():
    """What the DAG processor makes of dags/."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(REPO / "dags"))


@pytest.fixture(scope="session")
def lake(tmp_path_factory) -> Path:
    """One lake for the runs of these tests, so that each recording is heard once."""
    return tmp_path_factory.mktemp("lake")


@pytest.fixture
def source(tmp_path):
    """Makes a source of some of the demo's recordings of a day: `source("2026-01-07", "085900-c1.mp3", ...)`."""

    def make(day: str, *files: str) -> Path:
        folder = tmp_path / "source" / day
        folder.mkdir(parents=True)
        with (DEMO_CALLS / day / "calls.csv").open(encoding="utf-8-sig", newline="") as side_car:
            rows = list(csv.reader(side_car))
        with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as side_car:
            csv.writer(side_car).writerows([rows[0], *(row for row in rows[1:] if row[0] in files)])
        for file in files:
            shutil.copy(DEMO_CALLS / day / file, folder / file)
        return folder.parent

    return make


PARSED_ONCE = ("AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL", "3600")
"""Nobody edits a DAG while a test runs, and all of them every half a minute take a twentieth of a core."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    """A home of the test's own; the environment of the tests' other Airflow must not reach its processes."""
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CALLQA_AIRFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW__API__PORT", str(free_port()))
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv(*PARSED_ONCE)
    return Home(tmp_path / "home")
