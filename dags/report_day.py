"""What follows a publication: the day's report pages, and messages to the people whom its findings concern.

Starts by itself whenever a day is published. `report` writes the pages; `notify` tells each route of qa.toml
(`[[notify.routes]]`) what it was not told of before, from published data only: a day that is published again, a retry
or a kill tells nobody twice. Of a backfill, a trial in another lake, rules judged again and days longer ago than
`notify.max_age_days` nobody is told: such runs only write the pages.

By hand, for a day: `{"day": "2026-01-05"}`, which also tells people unless `"notify": false`. A backfill or trial tells
people where its run was started with `{"notify": true}`. A service that does not answer fails nothing: its messages are
tried again, then left to the next run, and the log of `notify` warns of them.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, task, task_group

from callqa import settings
from callqa_airflow import notifying
from callqa_airflow.assets import PUBLISHED
from callqa_airflow.retries import defaults

OF_A_DAY = {"map_index_template": "{{ day }}"}
PATIENT = {"retry_delay": 10 * defaults()["retry_delay"]}
"""A chat service that is down comes back in minutes, not in seconds."""


@dag(
    schedule=[PUBLISHED],
    start_date=pendulum.datetime(2020, 1, 1, tz=settings.load().source.timezone),
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=4),
    default_args=defaults() | {"execution_timeout": timedelta(minutes=30)},
    params={
        "day": Param(None, type=["null", "string"], format="date", description="A day; empty: those published."),
        "notify": Param(True, type="boolean", description="Of a day that is named: tell people too."),
        "lake": Param(None, type=["null", "string"], minLength=1, description="The day's lake; empty: as in qa.toml."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def report_day():
    @task
    def days(params=None, triggering_asset_events=None):
        return notifying.days(params, triggering_asset_events[PUBLISHED] if triggering_asset_events else ())

    @task_group
    def day(entry):
        @task(**OF_A_DAY)
        def report(entry):
            return notifying.report(entry)

        # The pages are one thing, people another: neither waits for the other's faults.
        @task(trigger_rule=TriggerRule.ALL_DONE, **OF_A_DAY, **PATIENT)
        def notify(entry, ti=None):
            return notifying.notify(entry, ti.try_number, ti.max_tries + 1)

        report(entry) >> notify(entry)

    day.expand(entry=days())


report_day()
