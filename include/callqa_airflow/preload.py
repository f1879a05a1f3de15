"""What tasks import, imported once by the process that their workers are forked from, and inherited by all of them.

A task is a process that lives for seconds, and imports were most of what its processor did there: of a day of few
calls, half of all that its tasks cost. Airflow's scheduler has a process that does nothing but import this and fork
(`[scheduler] mp_forkserver_preload` in airflow.cfg), and a Celery worker imports it before it has children
(`[celery] extra_celery_config`).

Nothing here may open a connection, ask for a GPU or start a thread that does not begin anew in a forked process (those
of OpenBLAS and jemalloc do): CUDA that was asked once could not be used by any task any more. So torch, FunASR and
onnxruntime are left to the tasks that transcribe. So are rule packs: a new version judges from the next task on.
"""

from __future__ import annotations

import contextlib
import gc
import importlib

from callqa.gate import audit

MODULES = (
    # Airflow's own: what a worker runs tasks with, and what our DAG files begin with.
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.operators.trigger_dagrun",
    # Ours, and what they import only when they need it.
    "callqa_airflow.backfills",
    "callqa_airflow.deadlines",
    "callqa_airflow.decisions",
    "callqa_airflow.lineage",
    "callqa_airflow.notifying",
    "callqa_airflow.pods",
    "callqa_airflow.stages",
    "callqa_airflow.turns",
    "callqa.pipeline",
    "qc_rules.language",
    "duckdb",
    "pyarrow.dataset",
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
)

for name in MODULES:
    # Whatever is wrong with one of them, the task that needs it says so; here it would end every worker.
    with contextlib.suppress(Exception):
        importlib.import_module(name)
with contextlib.suppress(Exception):
    audit.load()

gc.collect()
gc.freeze()  # a collection in a task would write to all of these objects, and so copy the pages that are shared
