"""Every recording of a business day: transcribed, judged by the installed rules, gated and published.

`fetch` lists the day's recordings and cuts them into shards by seconds of audio; each shard goes through `prepare`,
`transcribe`, `parse` and `judge` on its own; `export` joins them, and the data-quality `gate` decides whether readers
get to see the day (`publish`). What it refuses goes into `quarantine` and waits in `decide` for a person (Required
actions): approved with a reason it is published, rejected or forgotten the run ends red, and `report` says why.

Of several runs of one day one has its `turn`, the others wait. A scheduled run also looks back: days whose recordings
came late are run again (`run_again`).

A run starts after each midnight of the contact centre's time zone, for the day that has just ended. By hand, name the
day: `{"day": "2026-01-05"}`. Running a day again is safe: finished work is kept, and a day is replaced as a whole.
Days of the past are run by a backfill, which gives way to today's and leaves published days alone (docs/backfill.md).
"""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronDataIntervalTimetable, Param, TriggerRule, dag, task, task_group

from callqa import settings
from callqa_airflow import backfills, deadlines, decisions, lineage, notifying, pods, stages, turns
from callqa_airflow.assets import PUBLISHED
from callqa_airflow.priority import TODAY_FIRST
from callqa_airflow.retries import defaults

SETTINGS = settings.load()
ZONE = SETTINGS.source.timezone
FOLDER = {"type": ["null", "string"], "minLength": 1}
FAILED = [lineage.day_failed, backfills.day_failed, notifying.day_failed]
NAMED = {"map_index_template": "shard-{{ '%03d' % ti.map_index }}"}


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=ZONE),
    # Long ago, because a run by hand that is dated before it would have no tasks and end in success.
    start_date=pendulum.datetime(2000, 1, 1, tz=ZONE),
    catchup=False,
    # A refused day waits for a person; the days after it must not wait for that day, nor for late recordings.
    max_active_runs=4 + SETTINGS.source.late_days,
    dagrun_timeout=timedelta(hours=20 + SETTINGS.gate.decision_hours),
    default_args=defaults()
    | {"execution_timeout": timedelta(minutes=30), "on_failure_callback": FAILED, "weight_rule": TODAY_FIRST},
    on_failure_callback=[turns.run_failed, *FAILED],
    deadline=deadlines.alert(SETTINGS),
    params={
        "day": Param(None, type=["null", "string"], format="date", description="Business day; empty: the run's own."),
        "source": Param(None, **FOLDER, description="Folder that holds one folder a day; empty: as in qa.toml."),
        "lake": Param(None, **FOLDER, description="Folder of runs, caches and the warehouse; empty: as in qa.toml."),
        "only_grow": Param(False, type="boolean", description="Fail where published recordings are gone."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def daily_call_qa():
    @task
    def look_back(params=None, dag_run=None, ti=None):
        return stages.days_to_run_again(params, dag_run, ti)

    @task
    def fetch(params=None, dag_run=None):
        return stages.fetch(params, dag_run)

    @task
    def shards(run):
        return run["shards"]

    @task_group
    def shard(path, run):
        @task(execution_timeout=timedelta(hours=1), **NAMED)
        def prepare(path, run):
            return stages.prepare(path, run)

        @task(execution_timeout=timedelta(hours=2), pool="gpu", queue="gpu", executor_config=pods.gpu(), **NAMED)
        def transcribe(prepared, run):
            return stages.transcribe(prepared, run)

        @task(**NAMED)
        def parse(transcribed, run):
            return stages.parse(transcribed, run)

        @task(**NAMED)
        def judge(parsed, run):
            return stages.judge(parsed, run)

        return judge(parse(transcribe(prepare(path, run), run), run), run)

    @task
    def export(judged, run):
        return stages.export(judged, run)

    @task
    def gate(exported, run):
        return stages.gate(exported, run)

    @task.branch
    def verdict(gated):
        return "publish" if gated["passed"] else "quarantine"

    @task(on_success_callback=notifying.day_refused)
    def quarantine(exported, gated, run, ti=None):
        return {**stages.conclude(exported, gated, run, ti.try_number), "day": run["day"]}

    @task.branch
    def decided(decision, refused, run):
        return "publish" if stages.publishes(decision, refused, run) else "report"

    @task(outlets=[PUBLISHED], trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def publish(exported, gated, run, ti=None, outlet_events=None):
        if gated["passed"]:
            published = stages.conclude(exported, gated, run, ti.try_number)
        else:
            decision, refused = ti.xcom_pull(task_ids="decide"), ti.xcom_pull(task_ids="quarantine")
            published = stages.publish_approved(decision, refused, run)
        outlet_events[PUBLISHED].extra = {"day": run["day"], "sequence": published["sequence"]}
        return published

    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def report(exported, gated, run):
        return stages.report(exported, gated, run)

    run = fetch()
    turns.TurnSensor(task_id="turn") >> run
    TriggerDagRunOperator.partial(
        task_id="run_again", trigger_dag_id="daily_call_qa", logical_date=None, skip_when_already_exists=True
    ).expand_kwargs(look_back())
    exported = export(shard.partial(run=run).expand(path=shards(run)), run)
    gated = gate(exported, run)
    refused = quarantine(exported, gated, run)
    decide = decisions.decide(SETTINGS.gate, refused_by="quarantine")
    published = publish(exported, gated, run)
    passed, answered = verdict(gated), decided(decide.output, refused, run)
    passed >> [published, refused]
    refused >> decide
    [published, answered] >> report(exported, gated, run)
    answered >> published


daily_call_qa()
