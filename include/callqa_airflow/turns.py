"""Turns among Airflow's runs: `callqa.turns`, with Airflow asked whether a run that has one is still there."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from callqa.errors import RunAtWorkError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from callqa.settings import Settings
    from callqa.turns import Holder

OVER = ("success", "failed")
EVERY = 15.0
"""Seconds between two looks whether it is one's turn."""
LONGEST = 6 * 3600.0

log = logging.getLogger(__name__)


class TurnSensor(BaseSensorOperator):
    """Waits, without a worker's slot, until no other run of the day is at work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"mode": "reschedule", "poke_interval": EVERY, "timeout": LONGEST, **kwargs})

    def poke(self, context: Context) -> bool:
        """Take the turn where it is free."""
        from callqa_airflow import stages

        return stages.turn_has_come(dict(context["params"]), context["dag_run"], context["ti"])


def has_come(settings: Settings, day: dt.date, dag_run: Any, ti: Any) -> bool:
    """Whether this run has the turn of a day; where another one has it, the log says which."""
    try:
        take(settings, day, dag_run, ti)
    except RunAtWorkError as error:
        log.warning("waiting: %s", error.message)
        return False
    return True


def take(settings: Settings, day: dt.date, dag_run: Any, ti: Any = None) -> None:
    """Take the turn of a day for a run.

    Raises:
        RunAtWorkError: another run has it.
    """
    from callqa import turns

    turns.take(settings.lake.root, day, run_id=dag_run.run_id, by=dag_run.dag_id, is_over=asking(ti))


@contextlib.contextmanager
def given_back_on_failure(settings: Settings, day: dt.date, dag_run: Any) -> Iterator[None]:
    """Take a turn that the run has already or that nobody has, and end it where the block does not end well.

    Raises:
        RunAtWorkError: another run has it.
    """
    from callqa import turns

    take(settings, day, dag_run)
    try:
        yield
    except BaseException:
        turns.give_back(settings.lake.root, day, dag_run.run_id)
        raise


def give_back(settings: Settings, run: Any) -> None:
    """End the turn of a run, as `stages.fetch` described it."""
    from callqa import pipeline, turns

    turns.give_back(settings.lake.root, pipeline.parse_day(run["day"]), run["run_id"])


def day_failed(context: Mapping[str, Any]) -> None:
    """End the turn of a run that failed, so that others need not ask Airflow whether it is still there."""
    from callqa import settings
    from callqa.errors import CallQAError
    from callqa_airflow.stages import day_of

    params, dag_run = context["params"], context["dag_run"]
    try:
        chosen = settings.load().with_folders(lake=params.get("lake") or None)
        give_back(chosen, {"day": day_of(params, dag_run, chosen).isoformat(), "run_id": dag_run.run_id})
    except CallQAError as error:  # a run that named no day had no turn
        log.info("no turn to give back: %s", error.message)


def asking(ti: Any) -> Callable[[Holder], bool]:
    """Whether a run of Airflow's has ended, asked through the task that wants to know; without one nobody can tell."""

    def is_over(holder: Holder) -> bool:
        if ti is None:
            return False
        try:
            # An enumeration's member, whose text is not its value.
            return ti.get_dagrun_state(holder.by, holder.run_id) in OVER
        except Exception as error:  # noqa: BLE001 - what Airflow says of a run that was deleted depends on who asks
            log.warning("run %s of %s cannot be asked about: %s", holder.run_id, holder.by, error)
            return "not found" in str(error).lower() or "404" in str(error)

    return is_over
