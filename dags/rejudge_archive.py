"""Rules run again over published days: new findings and calls from the turns of then, no audio touched.

For a new rule, a changed word list, or a rule that was wrong for a month. Name the days, and the rules or packs if not
all: `{"from": "2026-01-05", "to": "2026-01-07", "rules": ["HR01"]}`. What rules that are not chosen said stays as
published. `"dry_run": true` only reports what would change, in `difference.json` of each day's folder of runs.

Each published day goes through `begin`, `judge`, `export`, `gate` and `publish` on its own, two days at once; turns and
events stay as they are. `judge` waits while another run is at work on the day, and holds others up until the day is
published. A day in which nothing changes is not published again, one that the gate refuses stays as it was, and one
that somebody else published all the same is refused: clear that day's tasks from `begin` on. `report` says what became
of every day, and ends red where one was not done.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, task, task_group

from callqa import settings
from callqa_airflow import lineage, rejudging
from callqa_airflow.assets import PUBLISHED
from callqa_airflow.retries import defaults

AT_ONCE = 2
"""Days at once: each holds a shard of its turns in memory, and at the gate its whole numbers."""
DATE = {"type": "string", "format": "date"}
NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}}
FOLDER = {"type": ["null", "string"], "minLength": 1}
FAILED = [lineage.rejudged_day_failed, rejudging.day_failed]
OF_A_DAY = {"max_active_tis_per_dagrun": AT_ONCE, "map_index_template": "{{ day }}"}


@dag(
    schedule=None,
    start_date=pendulum.datetime(2020, 1, 1, tz=settings.load().source.timezone),
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=20),
    default_args=defaults() | {"execution_timeout": timedelta(hours=1), "on_failure_callback": FAILED},
    params={
        "from": Param(**DATE, description="The first business day."),
        "to": Param(**DATE, description="The last business day, included."),
        "rules": Param([], **NAMES, description="Ids of the rules to run; with no packs either: all."),
        "packs": Param([], **NAMES, description="Packs all of whose rules to run."),
        "dry_run": Param(False, type="boolean", description="Report the difference, publish nothing."),
        "lake": Param(None, **FOLDER, description="Folder of runs and the warehouse; empty: as in qa.toml."),
    },
    description=__doc__.partition("\n")[0],
    doc_md=__doc__,
    tags=["callqa"],
)
def rejudge_archive():
    @task
    def plan(params=None, dag_run=None):
        return rejudging.plan(params, dag_run.run_id)

    @task
    def days(planned):
        return planned["days"]

    @task_group
    def day(entry):
        @task(**OF_A_DAY)
        def begin(entry):
            return rejudging.begin(entry)

        @task(**OF_A_DAY)
        def judge(run, dag_run=None, ti=None):
            return rejudging.judge(run, dag_run, ti)

        @task(**OF_A_DAY)
        def export(run, judged):
            return rejudging.export(run, judged)

        @task(**OF_A_DAY)
        def gate(run, exported):
            return rejudging.gate(run, exported)

        @task(outlets=[PUBLISHED], **OF_A_DAY)
        def publish(run, judged, exported, gated, ti=None, outlet_events=None):
            published = rejudging.publish(run, judged, exported, gated, ti.try_number)
            outlet_events[PUBLISHED].extra = {"day": run["day"], "sequence": published["sequence"]}

        run = begin(entry)
        judged = judge(run)
        exported = export(run, judged)
        publish(run, judged, exported, gate(run, exported))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report(planned):
        return rejudging.report(planned)

    planned = plan()
    day.expand(entry=days(planned)) >> report(planned)


rejudge_archive()
