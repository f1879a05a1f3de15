"""The report of an archive, written once its last day is done.

Start it beside a backfill, for the same days: `{"from": "2016-01-01", "to": "2025-12-31"}`. `wait` looks every five
minutes whether a run of one of these days is still queued or running; nothing is held meanwhile. Then `write` leaves
`<lake>/archive/reports/<from>_<to>.json`: days published, refused, empty and failed, hours, rejected recordings, what
the gate said, what waits for a decision. The console starts it by itself; `callqa archive report` says the same at any
time. Routes of `[notify]` whose `events` have `backfill` are told that it is over.
"""

import os
from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, task

from callqa import settings
from callqa_airflow import backfills
from callqa_airflow.retries import defaults
from callqa_airflow.waiting import ArchiveEnd

EVERY = timedelta(seconds=float(os.environ.get("CALLQA_ARCHIVE_POLL_SECONDS", "300")))
LONGEST = timedelta(days=3 * 366)
DATE = {"type": "string", "format": "date"}
FOLDER = {"type": ["null", "string"], "minLength": 1}


@dag(
    schedule=None,
    # It has no schedule, and the console starts it.
    is_paused_upon_creation=False,
    start_date=pendulum.datetime(2020, 1, 1, tz=settings.load().source.timezone),
    default_args=defaults() | {"execution_timeout": timedelta(hours=1)},
    params={
        "from": Param(**DATE, description="The first business day."),
        "to": Param(**DATE, description="The last business day, included."),
        "lake": Param(None, **FOLDER, description="Folder of the warehouse; empty: as in qa.toml."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def archive_report():
    @task
    def write(params=None, dag_run=None):
        return backfills.write_report(params, dag_run.run_id)

    # It looks for months: outages of a server that it meets meanwhile must not use its attempts up.
    ArchiveEnd(task_id="wait", poke_interval=EVERY, timeout=LONGEST, mode="reschedule", retries=100) >> write()


archive_report()
