"""What workers are forked from: all that it names is there, and nothing of it is spoilt by a fork."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from callqa_airflow import home
from tests.dags.conftest import REPO

LOOK = """
import json, sys, threading
from callqa_airflow import preload
wanted = {*preload.MODULES, "great_expectations.expectations"}
print(json.dumps({
    "missing": sorted(wanted - set(sys.modules)),
    "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    "threads": [thread.name for thread in threading.enumerate()],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """Of a process that has imported it and nothing else."""
    environment = home.Home(tmp_path_factory.mktemp("preload")).environment()
    done = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, cwd=REPO, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_everything_that_it_names_is_there(seen):
    assert seen["missing"] == []


@pytest.mark.slow
def test_no_task_gets_what_does_not_outlive_a_fork(seen):
    assert {"torch", "funasr", "onnxruntime"}.isdisjoint(seen["loaded"])
    assert seen["threads"] == ["MainThread"]


@pytest.mark.slow
def test_rule_packs_are_left_to_the_tasks_so_that_a_new_version_judges_from_the_next_one_on(seen):
    packs = {point.value.partition(".")[0] for point in entry_points(group="qc_rules")}
    assert packs
    assert packs.isdisjoint(seen["loaded"])


def test_the_scheduler_and_celerys_workers_begin_with_it():
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(REPO / "airflow.cfg")
    assert settings["scheduler"]["mp_start_method"] == "forkserver"
    assert settings["scheduler"]["mp_forkserver_preload"] == "callqa_airflow.preload"
    assert json.loads(settings["celery"]["extra_celery_config"]) == {"imports": ["callqa_airflow.preload"]}
