"""The lake looked after every night: small files joined, old states let go, what is past its time removed.

`compact` rewrites the tables to which rows are only added as one file each; `expire` lets states of the tables go that
nobody reads or rolls back to any more; `retain` removes sound, text and findings that are past `[retention]` in
qa.toml, `tidy` old runs, refused days and caches; `sweep` the files that nothing names. Calls under a legal hold keep
everything. A step that fails ends red and does not keep the others from theirs; each may be run again at any time,
beside daily runs.

`{"dry_run": true}` only says what would go, in the logs. Erasing a call on request is not a matter of the night:
`callqa warehouse erase`.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, chain, dag, task

from callqa import settings
from callqa_airflow import upkeep
from callqa_airflow.retries import defaults

STEPS = ("compact", "expire", "retain", "tidy", "sweep")
FOLDER = {"type": ["null", "string"], "minLength": 1}


@dag(
    # In the centre's own time, after the night's run has most of its day.
    schedule="0 4 * * *",
    start_date=pendulum.datetime(2020, 1, 1, tz=settings.load().source.timezone),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=defaults() | {"execution_timeout": timedelta(hours=2)},
    params={
        "dry_run": Param(False, type="boolean", description="Only say what would go."),
        "lake": Param(None, **FOLDER, description="Folder of runs, caches and the warehouse; empty: as in qa.toml."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def warehouse_upkeep():
    def of(name):
        @task(task_id=name, trigger_rule=TriggerRule.ALL_DONE)
        def step(params=None, dag_run=None):
            return upkeep.step(name, params, dag_run.start_date)

        return step()

    @task
    def report(params=None):
        return upkeep.report(params)

    steps = [of(name) for name in STEPS]
    chain(*steps)
    steps >> report()


warehouse_upkeep()
