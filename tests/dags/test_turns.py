"""What becomes of the turns of a run that fails, by Airflow's own processor of callbacks."""

from __future__ import annotations

import datetime as dt

import pytest
import structlog
from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.dag_processing.dagbag import DagBag
from airflow.dag_processing.processor import _execute_dag_callbacks

from callqa import turns
from tests.dags.conftest import REPO

pytestmark = pytest.mark.slow

DAYS = [dt.date(2026, 1, 5), dt.date(2026, 1, 6)]
RUN = "scheduled__2026-01-06T16:00:00+00:00"


def failed(dag_id: str) -> None:
    """As the DAG processor does when a run has failed."""
    request = DagCallbackRequest(
        filepath=f"{dag_id}.py",
        bundle_name="dags-folder",
        bundle_version=None,
        dag_id=dag_id,
        run_id=RUN,
        is_failure_callback=True,
        msg="task_failure",
    )
    _execute_dag_callbacks(DagBag(dag_folder=str(REPO / "dags" / f"{dag_id}.py")), request, structlog.get_logger())


@pytest.mark.parametrize("dag_id", ["daily_call_qa", "intraday_call_qa"])
def test_a_run_that_failed_has_no_turn_any_more_and_others_keep_theirs(tmp_path, monkeypatch, dag_id):
    """Of a run that was killed before a task of it began Airflow tells no more than its name."""
    lake = str(tmp_path / "lake")
    monkeypatch.setenv("CALLQA_LAKE__ROOT", lake)
    turns.take(lake, DAYS[0], run_id=RUN, by=dag_id)
    turns.take(lake, DAYS[1], run_id=RUN, by="another_dag")
    failed(dag_id)
    assert turns.at_work(lake, DAYS[0]) is None
    assert turns.at_work(lake, DAYS[1])
