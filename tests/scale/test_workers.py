"""Which workers a machine runs, and with what."""

from __future__ import annotations

import pytest

from callqa.errors import SettingsError
from callqa_airflow import stack, workers
from callqa_airflow.home import Home
from callqa_airflow.workers import Worker
from tests.scale.cluster import no_other_airflow

CELERY = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW__CELERY__BROKER_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture(autouse=True)
def _alone():
    with no_other_airflow():
        yield


def names(home: Home) -> list[str]:
    return [part.name for part in stack.components(home)]


def test_with_the_local_executor_there_are_no_workers(tmp_path):
    assert names(Home(tmp_path)) == ["api-server", "scheduler", "dag-processor", "triggerer"]


def test_with_celery_a_machine_has_one_worker_a_queue(tmp_path):
    assert names(Home(tmp_path, CELERY))[4:] == ["worker-default", "worker-gpu"]


def test_a_machine_without_workers_of_its_own_runs_none(tmp_path):
    assert names(Home(tmp_path, CELERY | {"CALLQA_WORKERS": ""}))[4:] == []


def test_each_gpu_gets_a_worker_that_sees_it_alone(tmp_path):
    home = Home(tmp_path, CELERY | {"CALLQA_WORKERS": "default:4, gpu:1@0,gpu:1@1"})
    parts = workers.components(home)
    assert [(part.name, dict(part.extra)) for part in parts] == [
        ("worker-default", {}),
        ("worker-gpu-0", {"CUDA_VISIBLE_DEVICES": "0"}),
        ("worker-gpu-1", {"CUDA_VISIBLE_DEVICES": "1"}),
    ]
    assert parts[0].arguments[:6] == ("celery", "worker", "--queues", "default", "--concurrency", "4")
    assert len({worker.node for worker in workers.of(home)}) == 3


@pytest.mark.parametrize("text", ["gpu:0", "gpu:many", "gpu:1@x", "GPU", "default:1,,gpu:1", "a b", "--queues"])
def test_what_is_no_worker_is_refused_with_an_example(text):
    with pytest.raises(SettingsError, match="default:4,gpu:1@0"):
        workers.parse(text)


def test_two_workers_of_one_name_are_refused():
    with pytest.raises(SettingsError, match="lists worker-gpu twice"):
        workers.parse("gpu:1,gpu:2")


def test_a_queue_without_a_number_takes_one_task():
    assert workers.parse("gpu") == [Worker("gpu", 1)]


def test_celery_without_a_broker_is_refused(tmp_path):
    home = Home(tmp_path, {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"})
    with pytest.raises(SettingsError, match="no broker"):
        workers.health(home)
    with pytest.raises(SettingsError, match="no broker"):
        workers.become(home, "gpu:1")


def test_where_the_broker_is_gone_no_worker_is_healthy(tmp_path):
    home = Home(tmp_path, CELERY)
    assert workers.health(home) == {"worker-default": "unhealthy", "worker-gpu": "unhealthy"}


def test_a_worker_in_the_foreground_is_airflows_with_this_homes_environment(tmp_path, monkeypatch):
    """As a container starts it: the process becomes the worker, so that a signal to end reaches it."""
    became = {}
    monkeypatch.setenv("CALLQA_AIRFLOW_HOME", str(tmp_path))
    for name, value in CELERY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.chdir", lambda folder: None)
    monkeypatch.setattr("os.execve", lambda path, words, env: became.update(words=words, env=env))
    stack.main(["worker", "gpu:1@3"])
    assert became["words"][1:6] == ["-m", "airflow", "celery", "worker", "--queues"]
    assert became["env"]["CUDA_VISIBLE_DEVICES"] == "3"
    assert became["env"]["AIRFLOW_HOME"] == str(tmp_path)


def test_the_command_line_refuses_what_is_no_worker(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CALLQA_AIRFLOW_HOME", str(tmp_path))
    assert stack.main(["worker", "gpu:many"]) == SettingsError.exit_code
    assert stack.main(["ping", "gpu"]) == SettingsError.exit_code
    assert "no broker" in capsys.readouterr().err
