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
NOT_FOUND = 404

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


def wait(settings: Settings, day: dt.date, dag_run: Any, ti: Any) -> None:
    """Take the turn of a day for a run; a task that has to wait for it ends, and comes again.

    Raises:
        AirflowRescheduleException: another run has it.
    """
    from airflow.sdk.exceptions import AirflowRescheduleException

    if not has_come(settings, day, dag_run, ti):
        again = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=EVERY)
        raise AirflowRescheduleException(again)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def given_back_on_failure(settings: Settings, day: dt.date, dag_run: Any, ti: Any = None) -> Iterator[None]:
    """Take a turn that the run has already or that nobody has, and end it where the block does not end well.

    Where the source does not answer the run keeps it: the task is tried again, and nobody is to come in between.

    Raises:
        RunAtWorkError: another run has it.
    """
    from callqa import turns
    from callqa.errors import UnreachableError

    take(settings, day, dag_run, ti)
    try:
        yield
    except UnreachableError:
        raise
    except BaseException:
        turns.give_back(settings.lake.root, day, dag_run.run_id)
        raise


def give_back(settings: Settings, run: Any) -> None:
    """End the turn of a run, as `stages.fetch` described it."""
    from callqa import pipeline, turns

    turns.give_back(settings.lake.root, pipeline.parse_day(run["day"]), run["run_id"])


def run_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of a DAG: end the turns of its run.

    Other runs could ask Airflow whether it is still there; the command line cannot.
    """
    from callqa import settings, turns

    # Of a run none of whose tasks began Airflow says nothing but its name.
    params, dag_id, run_id = context.get("params") or {}, context["dag"].dag_id, context["run_id"]
    lake = settings.load().with_folders(lake=params.get("lake") or None).lake.root
    for day in turns.held_by(lake, run_id, dag_id):
        log.info("%s: the turn of %s is over", day, run_id)
        turns.give_back(lake, day, run_id)


def asking(ti: Any) -> Callable[[Holder], bool]:
    """Whether a run of Airflow's has ended, asked through the task that wants to know; without one nobody can tell."""

    def is_over(holder: Holder) -> bool:
        if ti is None:
            return False
        try:
            return state_of(ti, holder.by, holder.run_id) in (*OVER, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody can tell
            log.warning("run %s of %s cannot be asked about: %s", holder.run_id, holder.by, error)
            return False

    return is_over


def state_of(ti: Any, dag_id: str, run_id: str) -> Any:
    """The state of a run (an enumeration's member, whose text is not its value), None where there is no such run."""
    try:
        return ti.get_dagrun_state(dag_id, run_id)
    except Exception as error:
        if _status(error) == NOT_FOUND:
            return None
        raise


def _status(error: Exception) -> Any:
    """HTTP's: of what a task's supervisor hands on, or of its client's error, where both are one process."""
    detail = getattr(getattr(error, "error", None), "detail", None)
    if isinstance(detail, dict):
        return detail.get("status_code")
    return getattr(getattr(error, "response", None), "status_code", None)
