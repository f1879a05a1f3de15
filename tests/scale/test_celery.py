"""A day over Celery workers: where its shards ran, what a lost worker costs, and that the rows are the same."""

from __future__ import annotations

import dataclasses

import pytest

from callqa_airflow import stack, workers
from tests.scale.cluster import until
from tests.scale.conftest import LOST_WORKER_DAY as DAY
from tests.scale.conftest import TABLES

pytestmark = pytest.mark.slow

ON_THE_GPU = {"shard.transcribe"}


@dataclasses.dataclass
class Run:
    state: str
    tasks: list[dict]
    logs: dict[str, str]
    killed: int
    lost: int


@pytest.fixture(scope="module")
def a_day_with_a_lost_worker(cluster) -> Run:
    """One day; while the first shard is transcribed its worker is killed, and started again as `make up` does."""
    run_id = cluster.begin(DAY, "celery")
    hearing = until(lambda: cluster.running(run_id, "shard.transcribe"), "a shard is transcribed", pause=0.1)
    before = cluster.part("worker-gpu").log.read_text()
    killed = cluster.kill("worker-gpu")
    cluster.up()
    state = cluster.ended(run_id)
    logs = {name: cluster.part(name).log.read_text() for name in ("worker-default", "worker-gpu")}
    logs["worker-gpu"] = before + logs["worker-gpu"]
    return Run(state, cluster.tasks(run_id), logs, killed, hearing["map_index"])


def test_the_day_ends_by_itself(a_day_with_a_lost_worker):
    assert a_day_with_a_lost_worker.killed >= 3, "the worker, its pool, the task"
    assert a_day_with_a_lost_worker.state == "success"


def test_every_shard_ran_on_the_worker_of_its_queue(a_day_with_a_lost_worker):
    ran = [task for task in a_day_with_a_lost_worker.tasks if task["state"] == "success" and task["pid"]]
    assert {task["map_index"] for task in ran if task["task_id"] == "shard.transcribe"} == {0, 1}
    for task in ran:
        worker = "worker-gpu" if task["task_id"] in ON_THE_GPU else "worker-default"
        heard = {name for name, log in a_day_with_a_lost_worker.logs.items() if task["id"] in log}
        assert heard == {worker}, task["task_id"]


def test_a_worker_lost_in_the_middle_costs_its_shard_and_nothing_else(a_day_with_a_lost_worker):
    attempts = {(task["task_id"], task["map_index"]): task["try_number"] for task in a_day_with_a_lost_worker.tasks}
    again = {task: number for task, number in attempts.items() if number > 1}
    assert again == {("shard.transcribe", a_day_with_a_lost_worker.lost): 2}


@pytest.mark.parametrize("table", TABLES)
def test_the_workers_publish_the_same_rows_as_the_command_line(a_day_with_a_lost_worker, rows, table):
    theirs, by_hand = rows(table, DAY)
    assert theirs == by_hand
    assert theirs[1] or table == "events", "nothing was published"


def test_a_worker_that_is_gone_is_told_as_unhealthy(cluster, a_day_with_a_lost_worker, capsys):
    assert stack.status(cluster.home)
    gone = dataclasses.replace(cluster.home, extra={**cluster.home.extra, "CALLQA_WORKERS": "elsewhere:1"})
    assert workers.health(gone) == {"worker-elsewhere": "unhealthy"}
    assert workers.answers(cluster.home, "gpu:1")
    assert not workers.answers(cluster.home, "elsewhere:1")
