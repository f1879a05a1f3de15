"""What every DAG of this project keeps to."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from callqa import archive
from tests.dags.conftest import REPO

FILES = sorted(file.stem for file in (REPO / "dags").glob("*.py"))
HEAVY = ("torch", "funasr", "onnxruntime", "silero_vad", "great_expectations", "pyiceberg", "duckdb", "pandas")
AUDIO_AND_TABLES = ("av", "soundfile", "soxr", "scipy", "pyarrow", "modelscope", "huggingface_hub")


def tasks(dags):
    return [task for dag in dags.dags.values() for task in dag.tasks]


def test_every_file_parses(dags):
    assert dags.import_errors == {}


def test_a_dag_is_called_as_its_file(dags):
    assert FILES
    assert sorted(dags.dags) == FILES


@pytest.mark.parametrize("name", FILES)
def test_every_dag_says_what_it_does_and_is_tagged(dags, name):
    dag = dags.dags[name]
    assert len(dag.doc_md) > 100
    assert dag.description
    assert "callqa" in dag.tags


def test_every_task_has_an_owner_a_limit_and_a_retry_policy(dags):
    for task in tasks(dags):
        assert task.owner == "callqa", task.task_id
        if task.task_id == "decide":  # waits for a person, who is asked again after an answer that is none
            continue
        # `wait` looks for as long as an archive takes, through every outage meanwhile.
        assert task.retries == (100 if task.task_id == "wait" else 2), task.task_id
        assert task.retry_policy is not None, task.task_id
        assert timedelta() < task.execution_timeout <= timedelta(hours=2), task.task_id


def test_a_day_that_waits_for_a_person_does_not_keep_the_next_days_waiting(dags):
    dag = dags.dags["daily_call_qa"]
    wait = dag.get_task("decide").response_timeout
    assert wait == timedelta(hours=48)
    assert dag.max_active_runs > wait / timedelta(days=1) + 1
    assert dag.dagrun_timeout > wait


def test_a_day_of_any_archive_has_tasks(dags):
    """Airflow gives a run that is dated before `start_date` none, and calls it a success."""
    assert dags.dags["daily_call_qa"].start_date.date() <= archive.FIRST_DAY


def test_none_of_the_past_runs_by_itself(dags):
    assert dags.dags["daily_call_qa"].catchup is False


def test_only_transcription_waits_for_the_gpu(dags):
    waiting = [task.task_id for task in tasks(dags) if task.pool == "gpu"]
    assert sorted(waiting) == ["hear", "shard.transcribe"]  # `hear` is a shard of the day that goes on
    assert dags.dags["daily_call_qa"].get_task("shard.transcribe").queue == "gpu"


def test_only_publication_tells_others(dags):
    telling = {task.task_id: [outlet.name for outlet in task.outlets] for task in tasks(dags) if task.outlets}
    assert telling == {"publish": ["callqa_published"], "day.publish": ["callqa_published"]}


def test_the_interval_of_a_scheduled_run_is_the_business_day(dags):
    import pendulum
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    timetable = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags.dags["daily_call_qa"])).timetable
    restriction = TimeRestriction(earliest=pendulum.datetime(2026, 1, 5, tz="Asia/Shanghai"), latest=None, catchup=True)
    run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert run.data_interval.start == pendulum.datetime(2026, 1, 5, tz="Asia/Shanghai")
    assert run.data_interval.end == run.run_after == pendulum.datetime(2026, 1, 6, tz="Asia/Shanghai")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_parsing_imports_nothing_heavy(name):
    code = (
        f"import runpy, sys; runpy.run_path('dags/{name}.py'); print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "airflow" in imported
    assert not {*HEAVY, *AUDIO_AND_TABLES} & set(imported)


@pytest.mark.slow
def test_nothing_that_a_dag_imports_is_deprecated():
    code = "; ".join(
        [
            "import warnings",
            "from airflow.utils.deprecation_tools import DeprecatedImportWarning",
            "warnings.simplefilter('error', DeprecatedImportWarning)",
            "import runpy",
            *(f"runpy.run_path('dags/{name}.py')" for name in FILES),
        ]
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPO, check=True)
