"""The bodies of the tasks of `report_day`, and what is told of a day that was refused or failed.

Whom messages go to is `callqa.notify`'s; here is what only Airflow knows: whether a day was published by a backfill,
which lake its run wrote, and the connections in which addresses are kept. No callback fails or delays a day: what goes
wrong is one warning in the task's log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callqa.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    import datetime as dt

    from callqa.notify import Sent
    from callqa.settings import Settings

CALLBACK_SECONDS = 30.0
"""That a callback sends for; what is left is sent by the next run."""
COST_SECONDS = 30.0
"""After a publication, in which its run tells what it took; not waited for in backfills, whose runs need the slots."""
REASONS_SHOWN = 10

log = logging.getLogger(__name__)

Result = dict[str, Any]
Context = Mapping[str, Any]


def days(params: Result, events: Iterable[Any]) -> list[Result]:
    """The days that a run of `report_day` is about, each once: the one that a person names, or those published.

    An entry has `day`, `lake`, `told_of`: the publications (their sequences) that people may hear of, and `silent`: why
    there is none, or nothing. For a day that a person names `told_of` is empty: whatever it is, they hear of it.
    """
    if params.get("day"):
        silent = "" if params["notify"] else "not asked to"
        return [{"day": params["day"], "told_of": [], "lake": params.get("lake") or None, "silent": silent}]
    found: dict[tuple[str, str | None], Result] = {}
    for event in sorted(events, key=lambda event: int(event.extra["sequence"])):
        _add(found, event)
    if not found:
        raise UsageError(
            "this run names no day and no publication started it",
            remedy='trigger it with the parameter {"day": "2026-01-05"}',
        )
    return [{**entry, "silent": "" if entry["told_of"] else entry["silent"]} for entry in found.values()]


def _add(found: dict[tuple[str, str | None], Result], event: Any) -> None:
    """Airflow starts one run for all publications since the last: one that is silent must not silence another."""
    run = event.source_dag_run
    conf = dict((run and run.conf) or {})
    day, lake = event.extra["day"], conf.get("lake") or None
    entry = found.setdefault((day, lake), {"day": day, "told_of": [], "lake": lake, "silent": ""})
    silent = "" if conf.get("notify") else _why_silent(event, run, conf)
    if silent:
        entry["silent"] = silent
    else:
        entry["told_of"].append(event.extra["sequence"])


def _why_silent(event: Any, run: Any, conf: Mapping[str, Any]) -> str:
    backfill = run.run_type == "backfill" if run else str(event.source_run_id).startswith("backfill__")
    if backfill:
        return f"published by the backfill {event.source_run_id}"
    if conf.get("lake") or conf.get("source"):
        return f"published by a trial, {event.source_run_id}"
    return "" if conf.get("notify", True) is not False else f"{event.source_run_id} asked for that"


def report(entry: Result) -> Result:
    """Write the day's pages; where they are, and whether they are new."""
    from callqa import pipeline, reports
    from callqa_airflow import connections

    _name(entry)
    settings = connections.opened(_settings(entry["lake"]))  # its clips are cut out of the recordings
    patience = COST_SECONDS if entry["told_of"] else 0.0
    made = reports.run(settings, pipeline.parse_day(entry["day"]), patience=patience)
    return {"folder": made["folder"], "changed": made["changed"], "periods": sorted(made["periods"])}


def notify(entry: Result, attempt: int, attempts: int) -> Result:
    """Tell people what was published, and send what was pending; counts of messages by what became of them.

    Raises:
        DeliveryError: some could not be sent, and there is another attempt; the last one ends green, with warnings.
    """
    from callqa import notify as people
    from callqa import pipeline

    _name(entry)
    settings, day = _settings(entry["lake"]), pipeline.parse_day(entry["day"])
    why = [entry["silent"]] if entry["silent"] else [people.why_silent(settings, day, one) for one in entry["told_of"]]
    silent = why[-1] if why and all(why) else ""
    if silent:
        log.info("nobody is told of %s: %s", day, silent)
        sent = people.flush(settings, connections=address_of)
    else:
        sent = people.send(settings, day, connections=address_of)
    return {**_counts(sent, attempt, attempts), "silent": silent}


def _counts(sent: Sent, attempt: int, attempts: int) -> Result:
    for warning in sent.warnings:
        log.warning("%s", warning)
    pending = sent.count("pending")
    if pending and attempt < attempts:
        raise DeliveryError(
            f"{pending} message(s) could not be sent yet",
            remedy="see the warnings above; they are tried again, and nobody is told anything twice",
        )
    return {state: count for state, count in sent.plain().items() if isinstance(count, int)}


def day_refused(context: Context) -> None:
    """`on_success_callback` of the task that puts a refused day into the quarantine: somebody has to decide."""

    def told() -> Sent | None:
        refused = context["ti"].xcom_pull(task_ids=context["ti"].task_id)
        settings = _of_run(context)
        reasons = refused["reasons"]
        more = [f"… (+{len(reasons) - REASONS_SHOWN})"] if len(reasons) > REASONS_SHOWN else []
        lines = [*reasons[:REASONS_SHOWN], *more]
        return _tell(context, settings, "refused", refused["day"], lines, page="required_actions")

    _quietly(context, told)


def day_failed(context: Context) -> None:
    """`on_failure_callback` of `daily_call_qa` and its tasks: one message for each run, however many of them fail."""

    def told() -> Sent | None:
        from callqa_airflow import stages

        task_id = context["ti"].task_id
        if task_id == "report":  # it fails where a day was refused, which was told
            return None
        settings = _of_run(context)
        try:
            day = stages.day_of(dict(context["params"]), context["dag_run"], settings)
        except UsageError:  # a run that is about no day
            return None
        error = context.get("exception")
        # The error's own text may name a file, and so a call.
        kind = f" ({type(error).__name__})" if isinstance(error, BaseException) else ""
        return _tell(context, settings, "failed", day.isoformat(), [f"{task_id}{kind}"])

    _quietly(context, told)


def tell(
    settings: Settings, event: str, day: dt.date | None, *, key: str, lines: Sequence[str] = (), link: str = ""
) -> Sent:
    """`callqa.notify.tell`, for whoever runs inside Airflow: its connections may hold addresses."""
    from callqa import notify as people

    return people.tell(
        settings, event, day, key=key, lines=lines, link=link, connections=address_of, limit_seconds=CALLBACK_SECONDS
    )


def address_of(connection: str) -> str:
    """The address that an Airflow connection keeps: its password.

    Raises:
        UsageError: there is no such connection.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowException

    try:
        return str(Connection.get(connection).password or "")
    except AirflowException as error:
        raise UsageError(
            f"there is no connection {connection}",
            remedy="make one in Airflow (Admin, Connections), with an Apprise URL as its password",
        ) from error


def _tell(
    context: Context, settings: Settings, event: str, day: str, lines: Sequence[str], page: str = ""
) -> Sent | None:
    from callqa import pipeline

    run = context["dag_run"]
    key = f"{run.run_id} {getattr(run, 'clear_number', None) or 0}"
    lines = [*lines, f"{run.dag_id} {run.run_id}"]
    return tell(settings, event, pipeline.parse_day(day), key=key, lines=lines, link=_link(run, page))


def _link(run: Any, page: str) -> str:
    """To the run in Airflow, where `[api] base_url` says how people reach it."""
    from urllib.parse import quote

    from airflow.sdk.configuration import conf

    base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    place = f"dags/{quote(run.dag_id)}/runs/{quote(run.run_id, safe='')}"
    return f"{base}/{place}{'/' + page if page else ''}" if base else ""


def _quietly(context: Context, told: Callable[[], Sent | None]) -> None:
    """Tell, unless it is a backfill's or a trial's run that nobody asked to tell of; never fail."""
    try:
        run = context["dag_run"]
        conf = dict(run.conf or {})
        trial = any(context["params"].get(name) for name in ("lake", "source"))
        if (run.run_type == "backfill" or trial) and not conf.get("notify"):
            return
        sent = told()
        for warning in sent.warnings if sent else ():
            log.warning("%s", warning)
    except Exception as error:  # noqa: BLE001 - people are told beside the day, and never in its way
        log.warning("nobody could be told: %s: %s", type(error).__name__, error)


def _of_run(context: Context) -> Settings:
    return _settings(context["params"].get("lake") or None)


def _name(entry: Result) -> None:
    """Show the task under its day in Airflow's pages: `day` in its `map_index_template`."""
    from airflow.sdk import get_current_context

    get_current_context().update({"day": entry["day"]})  # type: ignore[misc]


def _settings(lake: str | None) -> Settings:
    from callqa import settings

    return settings.load().with_folders(lake=lake)
