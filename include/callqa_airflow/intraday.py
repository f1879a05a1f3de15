"""The bodies of the tasks of `intraday_call_qa`, as `callqa_airflow.stages` has them of `daily_call_qa`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from callqa.errors import GateRefused, RunAtWorkError
from callqa_airflow import connections, turns

if TYPE_CHECKING:
    from callqa.settings import Settings

log = logging.getLogger(__name__)

Result = dict[str, Any]


def look(params: Result, dag_run: Any, ti: Any) -> Result:
    """List today, and take its turn, where something of it is new; the result is the `run` of the other tasks.

    Raises:
        AirflowSkipException: there is nothing new, or another run of the day is at work; the next look is soon.
        SourceError: the source cannot be read.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    from callqa import intraday, pipeline

    given = {"source": params.get("source"), "lake": params.get("lake")}
    settings = connections.opened(_settings(given))
    day = pipeline.parse_day(params["day"]) if params.get("day") else intraday.today(settings)
    try:
        with turns.given_back_on_failure(settings, day, dag_run, ti):
            run = intraday.begin(settings, day, dag_run.run_id)
            if "nothing" in run:
                raise AirflowSkipException(f"{day}: {run['nothing']}")
    except RunAtWorkError as error:
        raise AirflowSkipException(error.message) from None
    return {**run, **given}


def hear(shard: str, run: Result) -> None:
    """One shard from recordings to findings; its files say the rest."""
    from callqa import intraday

    intraday.hear(connections.opened(_settings(run)), run, shard)


def export(run: Result) -> Result:
    """All shards → the day's files so far."""
    from callqa import intraday

    return intraday.export(connections.opened(_settings(run)), run)


def gate(exported: Result, run: Result) -> Result:
    """The day's files → the gate's verdict."""
    from callqa import intraday

    return intraday.gate(_settings(run), run, exported)


def publish(exported: Result, gated: Result, run: Result, attempt: int) -> Result:
    """Publish the day so far.

    Raises:
        GateRefused: the gate did not let it pass; readers have what they had.
        StalePublicationError: somebody else published the day meanwhile.
    """
    from callqa import intraday

    settings = _settings(run)
    outcome = intraday.conclude(settings, run, exported, gated, attempt)
    turns.give_back(settings, run)
    if not outcome["published"]:
        raise GateRefused(
            f"the quality gate refused {run['day']} so far: {'; '.join(outcome['reasons'])}",
            remedy=f"see {outcome['quarantine']}; it is tried again when there are other recordings, and tonight",
        )
    return outcome


def _settings(given: Result) -> Settings:
    from callqa import settings

    # A form leaves an empty text where nothing was given.
    return settings.load().with_folders(source=given["source"] or None, lake=given["lake"] or None)
