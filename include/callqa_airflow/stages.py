"""The bodies of the tasks of `daily_call_qa`: Airflow's values in, callqa's stages called, paths and counts out.

A DAG file imports this module each time it is parsed, so everything else is imported where it is used. Every function
may be run again at any time: the stages find what is finished.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from callqa.errors import EmptyDayError, GateRefused, UsageError
from callqa_airflow import backfills, connections, late, lineage, turns
from callqa_airflow.days import business_day
from callqa_airflow.task_logs import about

if TYPE_CHECKING:
    import datetime as dt

    from callqa.settings import Settings

OUTCOME = "outcome.json"
"""What `conclude` returned, for `report`: of two tasks that either may have run, Airflow hands over neither quietly."""

SUMMARY = "summary.json"
"""A run's outcome as `callqa.pipeline.summary` tells it, in the run's folder; written whether or not it published."""

log = logging.getLogger(__name__)

Result = dict[str, Any]


def fetch(params: Result, dag_run: Any) -> Result:
    """Decide the day, begin its run and list its recordings.

    The result is the `run` that the other tasks take: what `pipeline.begin` and the fetch stage return, and the
    `source` and `lake` that the run was given instead of those of qa.toml.

    Raises:
        UsageError: nobody said which day.
        SourceError: the source cannot be read (EmptyDayError: it has nothing for the day).
        RunAtWorkError: another run has the turn of the day.
    """
    from callqa import pipeline

    given = {"source": params.get("source"), "lake": params.get("lake")}
    settings = connections.opened(_settings(given))
    day = day_of(params, dag_run, settings)
    log.info("business day %s", day)
    with turns.given_back_on_failure(settings, day, dag_run):
        backfills.leave_published_alone(settings, day, dag_run)
        lineage.began(settings, day)
        run = pipeline.begin(settings, day, dag_run.run_id)
        try:
            with about(run):
                fetched = pipeline.run_fetch(backfills.for_empty_days(settings, dag_run), day, run["run_dir"])
        except EmptyDayError:
            backfills.leave_empty_alone(settings, day, dag_run)
            raise
        late.look_for_gone(settings, day, fetched["manifest"], refuse=bool(params.get("only_grow")))
    return {**fetched, **run, **given, "backfill": backfills.is_backfill(dag_run)}


def days_to_run_again(params: Result, dag_run: Any, ti: Any) -> list[Result]:
    """What starts runs of the days before this one that have late recordings.

    Raises:
        UsageError: nobody said which day.
        UnreachableError: the source does not answer.
    """
    if not late.looks_back(dag_run):
        return []
    given = {"source": params.get("source"), "lake": params.get("lake")}
    settings = _settings(given)
    return late.to_run_again(settings, day_of(params, dag_run, settings), given, ti)


def turn_has_come(params: Result, dag_run: Any, ti: Any) -> bool:
    """Whether no other run of this day is at work, so that this one may begin."""
    settings = _settings({"source": params.get("source"), "lake": params.get("lake")})
    try:
        day = day_of(params, dag_run, settings)
    except UsageError:  # `fetch` says so
        return True
    return turns.has_come(settings, day, dag_run, ti)


def day_of(params: Result, dag_run: Any, settings: Settings) -> dt.date:
    """The business day of a run.

    Raises:
        UsageError: nobody said which.
    """
    return business_day(
        params.get("day"),
        run_type=dag_run.run_type,
        logical_date=dag_run.logical_date,
        data_interval_start=dag_run.data_interval_start,
        timezone=settings.source.timezone,
    )


def prepare(shard: str, run: Result) -> Result:
    """Recordings of one shard → clips."""
    from callqa import pipeline

    with about(run):
        return pipeline.prepare_shard(connections.opened(_settings(run)), shard, run["run_dir"])


def transcribe(prepared: Result, run: Result) -> Result:
    """Clips of one shard → segments."""
    from callqa import pipeline

    with about(run):
        return pipeline.transcribe_shard(_settings(run), prepared, run["run_dir"])


def parse(transcribed: Result, run: Result) -> Result:
    """Segments of one shard → turns and events."""
    from callqa import pipeline

    with about(run):
        return pipeline.parse_shard(_settings(run), transcribed, run["run_dir"])


def judge(parsed: Result, run: Result) -> Result:
    """Turns of one shard → findings and calls."""
    from callqa import pipeline

    with about(run):
        return pipeline.judge_shard(_settings(run), parsed, run["run_dir"])


def export(judged: Any, run: Result) -> Result:
    """All shards → the day's files."""
    from callqa import pipeline

    with about(run):
        return pipeline.run_export(every_shard(judged), pipeline.parse_day(run["day"]), run["run_dir"])


def every_shard(judged: Any) -> list[Result]:
    """The shards' results as a list: of a mapped group of exactly one Airflow hands over the bare result."""
    return [judged] if isinstance(judged, dict) else list(judged)


def gate(exported: Result, run: Result) -> Result:
    """The day's files → the gate's verdict."""
    from callqa import pipeline

    with about(run):
        return pipeline.run_gate(_settings(run), run, exported, run["manifest"])


def conclude(exported: Result, gated: Result, run: Result, attempt: int) -> Result:
    """Publish the day, or put it into quarantine, as the gate said; the outcome is left in the run's folder."""
    from callqa import pipeline

    with about(run):
        return _leave(run, pipeline.conclude(_settings(run), run, exported, gated, attempt=attempt))


def publishes(decision: Result, refused: Result, run: Result) -> bool:
    """Whether a day that the gate refused is published, as a person decided; a rejection is carried out here."""
    from callqa_airflow import decisions

    if decisions.approved(decision, refused):
        return True
    _leave(run, decisions.conclude(_settings(run), decision, refused))
    return False


def publish_approved(decision: Result, refused: Result, run: Result) -> Result:
    """Publish a day out of the quarantine; the outcome is left in the run's folder.

    Raises:
        AirflowSkipException: somebody rejected the day since it was approved here: nothing is published.
        StalePublicationError: somebody else published the day meanwhile.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    from callqa_airflow import decisions

    with about(run):
        outcome = _leave(run, decisions.conclude(_settings(run), decision, refused))
    if not outcome["published"]:
        raise AirflowSkipException(f"{run['day']} was rejected meanwhile, by {outcome['decision']['by']}")
    return outcome


def _leave(run: Result, outcome: Result) -> Result:
    from callqa import storage

    storage.write_json(f"{run['run_dir']}/{OUTCOME}", outcome)
    turns.give_back(_settings(run), run)
    return outcome


def report(exported: Result, gated: Result, run: Result) -> Result:
    """Write the run's summary and return its counts; a day that is not published fails the run here.

    Raises:
        GateRefused: nothing of the day was published; the message says why and where its files are.
    """
    from callqa import observed, pipeline, storage

    outcome = storage.read_json(f"{run['run_dir']}/{OUTCOME}")
    lineage.ended(_settings(run), run["day"], outcome, gated, {**exported, "manifest": run["manifest"]})
    with about(run):
        summary = observed.ended(_settings(run), pipeline.summary(run, exported, gated, outcome))
    path = f"{run['run_dir']}/{SUMMARY}"
    backfills.ended(_settings(run), run, summary)
    counts = {name: value for name, value in summary.items() if isinstance(value, int | str)}
    counts |= {"findings": summary["findings"], "cost": summary["cost"], "summary": path}
    log.info("%s", counts)
    if not outcome["published"]:
        raise GateRefused(
            f"the quality gate refused {run['day']}{_rejected(outcome)}: {'; '.join(outcome['reasons'])}",
            remedy=f"see {outcome['quarantine']}; mend the cause, then clear the run's tasks from fetch on, or"
            f" `callqa quarantine approve {run['day']}`",
        )
    return counts


def _rejected(outcome: Result) -> str:
    decision = outcome.get("decision") or {}
    return f", and {decision['by']} rejected it ({decision['reason']})" if decision.get("by") else ""


def _settings(given: Result) -> Settings:
    """qa.toml and the environment, with the run's own `source` and `lake` where it was given them."""
    from callqa import settings

    # A form leaves an empty text where nothing was given.
    return settings.load().with_folders(source=given["source"] or None, lake=given["lake"] or None)
