"""Today so far: every few minutes what is new of the day is heard, and the day published again through the same gate.

Off unless `[intraday] enabled` in qa.toml; how often is set there. `look` ends the run where nothing is new or another
run of the day is at work; `hear` takes the shards that have something new, one task each; what was heard before stays
heard. The publication says that it is incomplete; the nightly `daily_call_qa` publishes the whole day. What the gate
refuses is not published, and is not asked about: the next recordings, or the night, try again.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import DeltaTriggerTimetable, Param, TriggerRule, dag, task

from callqa import settings
from callqa_airflow import intraday, pods, turns
from callqa_airflow.assets import PUBLISHED
from callqa_airflow.retries import defaults

SETTINGS = settings.load()
EVERY = timedelta(minutes=SETTINGS.intraday.every_minutes)
FOLDER = {"type": ["null", "string"], "minLength": 1}


@dag(
    schedule=DeltaTriggerTimetable(EVERY) if SETTINGS.intraday.enabled else None,
    start_date=pendulum.datetime(2020, 1, 1, tz=SETTINGS.source.timezone),
    catchup=False,
    # The next one finds what this one left.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=defaults() | {"execution_timeout": timedelta(minutes=30)},
    on_failure_callback=turns.run_failed,
    params={
        "day": Param(None, type=["null", "string"], format="date", description="Business day; empty: today."),
        "source": Param(None, **FOLDER, description="Folder or address of the recordings; empty: as in qa.toml."),
        "lake": Param(None, **FOLDER, description="Folder of runs, caches and the warehouse; empty: as in qa.toml."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def intraday_call_qa():
    @task
    def look(params=None, dag_run=None, ti=None):
        return intraday.look(params, dag_run, ti)

    @task
    def fresh(run):
        return run["fresh"]

    @task(execution_timeout=timedelta(hours=1), pool="gpu", queue="gpu", executor_config=pods.gpu())
    def hear(shard, run):
        intraday.hear(shard, run)

    # Recordings that are gone from a shard leave nothing to hear, and a day to publish.
    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def export(run):
        return intraday.export(run)

    @task
    def gate(exported, run):
        return intraday.gate(exported, run)

    @task(outlets=[PUBLISHED])
    def publish(exported, gated, run, ti=None, outlet_events=None):
        published = intraday.publish(exported, gated, run, ti.try_number)
        outlet_events[PUBLISHED].extra = {"day": run["day"], "sequence": published["sequence"], "complete": False}
        return published

    run = look()
    exported = export(run)
    hear.partial(run=run).expand(shard=fresh(run)) >> exported
    publish(exported, gate(exported, run), run)


intraday_call_qa()
