"""OpenLineage's events of a day: what was read, what was written, what the gate said of it.

No event holds a name of a recording, an id of a call or a word that was said: of errors only their class, of checks
only the gate's own words and numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attr
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    RunFacet,
    documentation_job,
    error_message_run,
    job_type_job,
    nominal_time_run,
    parent_run,
    processing_engine_run,
)
from openlineage.client.uuid import generate_static_uuid

from callqa import contracts, storage
from callqa.settings import Settings
from callqa_airflow.lineage import checks, datasets
from callqa_airflow.lineage.datasets import made

PROVIDER = "apache-airflow-providers-openlineage"
DOCUMENTATION = {
    False: "A business day's recordings: transcribed, judged by the installed rules, gated and published.",
    True: "A published business day judged again by the installed rules, gated and published; no audio is touched.",
}
NO_FILE = "missing_file"
"""Why a row of the manifest has no recording."""

Facets = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day that a DAG run works on."""

    day: dt.date
    settings: Settings
    namespace: str
    """Of jobs: which Airflow it is."""
    dag_id: str
    run_id: str
    moment: dt.datetime
    """The DAG run's logical date, or from when on it was to run."""
    clear_number: int
    """How often the DAG run was cleared."""
    rejudges: int | None = None
    """The sequence of the publication that is judged again; None: the day is made from its recordings."""

    @property
    def uuid(self) -> str:
        """The run's id: the same for all tasks, their retries, and a DAG run that was cleared and goes on."""
        name = f"callqa.{self.namespace}.{self.dag_id}.{self.run_id}.{self.day}"
        return str(generate_static_uuid(instant=self.moment, data=name.encode()))


@attr.define
class PublicationRunFacet(RunFacet):
    """What became of the day, by the names of the warehouse's ledger. Its schema is that of any run facet."""

    day: str
    runId: str  # noqa: N815 - as OpenLineage spells
    """The DAG run's, as in `publications.run_id`."""
    outcome: str
    """`published`, `unchanged` (it already was), `refused`, or `dry run`."""
    sequence: int | None = None
    contentDigest: str | None = None  # noqa: N815
    gateResultId: str | None = None  # noqa: N815
    approved: bool | None = None
    """Whether a person published what the gate refused; the ledger says who and why."""
    rejudgedSequence: int | None = None  # noqa: N815


def began(day: Day, *, writes: bool) -> RunEvent:
    """START, with what is read and, where it `writes`, the tables that it is about to write."""
    outputs = [_written(day, table, {}) for table in contracts.TABLES] if writes else []
    return _event(day, RunState.START, inputs=_inputs(day), outputs=outputs)


def published(day: Day, outcome: Mapping[str, Any], gated: Mapping[str, Any], exported: Mapping[str, Any]) -> RunEvent:
    """COMPLETE of a day that is published, by this run or, where nothing changed, by an earlier one."""
    found = checks.of(gated)
    unchanged = bool(outcome.get("unchanged"))
    outputs = [
        _written(
            day,
            table,
            datasets.at(outcome["snapshots"][table]) | checks.assertions(table, found),
            **_counts(0 if unchanged else outcome["rows"][table], exported[table]),
        )
        for table in contracts.TABLES
    ]
    facet = _publication(
        day,
        "unchanged" if unchanged else "published",
        sequence=outcome["sequence"],
        contentDigest=outcome["content_digest"],
        gateResultId=gated["result_id"],
        approved=not gated["passed"],
    )
    run = {"test": checks.tests(found), **facet}
    return _event(day, RunState.COMPLETE, run, _inputs(day, exported.get("manifest")), outputs)


def nothing_published(day: Day, *, dry_run: bool) -> RunEvent:
    """COMPLETE of a day that was judged again and not published."""
    if dry_run:
        return _event(day, RunState.COMPLETE, _publication(day, "dry run"), _inputs(day))
    there = _rejudged(day)
    outputs = [
        _written(day, table, datasets.at(getattr(there, f"snapshot_{table}")), **_counts(0, ""))
        for table in contracts.TABLES
    ]
    facet = _publication(day, "unchanged", sequence=there.sequence, contentDigest=there.content_digest)
    return _event(day, RunState.COMPLETE, facet, _inputs(day), outputs)


def refused(day: Day, gated: Mapping[str, Any]) -> RunEvent:
    """FAIL of a day of which nothing was published, because the gate refused it."""
    message = f"the quality gate refused {day.day}: {', '.join(gated['blocking'])}"
    facets = {"test": checks.tests(checks.of(gated)), **_publication(day, "refused", gateResultId=gated["result_id"])}
    return _event(day, RunState.FAIL, {**facets, **_error(message)}, _inputs(day))


def failed(day: Day, task: str, error: object, *, aborted: bool) -> RunEvent:
    """FAIL, or ABORT, of a day at a task; the error's own words may name a recording and stay in the task's log."""
    what = f": {type(error).__module__}.{type(error).__qualname__}" if error is not None else ""
    message = f"task {task} failed{what}; see its log"
    return _event(day, RunState.ABORT if aborted else RunState.FAIL, _error(message))


def _event(
    day: Day,
    state: RunState,
    run: Facets | None = None,
    inputs: Sequence[InputDataset] = (),
    outputs: Sequence[OutputDataset] = (),
) -> RunEvent:
    return RunEvent(
        eventType=state,
        eventTime=dt.datetime.now(dt.UTC).isoformat(),
        run=Run(day.uuid, facets={**_run_facets(day), **(run or {})}),
        job=Job(day.namespace, f"{day.dag_id}.day", facets=_job_facets(day)),
        inputs=list(inputs),
        outputs=list(outputs),
        producer=datasets.producer(),
    )


def _run_facets(day: Day) -> Facets:
    zone = ZoneInfo(day.settings.source.timezone)
    begin, end = (
        dt.datetime.combine(date, dt.time.min, zone).isoformat() for date in (day.day, day.day + dt.timedelta(days=1))
    )
    return {
        "nominalTime": made(nominal_time_run.NominalTimeRunFacet, nominalStartTime=begin, nominalEndTime=end),
        "processing_engine": made(
            processing_engine_run.ProcessingEngineRunFacet, name="callqa", version=version("callqa")
        ),
        **_parent(day),
    }


def _parent(day: Day) -> Facets:
    """The DAG run, where the provider is there to tell of it, by the id that the provider gives it."""
    try:
        version(PROVIDER)
    except PackageNotFoundError:
        return {}
    data = f"{day.namespace}.{day.dag_id}.{day.clear_number}"
    uuid = str(generate_static_uuid(instant=day.moment, data=data.encode()))
    return {
        "parent": made(
            parent_run.ParentRunFacet,
            run=parent_run.Run(runId=uuid),
            job=parent_run.Job(namespace=day.namespace, name=day.dag_id),
            root=parent_run.Root(
                run=parent_run.RootRun(runId=uuid), job=parent_run.RootJob(namespace=day.namespace, name=day.dag_id)
            ),
        )
    }


def _job_facets(day: Day) -> Facets:
    return {
        "jobType": made(job_type_job.JobTypeJobFacet, processingType="BATCH", integration="CALLQA", jobType="JOB"),
        "documentation": made(
            documentation_job.DocumentationJobFacet, description=DOCUMENTATION[day.rejudges is not None]
        ),
    }


def _inputs(day: Day, manifest: str | None = None) -> list[InputDataset]:
    if day.rejudges is None:
        return [datasets.source(day.settings.source, day.day.isoformat(), _sizes(manifest) if manifest else None)]
    there = _rejudged(day)
    return [
        datasets.published(day.settings.lake, table, day.day.isoformat(), getattr(there, f"snapshot_{table}"))
        for table in contracts.TABLES
    ]


def _sizes(manifest: str) -> list[int]:
    """Bytes of each recording that is there."""
    rows = storage.read_table(manifest).select(["size_bytes", "reject_reason"]).to_pylist()
    return [row["size_bytes"] for row in rows if row["reject_reason"] != NO_FILE]


def _rejudged(day: Day) -> contracts.Publication:
    from callqa import warehouse

    return warehouse.publication(day.settings.lake, day.day, day.rejudges or 0)


def _written(day: Day, table: str, facets: Facets, **counts: int) -> OutputDataset:
    return datasets.written(day.settings.lake, table, day.day.isoformat(), facets, **counts)


def _counts(rows: int, file: str) -> dict[str, int]:
    """What was written: a day without rows adds no file."""
    return {"rowCount": rows, "size": Path(file).stat().st_size if rows else 0, "fileCount": 1 if rows else 0}


def _publication(day: Day, outcome: str, **more: Any) -> Facets:
    facet = made(
        PublicationRunFacet,
        day=day.day.isoformat(),
        runId=day.run_id,
        outcome=outcome,
        rejudgedSequence=day.rejudges,
        **more,
    )
    return {"callqa_publication": facet}


def _error(message: str) -> Facets:
    return {"errorMessage": made(error_message_run.ErrorMessageRunFacet, message=message, programmingLanguage="python")}
