"""The bodies of the tasks of `rejudge_archive`, as `callqa_airflow.stages` has them of `daily_call_qa`.

Every function may be run again at any time: the steps find what is finished.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callqa.errors import GateRefused, StageError, UnfinishedDaysError
from callqa_airflow import lineage, turns

if TYPE_CHECKING:
    from callqa.settings import Settings

OUTCOME = "outcome.json"
"""What became of a day, in its run's folder."""
SUMMARY = "summary.json"
"""Of all days, in the folder of the whole run."""
DONE = ("published", "unchanged", "difference", "skipped")
"""Outcomes with which a day is finished."""

log = logging.getLogger(__name__)

Result = dict[str, Any]


def plan(params: Result, run_id: str) -> Result:
    """Which days there are to do: `days`, and `skipped` with the reason of each.

    Raises:
        UsageError: the dates are none, or a rule or pack is nowhere.
        RulePackError: the installed rules cannot be used.
    """
    from callqa import pipeline, rejudge
    from callqa.rejudge import archive

    settings = _settings(params)
    days = archive.days_between(pipeline.parse_day(params["from"]), pipeline.parse_day(params["to"]))
    choice = rejudge.Choice.of(params)
    rejudge.check(settings, days, choice)
    there = archive.newest(settings.lake, days)
    given = {"choice": choice.plain(), "dry_run": bool(params["dry_run"]), "lake": params.get("lake"), "run_id": run_id}
    skipped = [{"day": str(d), "outcome": "skipped", "reason": archive.NEVER} for d in days if d not in there]
    for entry in skipped:
        log.info("%s is skipped: %s", entry["day"], entry["reason"])
    return {**given, "days": [{**given, "day": str(day)} for day in there], "skipped": skipped}


def begin(entry: Result) -> Result:
    """Which publication of the day is judged again.

    Raises:
        StageError: `plan` saw one, and there is none any more.
    """
    _name(entry)
    run = _begun(entry)
    lineage.began(_settings(entry), run["day"], rejudges=run["based_on"], dry_run=entry["dry_run"])
    _leave(run, {"day": run["day"], "outcome": "unfinished"})
    return {**run, "dry_run": entry["dry_run"], "lake": entry["lake"]}


def _begun(given: Result) -> Result:
    from callqa import pipeline
    from callqa.rejudge import Choice, steps

    day, choice = pipeline.parse_day(given["day"]), Choice.of(given["choice"])
    run = steps.begin(_settings(given), day, given["run_id"], choice)
    if "skipped" in run:
        raise StageError(f"{run['day']}: {run['skipped']}", remedy="its publication is gone: run the day again")
    return run


def judge(run: Result, dag_run: Any, ti: Any) -> Result:
    """The day's turns → new findings and calls, and the difference; in the day's turn, unless it is a dry run.

    With many days `begin` is long ago: what is judged is what is published now, `based_on` in the answer.

    Raises:
        AirflowRescheduleException: another run is at work on the day; the task waits for it without a worker's slot.
        StageError: nothing of the day is published any more.
    """
    from callqa import pipeline
    from callqa.rejudge import days, steps

    _name(run)
    settings = _settings(run)
    if not run["dry_run"]:
        turns.wait(settings, pipeline.parse_day(run["day"]), dag_run, ti)
    run = {**run, **_begun(run)}
    judged = steps.judge(settings, run)
    entry = days.of_day(run, judged, dry_run=run["dry_run"])
    _leave(run, entry)
    log.info("%s", entry)
    return {**judged, "based_on": run["based_on"]}


def export(run: Result, judged: Result) -> Result:
    """The day's files; skipped, with all that follows, where there is nothing to publish."""
    from airflow.sdk.exceptions import AirflowSkipException

    from callqa.rejudge import steps

    _name(run)
    run = {**run, "based_on": judged["based_on"]}
    if judged["same"] or run["dry_run"]:
        dry_run = not judged["same"]
        lineage.nothing_published(_settings(run), run["day"], rejudges=run["based_on"], dry_run=dry_run)
        turns.give_back(_settings(run), run)
    if judged["same"]:
        raise AirflowSkipException(f"{run['day']}: nothing changes, so nothing is published")
    if run["dry_run"]:
        raise AirflowSkipException(f"{run['day']}: a dry run publishes nothing; see {judged['difference']}")
    return steps.export(_settings(run), run, judged)


def gate(run: Result, exported: Result) -> Result:
    """The day's files → the gate's verdict."""
    from callqa.rejudge import steps

    _name(run)
    return steps.gate(_settings(run), run, exported)


def publish(run: Result, judged: Result, exported: Result, gated: Result, attempt: int) -> Result:
    """Publish the day, or put it into quarantine and fail.

    Raises:
        GateRefused: the gate refused the day; readers still see what they saw before.
        StalePublicationError: somebody else published the day since `judge`; nothing of theirs was changed.
    """
    from callqa.rejudge import days, steps

    _name(run)
    run = {**run, "based_on": judged["based_on"]}
    concluded = steps.conclude(_settings(run), run, exported, gated, attempt)
    turns.give_back(_settings(run), run)
    _leave(run, days.of_day(run, judged, concluded, gated))
    lineage.ended(_settings(run), run["day"], concluded, gated, exported, rejudges=run["based_on"])
    if not concluded["published"]:
        raise GateRefused(
            f"the quality gate refused {run['day']}: {'; '.join(concluded['reasons'])}",
            remedy=f"see {concluded['quarantine']}; mend the cause, then clear the day's tasks from begin on",
        )
    return concluded


def report(planned: Result) -> Result:
    """What became of every day, as counts; the whole of it is in `<lake>/runs/<run>/summary.json`.

    Raises:
        UnfinishedDaysError: a day was not done.
    """
    from callqa import storage
    from callqa.rejudge import difference

    lake = _settings(planned).lake.root
    entries = [_found(lake, entry["day"], planned["run_id"]) for entry in planned["days"]]
    entries = sorted([*entries, *planned["skipped"]], key=lambda entry: str(entry["day"]))
    changes = difference.together([entry["changes"] for entry in entries if "changes" in entry])
    whole = {"run_id": planned["run_id"], "choice": planned["choice"], "dry_run": planned["dry_run"]}
    path = storage.write_json(
        storage.run_folder(lake, planned["run_id"]) / SUMMARY, {**whole, "days": entries, "changes": changes}
    )
    for entry in entries:
        log.info("%s: %s %s", entry["day"], entry["outcome"], entry.get("reason") or "")
    left = [f"{entry['day']} ({entry['outcome']})" for entry in entries if entry["outcome"] not in DONE]
    if left:
        raise UnfinishedDaysError(
            f"{len(left)} of {len(entries)} days are not done: {', '.join(left)}",
            remedy="the red tasks of these days say why; mend the cause and clear them from begin on",
        )
    counts = {name: sum(entry["outcome"] == name for entry in entries) for name in DONE}
    return {**counts, "rules": changes["rules"], "summary": path}


def day_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of the tasks of a day: end its turn, for the run may go on with other days for hours."""
    ti = context["ti"]
    run = ti.xcom_pull(task_ids="day.begin", map_indexes=ti.map_index) if ti.map_index >= 0 else None
    if run:
        turns.give_back(_settings(run), run)


def _name(run: Result) -> None:
    """Show the task under its day in Airflow's pages: `day` in its `map_index_template`."""
    from airflow.sdk import get_current_context

    get_current_context().update({"day": run["day"]})  # type: ignore[misc]


def _leave(run: Result, entry: Result) -> None:
    from callqa import storage

    storage.write_json(Path(run["run_dir"]) / OUTCOME, entry)


def _found(lake: str, day: str, run_id: str) -> Result:
    """What the day's steps left of it; nothing where they failed before there was anything to say."""
    from callqa import storage

    path = storage.run_folder(lake, f"{day}__{run_id}") / OUTCOME
    found: Result = storage.read_json(path) if path.is_file() else {"day": day, "outcome": "unfinished"}
    return found


def _settings(given: Result) -> Settings:
    """qa.toml and the environment, with the run's own lake where it was given one."""
    from callqa import settings

    # A form leaves an empty text where nothing was given.
    return settings.load().with_folders(lake=given["lake"] or None)
