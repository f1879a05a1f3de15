"""How the lake stands, told every quarter of an hour to whoever takes metrics.

Days and appeals that wait for somebody, the age of the newest published day, free space: alarms are set on these even
while nothing else runs, and that they stop coming is an alarm as well. Nothing is changed. Where OpenTelemetry is not
configured (docs/metrics.md) the numbers are only in this task's log.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, task

from callqa import settings
from callqa_airflow import lake_state
from callqa_airflow.retries import defaults

FOLDER = {"type": ["null", "string"], "minLength": 1}


@dag(
    schedule="*/15 * * * *",
    start_date=pendulum.datetime(2020, 1, 1, tz=settings.load().source.timezone),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=15),
    default_args=defaults() | {"execution_timeout": timedelta(minutes=5)},
    params={"lake": Param(None, **FOLDER, description="Folder of the warehouse; empty: as in qa.toml.")},
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def lake_metrics():
    @task
    def measure(params=None):
        return lake_state.measure(params)

    measure()


lake_metrics()
